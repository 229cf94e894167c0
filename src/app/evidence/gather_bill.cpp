#include "app/evidence/gather_bill.h"

#include <map>
#include <set>
#include <string>
#include <utility>

#include "app/evidence/errors.h"
#include "app/evidence/limits.h"
#include "exchange/api.h"
#include "exchange/parts.h"
#include "ledger/api.h"

namespace kapok::app::evidence {
namespace {

using core::Result;
using platform::db::Reader;

const core::Scope kAll = core::Scope::all();
constexpr std::chrono::microseconds kInstant{1};

Result<void> too_much(std::string what, std::size_t most) {
    return core::fail(kTooMuch, {{"expected", std::to_string(most)}, {"what", std::move(what)}});
}

bool moves_money(const ledger::Transfer& transfer) {
    return transfer.kind == ledger::TransferKind::Post ||
           transfer.kind == ledger::TransferKind::Capture;
}

// One wallet and all that moved it in the period.
class BillGatherer {
public:
    BillGatherer(Reader& reader, LogGatherer& log, const Header& header, core::Currency currency)
        : reader_(reader), log_(log), header_(header), currency_(currency) {}

    Result<Bill> run() {
        auto statement =
            exchange::statement(reader_, header_.project, currency_, header_.from, header_.to);
        if (!statement) {
            return std::unexpected(statement.error());
        }
        Bill bill{{}, {}, {}, {}, {}, {}, {}, *std::move(statement)};
        auto done = gather_entries(bill);
        done = done ? gather_earlier_holds(bill) : done;
        done = done ? gather_charges(bill) : done;
        done = done ? gather_settlements(bill) : done;
        if (!done) {
            return std::unexpected(done.error());
        }
        return bill;
    }

private:
    Result<void> gather_entries(Bill& bill) {
        const auto id = exchange::wallet_of(reader_, header_.project, currency_);
        if (!id) {
            return std::unexpected(id.error());
        }
        auto state = ledger::balance(reader_, *id);
        const auto before = ledger::sequence_at(reader_, header_.from - kInstant);
        const auto last = ledger::sequence_at(reader_, header_.to - kInstant);
        if (!state || !before || !last) {
            return std::unexpected(!state    ? state.error()
                                   : !before ? before.error()
                                             : last.error());
        }
        bill.wallet = std::move(state->account);
        auto entries =
            ledger::list_entries(reader_, bill.wallet,
                                 {*before, *last + 1, ledger::Order::OldestFirst, kEntriesMax + 1});
        const auto opening = ledger::balances_at(reader_, bill.wallet, *before);
        if (!entries || !opening) {
            return std::unexpected(entries ? opening.error() : entries.error());
        }
        if (entries->size() > kEntriesMax) {
            return too_much("transfer", kEntriesMax);
        }
        bill.opening = *opening;
        bill.closing = entries->empty() ? *opening : entries->back().after;
        bill.entries = *std::move(entries);
        for (const ledger::Entry& entry : bill.entries) {
            const ledger::Transfer& transfer = entry.record.transfer;
            if (!moves_money(transfer)) {
                continue;
            }
            if (auto done = log_.want("ledger.transfers_posted", transfer.id.text()); !done) {
                return done;
            }
        }
        return {};
    }

    Result<void> gather_earlier_holds(Bill& bill) {
        std::set<ledger::TransferId> known;
        for (const ledger::Entry& entry : bill.entries) {
            const ledger::Transfer& transfer = entry.record.transfer;
            known.insert(transfer.id);
            if (transfer.hold.is_zero() || !known.insert(transfer.hold).second) {
                continue;
            }
            const auto found = ledger::find_transfer(reader_, kAll, transfer.hold);
            if (!found) {
                return std::unexpected(found.error());
            }
            if (const auto& hold = *found) {
                bill.earlier_holds.push_back(hold->record);
            }
        }
        return {};
    }

