#include "exchange/api.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "audit/api.h"
#include "exchange/digest.h"
#include "exchange/errors.h"
#include "exchange/exchange_store.h"
#include "exchange/limits.h"
#include "exchange/parts.h"
#include "ledger/api.h"
#include "ledger/errors.h"

namespace kapok::exchange {
namespace {

ledger::TransferId hold_transfer(HoldId hold) {
    return ledger::TransferId(hold.uuid());
}

std::unexpected<core::Error> insufficient(core::Money needed, core::Money available) {
    return core::fail(kInsufficientFunds, {{"needed", core::to_decimal(needed)},
                                           {"available", core::to_decimal(available)},
                                           {"currency", core::to_text(needed.currency())}});
}

core::Result<core::Money> available_in(Reader& reader, ledger::AccountId wallet,
                                       core::Currency currency) {
    const auto state = ledger::balance(reader, wallet);
    if (!state) {
        return std::unexpected(state.error());
    }
    return core::Money(currency, state->balances.available(state->account.normal));
}

core::Result<Product> demand_product(Reader& reader, ProductId id) {
    const auto found = find_product(reader, id);
    if (!found) {
        return std::unexpected(found.error());
    }
    const auto& product = *found;
    if (!product) {
        return core::fail(kNoProduct, {{"product", id.text()}});
    }
    return *product;
}

// The most that the request can cost now, in the currency of its product's prices.
core::Result<core::Money> bound_of(Transaction& transaction, const HoldRequest& request) {
    const auto prices = prices_of(transaction, request.product);
    if (!prices) {
        return std::unexpected(prices.error());
    }
    const core::Currency currency =
        prices->empty() ? core::Currency::Cny : prices->front().price.amount().currency();
    return bound(request.most, *prices, currency, transaction.now());
}

core::Result<void> reserve(Transaction& transaction, const core::Principal& caller,
                           const HoldRequest& request, core::Money amount) {
    const auto product = demand_product(transaction, request.product);
    if (!product) {
        return std::unexpected(product.error());
    }
    const auto wallet = wallet_of(transaction, request.project, amount.currency());
    if (!wallet) {
        return std::unexpected(wallet.error());
    }
    const auto payable = payable_of(transaction, caller, product->provider, amount.currency());
    if (!payable) {
        return std::unexpected(payable.error());
    }
    const auto held = ledger::hold(transaction, caller,
                                   {.id = hold_transfer(request.id),
                                    .debit = *wallet,
                                    .credit = *payable,
                                    .amount = amount.micros(),
                                    .unit = ledger::Unit::of(amount.currency()),
                                    .code = ledger::TransferCode::Charge,
                                    .timeout = request.timeout,
                                    .reference = request.id.uuid(),
                                    .reference_text = request.reference});
    if (held) {
        return {};
    }
    if (held.error().code() == ledger::kInsufficientFunds) {
        const auto available = available_in(transaction, *wallet, amount.currency());
        return available ? insufficient(amount, *available) : std::unexpected(available.error());
    }
    return std::unexpected(held.error());
}

// One product's records of one project, as a settlement takes them.
struct Bill {
    core::Uuid id;
    core::OrganizationId organization;
    core::ProjectId project;
    Product product;
    core::Money held;
    std::optional<HoldId> hold;
};

struct RatedUsage {
    std::vector<Rated> lines;
    core::Money total;
};

core::Result<RatedUsage> rate_all(Reader& reader, const Bill& bill,
                                  std::span<const UsageRecord> usage) {
    const auto prices = prices_of(reader, bill.product.id);
    if (!prices) {
        return std::unexpected(prices.error());
    }
    RatedUsage rated{{}, core::Money::zero(bill.held.currency())};
    for (const UsageRecord& record : usage) {
        const auto line = rate(record, *prices);
        if (!line) {
            return std::unexpected(line.error());
        }
        const auto total = core::add(rated.total, line->amount);
        if (!total) {
            return std::unexpected(total.error());
        }
        rated.total = *total;
        rated.lines.push_back(*line);
    }
    return rated;
}

// Ends the hold with `amount` captured. False if its time was up, so that nothing is held any more.
core::Result<bool> capture(Transaction& transaction, const core::Principal& caller,
                           const Bill& bill, core::Money amount) {
    assert(bill.hold.has_value());  // Nobody captures what was not held.
    const ledger::TransferId hold = hold_transfer(*bill.hold);
    const auto settled = ledger::settle(transaction, caller,
                                        {.id = ledger::derived_id(bill.id, kCaptureLeg),
                                         .hold = hold,
                                         .amount = amount.micros(),
                                         .code = ledger::TransferCode::Charge,
                                         .reference = bill.id,
                                         .reference_text = "",
                                         .shares = {}});
    if (settled) {
        return true;
    }
    if (settled.error().code() == ledger::kHoldExpired) {
        return false;
    }
    return std::unexpected(settled.error());
}

core::Result<void> post_rest(Transaction& transaction, const core::Principal& caller,
                             const Bill& bill, core::Money amount) {
    if (amount.micros() == 0) {
        return {};
    }
    const auto wallet = wallet_of(transaction, bill.project, amount.currency());
    if (!wallet) {
        return std::unexpected(wallet.error());
    }
    const auto payable = payable_of(transaction, caller, bill.product.provider, amount.currency());
    if (!payable) {
        return std::unexpected(payable.error());
    }
    ledger::Transfer transfer;
    transfer.id = ledger::derived_id(bill.id, kPostLeg);
    transfer.debit = *wallet;
    transfer.credit = *payable;
    transfer.amount = amount.micros();
    transfer.unit = ledger::Unit::of(amount.currency());
    transfer.reference = bill.id;
    const auto posted = ledger::post(transaction, caller, std::span(&transfer, 1));
    return posted ? core::Result<void>() : std::unexpected(posted.error());
}

// Takes what the charges come to: out of the hold, then out of the wallet.
core::Result<Coverage> take(Transaction& transaction, const core::Principal& caller,
                            const Bill& bill, core::Money total) {
    core::Money held = bill.held;
    if (bill.hold && held.micros() > 0) {
        const core::Money wanted = total.micros() < held.micros() ? total : held;
        const auto alive = capture(transaction, caller, bill, wanted);
        if (!alive) {
            return std::unexpected(alive.error());
        }
        held = *alive ? held : core::Money::zero(held.currency());
    }
    core::Money available = core::Money::zero(total.currency());
    if (total.micros() > held.micros()) {
        const auto wallet = wallet_of(transaction, bill.project, total.currency());
        if (!wallet) {
            return std::unexpected(wallet.error());
        }
        const auto left = available_in(transaction, *wallet, total.currency());
        if (!left) {
            return std::unexpected(left.error());
        }
        available = *left;
    }
    const auto parts = cover(total, held, available);
    if (!parts) {
        return std::unexpected(parts.error());
    }
    const auto posted = post_rest(transaction, caller, bill, parts->posted);
    if (!posted) {
        return std::unexpected(posted.error());
    }
    return *parts;
}

// `lines` are what `usage` comes to, in the same order.
core::Result<void> keep(Transaction& transaction, const core::Principal& caller,
                        const Settlement& settlement, std::span<const UsageRecord> usage,
                        std::span<const Rated> lines) {
    if (const auto kept = insert_settlement(transaction, settlement); !kept) {
        return kept;
    }
    std::vector<Charge> charges;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (const auto kept = insert_charge(transaction, lines[i], settlement); !kept) {
            return kept;
        }
        charges.push_back(
            {usage[i], lines[i].price, settlement.id, lines[i].amount, settlement.settled_at});
    }
    const auto digest = digest_text(charges);
    if (!digest) {
        return std::unexpected(digest.error());
    }
    audit::Event event;
    event.type = "exchange.usage_settled";
    event.subject = HoldId(settlement.id).text();
    event.organization = settlement.organization;
    event.project = settlement.project;
    event.data = {{"currency", core::to_text(settlement.total.currency())},
                  {"total", core::to_decimal(settlement.total)},
                  {"written_off", core::to_decimal(settlement.parts.written_off)},
                  {"records", lines.size()},
                  {"digest", *digest}};
    return audit::publish(transaction, caller, event);
}

// Adds the records that are new; one with other content is refused.
core::Result<std::vector<UsageRecord>> add_usage(Transaction& transaction,
                                                 std::span<const UsageRecord> usage) {
    std::vector<UsageRecord> added;
    for (const UsageRecord& record : usage) {
        if (const auto right = check(record); !right) {
            return std::unexpected(right.error());
        }
        const auto inserted = insert_usage(transaction, record);
        if (!inserted) {
            return std::unexpected(inserted.error());
        }
        if (*inserted) {
            added.push_back(record);
            continue;
        }
        const auto found = find_usage(transaction, record.id);
        if (!found) {
            return std::unexpected(found.error());
        }
        const auto& known = *found;
        if (!known || *known != record) {
            return core::fail(kUsageConflict, {{"usage", record.id.text()}});
        }
    }
    return added;
}

core::Result<Settled> settle_bill(Transaction& transaction, const core::Principal& caller,
                                  const Bill& bill, std::span<const UsageRecord> usage) {
    const auto rated = rate_all(transaction, bill, usage);
    if (!rated) {
        return std::unexpected(rated.error());
    }
    const auto parts = take(transaction, caller, bill, rated->total);
    if (!parts) {
        return std::unexpected(parts.error());
    }
    const auto now = book_time(transaction);
    if (!now) {
        return std::unexpected(now.error());
    }
    const Settlement settlement{bill.id, bill.organization, bill.project, rated->total, *parts,
                                *now};
    if (const auto kept = keep(transaction, caller, settlement, usage, rated->lines); !kept) {
        return std::unexpected(kept.error());
    }
    return Settled{rated->lines, rated->total, parts->written_off, false};
}

core::Result<Settled> earlier(Reader& reader, const Settlement& settlement) {
    auto lines = charges_of(reader, settlement.id);
    if (!lines) {
        return std::unexpected(lines.error());
    }
    return Settled{std::move(*lines), settlement.total, settlement.parts.written_off, true};
}

// A record by itself, under no hold.
core::Result<Bill> bill_of(Reader& reader, const UsageRecord& record) {
    const auto product = demand_product(reader, record.product);
    if (!product) {
        return std::unexpected(product.error());
    }
    const auto prices = prices_of(reader, record.product);
    if (!prices) {
        return std::unexpected(prices.error());
    }
    const core::Currency currency =
        prices->empty() ? core::Currency::Cny : prices->front().price.amount().currency();
    return Bill{record.id.uuid(), record.organization,         record.project,
                *product,         core::Money::zero(currency), std::nullopt};
}

// Every record must be of the hold's project and product: a hold pays for nothing else.
core::Result<void> check_owner(const HoldRow& hold, std::span<const UsageRecord> usage) {
    for (const UsageRecord& record : usage) {
        const bool same = record.project == hold.project && record.product == hold.product &&
                          record.organization == hold.organization;
        if (!same) {
            return core::fail(kBadUsage, {{"field", "project"},
                                          {"expected", hold.project.text()},
                                          {"actual", record.project.text()}});
        }
    }
    return {};
}

}  // namespace

