#include "app/evidence/verify_bill.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "app/evidence/errors.h"
#include "app/evidence/money.h"
#include "core/timestamp.h"
#include "exchange/api.h"
#include "exchange/digest.h"
#include "exchange/rating.h"
#include "ledger/digest.h"

namespace kapok::app::evidence {
namespace {

using exchange::Charge;
using exchange::Price;
using exchange::Product;
using exchange::Settlement;

std::unexpected<core::Error> not_in_log(std::string_view type, const std::string& subject) {
    return core::fail(kNotInLog, {{"type", std::string(type)}, {"subject", subject}});
}

// Products and prices.

core::Result<void> check_product(const Product& product, const LogView& log) {
    const auto created =
        log.demand("exchange.product_created", product.id.text(),
                   {{"name", product.name},
                    {"kind", exchange::kProductKindNames[std::to_underlying(product.kind)]},
                    {"subject", product.subject},
                    {"grade", product.grade}});
    if (!created) {
        return std::unexpected(created.error());
    }
    if (text_of(**created, "organization_id") != product.provider.text() ||
        text_of(**created, "time") != core::to_rfc3339(product.created_at)) {
        return not_in_log("exchange.product_created", product.id.text());
    }
    return {};
}

core::Result<void> check_price(const Price& price, const LogView& log) {
    const core::Money amount = price.price.amount();
    const auto posted = log.demand("exchange.price_posted", price.id.text(),
                                   {{"product", price.product.text()},
                                    {"meter", price.meter},
                                    {"amount", core::to_decimal(amount)},
                                    {"currency", core::to_text(amount.currency())},
                                    {"per", price.price.per().count},
                                    {"unit", core::to_text(price.price.per().unit)},
                                    {"valid_from", core::to_rfc3339(price.valid_from)}});
    if (!posted) {
        return std::unexpected(posted.error());
    }
    if (text_of(**posted, "time") != core::to_rfc3339(price.created_at)) {
        return not_in_log("exchange.price_posted", price.id.text());
    }
    return {};
}

// Usage.

std::map<core::Uuid, std::vector<Charge>> by_settlement(const Bill& bill) {
    std::map<core::Uuid, std::vector<Charge>> charges;
    for (const Charge& charge : bill.charges) {
        charges[charge.settlement].push_back(charge);
    }
    return charges;
}

core::Result<void> check_settled(const Settlement& settlement, const std::vector<Charge>& charges,
                                 const LogView& log) {
    const std::string subject = exchange::HoldId(settlement.id).text();
    const auto digest = exchange::digest_text(charges);
    if (!digest) {
        return std::unexpected(digest.error());
    }
    const auto settled =
        log.demand("exchange.usage_settled", subject,
                   {{"currency", core::to_text(settlement.total.currency())},
                    {"total", core::to_decimal(settlement.total)},
                    {"written_off", core::to_decimal(settlement.parts.written_off)},
                    {"records", static_cast<std::int64_t>(charges.size())},
                    {"digest", *digest}});
    if (!settled) {
        return std::unexpected(settled.error());
    }
    if (text_of(**settled, "organization_id") != settlement.organization.text() ||
        text_of(**settled, "project_id") != settlement.project.text()) {
        return not_in_log("exchange.usage_settled", subject);
    }
    return {};
}

// It belongs to the bundle's project and period, and to its settlement.
core::Result<void> check_place(const Charge& charge, const Header& header,
                               const std::map<core::Uuid, const Settlement*>& settlements) {
    const std::string subject = charge.usage.id.text();
    const auto settlement = settlements.find(charge.settlement);
    if (settlement == settlements.end()) {
        return core::fail(kAbsent, {{"subject", subject}, {"what", "settlement"}});
    }
    const bool is_here = charge.usage.project == header.project &&
                         charge.usage.organization == header.organization &&
                         charge.charged_at >= header.from && charge.charged_at < header.to &&
                         charge.charged_at == settlement->second->settled_at;
    return is_here ? core::Result<void>() : core::fail(kUnexplained, {{"subject", subject}});
}

// Rating.

core::Result<void> check_rate(const Charge& charge,
                              const std::map<exchange::ProductId, std::vector<Price>>& prices) {
    const std::string subject = charge.usage.id.text();
    const auto known = prices.find(charge.usage.product);
    if (known == prices.end()) {
        return core::fail(kAbsent, {{"subject", subject}, {"what", "price"}});
    }
    if (auto right = exchange::check(charge.usage); !right) {
        return right;
    }
    const auto rated = exchange::rate(charge.usage, known->second);
    if (!rated) {
        return std::unexpected(rated.error());
    }
    if (auto same = expect(subject, "price", charge.price.text(), rated->price.text()); !same) {
        return same;
    }
    return expect(subject, "amount", text(charge.amount), text(rated->amount));
}

// Transfers.

bool moves_money(const ledger::Record& record) {
    return record.transfer.kind == ledger::TransferKind::Post ||
           record.transfer.kind == ledger::TransferKind::Capture;
}

core::Result<void> check_transfer(const ledger::Record& record, const LogView& log) {
    const ledger::Record* const one = &record;
    const auto posted = log.demand("ledger.transfers_posted", record.transfer.id.text(),
                                   {{"first_sequence", record.sequence},
                                    {"last_sequence", record.sequence},
                                    {"digest", ledger::digest_text(std::span(&one, 1))}});
    return posted ? core::Result<void>() : std::unexpected(posted.error());
}

}  // namespace

Check check_prices(const Bundle& bundle, const LogView& log) {
    Check check{.name = CheckName::Prices};
    for (const Product& product : bundle.products) {
        check.judge(check_product(product, log));
    }
    for (const Price& price : bundle.prices) {
        check.judge(check_price(price, log));
    }
    return check;
}

Check check_usage(const Bundle& bundle, const LogView& log) {
    Check check{.name = CheckName::Usage};
    std::set<exchange::UsageId> seen;
    for (const Bill& bill : bundle.bills) {
        auto charges = by_settlement(bill);
        std::map<core::Uuid, const Settlement*> settlements;
        for (const Settlement& settlement : bill.settlements) {
            if (!settlements.emplace(settlement.id, &settlement).second) {
                check.blame(core::Error(kUnexplained,
                                        {{"subject", exchange::HoldId(settlement.id).text()}}, {}));
            }
            if (auto settled = check_settled(settlement, charges[settlement.id], log); !settled) {
                check.blame(settled.error());
            }
        }
        for (const Charge& charge : bill.charges) {
            check.judge(check_place(charge, bundle.header, settlements));
            if (!seen.insert(charge.usage.id).second) {  // Charged twice.
                check.blame(core::Error(kUnexplained, {{"subject", charge.usage.id.text()}}, {}));
            }
        }
    }
    return check;
}

Check check_rating(const Bundle& bundle) {
    Check check{.name = CheckName::Rating};
    std::map<exchange::ProductId, std::vector<Price>> prices;
    for (const Price& price : bundle.prices) {
        prices[price.product].push_back(price);
    }
    for (const Bill& bill : bundle.bills) {
        for (const Charge& charge : bill.charges) {
            check.judge(check_rate(charge, prices));
        }
    }
    return check;
}

Check check_transfers(const Bundle& bundle, const LogView& log) {
    Check check{.name = CheckName::Transfers};
    for (const Bill& bill : bundle.bills) {
        for (const ledger::Entry& entry : bill.entries) {
            if (moves_money(entry.record)) {
                check.judge(check_transfer(entry.record, log));
            }
        }
    }
    return check;
}

}  // namespace kapok::app::evidence