    Result<void> gather_charges(Bill& bill) {
        exchange::ChargeFilter filter;
        filter.project = header_.project;
        filter.from = header_.from;
        filter.to = header_.to;
        const auto charges = exchange::list_charges(reader_, kAll, filter, {.limit = kChargesMax});
        if (!charges) {
            return std::unexpected(charges.error());
        }
        if (charges->next) {
            return too_much("charge", kChargesMax);
        }
        for (const exchange::Charge& charge : charges->items) {
            if (charge.amount.currency() == currency_) {
                bill.charges.push_back(charge);
            }
        }
        return {};
    }

    Result<void> gather_settlements(Bill& bill) {
        std::set<core::Uuid> seen;
        for (const exchange::Charge& charge : bill.charges) {
            if (!seen.insert(charge.settlement).second) {
                continue;
            }
            const auto found = exchange::find_settlement(reader_, charge.settlement);
            if (!found) {
                return std::unexpected(found.error());
            }
            const auto& settlement = *found;
            if (!settlement) {
                continue;
            }
            bill.settlements.push_back(*settlement);
            const std::string subject = exchange::HoldId(charge.settlement).text();
            if (auto done = log_.want("exchange.usage_settled", subject); !done) {
                return done;
            }
        }
        return {};
    }

    Reader& reader_;
    LogGatherer& log_;
    const Header& header_;
    core::Currency currency_;
};

// The versions among which the right ones were chosen: of each meter that was charged, all that
// held before the period's end.
Result<void> gather_product(Reader& reader, LogGatherer& log, exchange::ProductId id,
                            const std::set<std::string>& meters, Bundle& bundle) {
    const auto found = exchange::find_product(reader, id);
    const auto prices = exchange::prices_of(reader, id);
    if (!found || !prices) {
        return std::unexpected(found ? prices.error() : found.error());
    }
    const auto& product = *found;
    if (!product) {
        return {};
    }
    bundle.products.push_back(*product);
    if (auto done = log.want("exchange.product_created", id.text()); !done) {
        return done;
    }
    for (const exchange::Price& price : *prices) {
        if (!meters.contains(price.meter) || price.valid_from >= bundle.header.to) {
            continue;
        }
        bundle.prices.push_back(price);
        if (auto done = log.want("exchange.price_posted", price.id.text()); !done) {
            return done;
        }
    }
    return {};
}

}  // namespace

Result<void> gather_bills(Reader& reader, LogGatherer& log, Bundle& bundle) {
    const auto currencies = exchange::wallet_currencies(reader, bundle.header.project);
    if (!currencies) {
        return std::unexpected(currencies.error());
    }
    std::map<exchange::ProductId, std::set<std::string>> charged;
    for (const core::Currency currency : *currencies) {
        auto bill = BillGatherer(reader, log, bundle.header, currency).run();
        if (!bill) {
            return std::unexpected(bill.error());
        }
        for (const exchange::Charge& charge : bill->charges) {
            charged[charge.usage.product].insert(charge.usage.meter);
        }
        bundle.bills.push_back(*std::move(bill));
    }
    for (const auto& [product, meters] : charged) {
        if (auto done = gather_product(reader, log, product, meters, bundle); !done) {
            return done;
        }
    }
    return {};
}

Result<void> gather_trial_balance(Reader& reader, bool with_accounts, Bundle& bundle) {
    const auto head = ledger::newest(reader);
    auto lines = ledger::trial_balance(reader);
    if (!head || !lines) {
        return std::unexpected(head ? lines.error() : head.error());
    }
    bundle.trial_balance = {head->sequence, *std::move(lines), {}};
    if (!with_accounts) {
        return {};
    }
    const auto accounts = ledger::list_accounts(reader, kAll, {}, 0, kAccountsMax + 1);
    if (!accounts) {
        return std::unexpected(accounts.error());
    }
    if (accounts->size() > kAccountsMax) {
        return {};  // The totals still are there.
    }
    std::vector<AccountBalance>& all = bundle.trial_balance.accounts.emplace();
    for (const ledger::AccountState& state : *accounts) {
        all.push_back({state.account.id, state.account.unit, state.account.code, state.balances});
    }
    return {};
}

}  // namespace kapok::app::evidence