core::Result<Held> hold(Transaction& transaction, const core::Principal& caller,
                        const HoldRequest& request) {
    const auto found = find_hold(transaction, request.id);
    if (!found) {
        return std::unexpected(found.error());
    }
    if (const auto& known = *found) {
        const bool same = known->project == request.project && known->product == request.product;
        if (!same) {
            return core::fail(kNoHold, {{"hold", request.id.text()}});
        }
        return Held{known->amount, true};
    }
    const auto amount = bound_of(transaction, request);
    if (!amount) {
        return std::unexpected(amount.error());
    }
    if (amount->micros() > 0) {  // What is free needs no wallet.
        if (const auto reserved = reserve(transaction, caller, request, *amount); !reserved) {
            return std::unexpected(reserved.error());
        }
    }
    const auto kept = insert_hold(transaction, {request.id, request.organization, request.project,
                                                request.product, *amount, request.reference});
    if (!kept) {
        return std::unexpected(kept.error());
    }
    return Held{*amount, false};
}

core::Result<Settled> settle(Transaction& transaction, const core::Principal& caller, HoldId hold,
                             std::span<const UsageRecord> usage) {
    const auto found = find_hold(transaction, hold);
    if (!found) {
        return std::unexpected(found.error());
    }
    const auto& row = *found;
    if (!row) {
        return core::fail(kNoHold, {{"hold", hold.text()}});
    }
    if (const auto owned = check_owner(*row, usage); !owned) {
        return std::unexpected(owned.error());
    }
    const auto settled = find_settlement(transaction, hold.uuid());
    if (!settled) {
        return std::unexpected(settled.error());
    }
    // Records that came after the settlement are the wallet's.
    if (const auto& before = *settled) {
        const auto late = record_usage(transaction, caller, usage);
        return late ? earlier(transaction, *before) : std::unexpected(late.error());
    }
    const auto added = add_usage(transaction, usage);
    if (!added) {
        return std::unexpected(added.error());
    }
    const auto product = demand_product(transaction, row->product);
    if (!product) {
        return std::unexpected(product.error());
    }
    const Bill bill{hold.uuid(), row->organization, row->project, *product, row->amount, hold};
    return settle_bill(transaction, caller, bill, *added);
}

core::Result<std::vector<Rated>> record_usage(Transaction& transaction,
                                              const core::Principal& caller,
                                              std::span<const UsageRecord> usage) {
    if (usage.size() > kUsagePerCommandMax) {
        return core::fail(kTooManyRecords, {{"expected", std::to_string(kUsagePerCommandMax)}});
    }
    const auto added = add_usage(transaction, usage);
    if (!added) {
        return std::unexpected(added.error());
    }
    std::vector<Rated> lines;
    for (const UsageRecord& record : *added) {
        const auto bill = bill_of(transaction, record);
        if (!bill) {
            return std::unexpected(bill.error());
        }
        const auto settled = settle_bill(transaction, caller, *bill, std::span(&record, 1));
        if (!settled) {
            return std::unexpected(settled.error());
        }
        lines.push_back(settled->lines.front());
    }
    return lines;
}

}  // namespace kapok::exchange
