#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "app/evidence/errors.h"
#include "app/evidence/money.h"
#include "app/evidence/verify_bill.h"
#include "exchange/api.h"
#include "ledger/transfer.h"

namespace kapok::app::evidence {
namespace {

using exchange::Charge;
using exchange::Settlement;
using ledger::TransferCode;
using ledger::TransferId;
using ledger::TransferKind;

// Settlements.

// The transfers of one wallet, each to be claimed by what it was made for.
class Claims {
public:
    explicit Claims(const Bill& bill) : wallet_(bill.wallet.id) {
        for (const ledger::Entry& entry : bill.entries) {
            const ledger::Transfer& transfer = entry.record.transfer;
            if (is_charge(transfer)) {
                open_.emplace(transfer.id, &transfer);
            }
        }
    }

    // `amount` left the wallet by the transfer of this id; by none if it is 0.
    core::Result<void> claim(const std::string& subject, TransferId id, TransferKind kind,
                             core::Money amount) {
        if (amount.micros() == 0) {
            return {};
        }
        const auto found = open_.find(id);
        if (found == open_.end()) {
            return core::fail(kAbsent, {{"subject", subject}, {"what", id.text()}});
        }
        const ledger::Transfer& transfer = *found->second;
        open_.erase(found);
        if (transfer.kind != kind || transfer.debit != wallet_ ||
            transfer.unit != ledger::Unit::of(amount.currency())) {
            return core::fail(kUnexplained, {{"subject", id.text()}});
        }
        return expect(id.text(), "amount", transfer.amount, amount.micros());
    }

    // What nothing has claimed.
    [[nodiscard]] std::vector<TransferId> rest() const {
        std::vector<TransferId> ids;
        ids.reserve(open_.size());
        for (const auto& [id, transfer] : open_) {
            ids.push_back(id);
        }
        return ids;
    }

private:
    static bool is_charge(const ledger::Transfer& transfer) {
        return transfer.kind == TransferKind::Capture ||
               (transfer.kind == TransferKind::Post && transfer.code == TransferCode::Charge);
    }

    ledger::AccountId wallet_;
    std::map<TransferId, const ledger::Transfer*> open_;
};

core::Result<void> check_settlement(const Settlement& settlement, Wide charged,
                                    const Header& header, Claims& claims) {
    const std::string subject = exchange::HoldId(settlement.id).text();
    const exchange::Coverage& parts = settlement.parts;
    if (settlement.project != header.project || settlement.organization != header.organization) {
        return core::fail(kUnexplained, {{"subject", subject}});
    }
    if (auto same = expect(subject, "total", settlement.total.micros(), charged); !same) {
        return same;
    }
    const Wide covered =
        Wide{parts.captured.micros()} + parts.posted.micros() + parts.written_off.micros();
    if (auto same = expect(subject, "captured + posted + written_off", covered, charged); !same) {
        return same;
    }
    if (parts.captured.micros() < 0 || parts.posted.micros() < 0 ||
        parts.written_off.micros() < 0) {
        return core::fail(kUnexplained, {{"subject", subject}});
    }
    if (auto claimed =
            claims.claim(subject, ledger::derived_id(settlement.id, exchange::kCaptureLeg),
                         TransferKind::Capture, parts.captured);
        !claimed) {
        return claimed;
    }
    return claims.claim(subject, ledger::derived_id(settlement.id, exchange::kPostLeg),
                        TransferKind::Post, parts.posted);
}

void check_settlements(const Bill& bill, const Header& header, Check& check) {
    std::map<core::Uuid, Wide> charged;
    for (const Charge& charge : bill.charges) {
        charged[charge.settlement] += charge.amount.micros();
    }
    Claims claims(bill);
    for (const Settlement& settlement : bill.settlements) {
        check.judge(check_settlement(settlement, charged[settlement.id], header, claims));
    }
    for (const TransferId id : claims.rest()) {
        check.blame(core::Error(kUnexplained, {{"subject", id.text()}}, {}));
    }
}

// Balances.

// Follows a wallet through its transfers, as the ledger does.
class Book {
public:
    explicit Book(const Bill& bill) : bill_(bill), now_(widen(bill.opening)) {
        for (const ledger::Record& hold : bill.earlier_holds) {
            holds_.emplace(hold.transfer.id, &hold.transfer);
        }
    }

    core::Result<void> add(const ledger::Entry& entry) {
        const ledger::Record& record = entry.record;
        const ledger::Transfer& transfer = record.transfer;
        const std::string id = transfer.id.text();
        const bool debited = entry.side == ledger::Side::Debit;
        if ((debited ? transfer.debit : transfer.credit) != bill_.wallet.id ||
            transfer.unit != bill_.wallet.unit || transfer.debit == transfer.credit ||
            record.sequence <= sequence_ || record.created_at < bill_.statement.from ||
            record.created_at >= bill_.statement.to) {
            return core::fail(kUnexplained, {{"subject", id}});
        }
        sequence_ = record.sequence;
        if (auto moved = move(transfer, debited); !moved) {
            return moved;
        }
        return expect_now(id, entry.after);
    }

    [[nodiscard]] core::Result<void> finish() const {
        return expect_now(bill_.wallet.id.text(), bill_.closing);
    }

private:
    struct Sums {
        Wide debits_posted = 0;
        Wide debits_pending = 0;
        Wide credits_posted = 0;
        Wide credits_pending = 0;
    };

    static Sums widen(const ledger::Balances& balances) {
        return {balances.debits_posted, balances.debits_pending, balances.credits_posted,
                balances.credits_pending};
    }

    core::Result<void> move(const ledger::Transfer& transfer, bool debited) {
        Wide& posted = debited ? now_.debits_posted : now_.credits_posted;
        Wide& pending = debited ? now_.debits_pending : now_.credits_pending;
        if (transfer.kind == TransferKind::Post) {
            posted += transfer.amount;
            return {};
        }
        if (transfer.kind == TransferKind::Hold) {
            pending += transfer.amount;
            holds_.emplace(transfer.id, &transfer);
            return {};
        }
        const auto hold = holds_.find(transfer.hold);
        if (hold == holds_.end() || hold->second->amount < transfer.amount ||
            hold->second->debit != transfer.debit || hold->second->credit != transfer.credit) {
            return core::fail(kAbsent, {{"subject", transfer.id.text()}, {"what", "hold"}});
        }
        pending -= hold->second->amount;
        posted += transfer.kind == TransferKind::Capture ? transfer.amount : 0;
        holds_.erase(hold);
        return {};
    }

    [[nodiscard]] core::Result<void> expect_now(const std::string& subject,
                                                const ledger::Balances& given) const {
        const Sums said = widen(given);
        for (const auto& [field, actual, expected] :
             {std::tuple("debits_posted", said.debits_posted, now_.debits_posted),
              std::tuple("debits_pending", said.debits_pending, now_.debits_pending),
              std::tuple("credits_posted", said.credits_posted, now_.credits_posted),
              std::tuple("credits_pending", said.credits_pending, now_.credits_pending)}) {
            if (auto same = expect(subject, field, actual, expected); !same) {
                return same;
            }
        }
        return {};
    }

    const Bill& bill_;
    Sums now_;
    std::int64_t sequence_ = 0;
    std::map<TransferId, const ledger::Transfer*> holds_;
};

// Statement.

using LineKey = std::tuple<exchange::ProductId, std::string, exchange::PriceId, core::Unit>;

struct LineSums {
    Wide quantity = 0;
    Wide records = 0;
    Wide amount = 0;
};

core::Result<void> check_lines(const Bill& bill, const Bundle& bundle) {
    std::map<LineKey, LineSums> sums;
    for (const Charge& charge : bill.charges) {
        const exchange::UsageRecord& usage = charge.usage;
        LineSums& sum = sums[{usage.product, usage.meter, charge.price, usage.quantity.unit}];
        sum.quantity += usage.quantity.count;
        sum.records += 1;
        sum.amount += charge.amount.micros();
    }
    for (const exchange::StatementLine& line : bill.statement.lines) {
        const std::string subject = line.price.text();
        const auto found = sums.find({line.product, line.meter, line.price, line.quantity.unit});
        const auto product =
            std::ranges::find(bundle.products, line.product, &exchange::Product::id);
        if (found == sums.end() || product == bundle.products.end() ||
            product->name != line.product_name) {
            return core::fail(kUnexplained, {{"subject", subject}});
        }
        const LineSums sum = found->second;
        sums.erase(found);
        auto same = expect(subject, "quantity", line.quantity.count, sum.quantity);
        same = same ? expect(subject, "records", line.records, sum.records) : same;
        same = same ? expect(subject, "amount", line.amount.micros(), sum.amount) : same;
        if (!same) {
            return same;
        }
    }
    return sums.empty() ? core::Result<void>()
                        : core::fail(kAbsent, {{"subject", bill.wallet.id.text()},
                                               {"what", "statement line"}});
}

// What came in or was taken back by other transfers than charges.
struct Income {
    Wide paid_in = 0;
    Wide credit = 0;
};

Income income_of(const Bill& bill, std::int64_t version) {
    Income income;
    for (const ledger::Entry& entry : bill.entries) {
        const ledger::Transfer& transfer = entry.record.transfer;
        if (transfer.kind != TransferKind::Post || transfer.code == TransferCode::Charge) {
            continue;
        }
        const bool is_credit =
            transfer.code == TransferCode::CreditGrant && version >= Bundle::kCreditSince;
        (is_credit ? income.credit : income.paid_in) +=
            entry.side == bill.wallet.normal ? Wide{transfer.amount} : -Wide{transfer.amount};
    }
    return income;
}

core::Result<void> check_totals(const Bill& bill, std::int64_t version) {
    const exchange::Statement& said = bill.statement;
    const std::string subject = bill.wallet.id.text();
    Wide charged = 0;
    Wide written_off = 0;
    for (const Charge& charge : bill.charges) {
        charged += charge.amount.micros();
    }
    for (const Settlement& settlement : bill.settlements) {
        written_off += settlement.parts.written_off.micros();
    }
    const ledger::Side normal = bill.wallet.normal;
    const Wide opening = bill.opening.posted(normal);
    const Wide closing = bill.closing.posted(normal);
    const Income income = income_of(bill, version);
    auto same = expect(subject, "opening", said.opening.micros(), opening);
    same = same ? expect(subject, "paid_in", said.paid_in.micros(), income.paid_in) : same;
    same = same ? expect(subject, "credit", said.credit.micros(), income.credit) : same;
    same = same ? expect(subject, "charged", said.charged.micros(), charged) : same;
    same = same ? expect(subject, "written_off", said.written_off.micros(), written_off) : same;
    same = same ? expect(subject, "closing", said.closing.micros(), closing) : same;
    return same ? expect(subject, "opening + paid_in + credit - charged + written_off",
                         opening + income.paid_in + income.credit - charged + written_off, closing)
                : same;
}

core::Result<void> check_owner(const Bill& bill, const Header& header) {
    const exchange::Statement& said = bill.statement;
    const core::Currency currency = said.opening.currency();
    const bool is_here = said.project == header.project && said.from == header.from &&
                         said.to == header.to && bill.wallet.project == header.project &&
                         bill.wallet.organization == header.organization &&
                         bill.wallet.code == ledger::AccountCode::Wallet &&
                         bill.wallet.unit == ledger::Unit::of(currency);
    const auto is_same = [currency](const auto& money) { return money.currency() == currency; };
    const bool one_currency = std::ranges::all_of(bill.charges, is_same, &Charge::amount) &&
                              std::ranges::all_of(bill.settlements, is_same, &Settlement::total);
    return is_here && one_currency ? core::Result<void>()
                                   : core::fail(kUnexplained, {{"subject", bill.wallet.id.text()}});
}

// Trial balance.

core::Result<void> check_line(const ledger::TrialBalanceLine& line) {
    const std::string subject = line.unit.text();
    auto same = expect(subject, "debits_posted", line.sums.debits_posted, line.sums.credits_posted);
    return same ? expect(subject, "debits_pending", line.sums.debits_pending,
                         line.sums.credits_pending)
                : same;
}

struct UnitSums {
    Wide debits_posted = 0;
    Wide debits_pending = 0;
    Wide credits_posted = 0;
    Wide credits_pending = 0;
};

// The sums of the accounts are those of the lines.
core::Result<void> check_accounts(const std::vector<ledger::TrialBalanceLine>& lines,
                                  const std::vector<AccountBalance>& accounts) {
    std::map<ledger::Unit, UnitSums> sums;
    std::set<ledger::AccountId> seen;
    for (const AccountBalance& account : accounts) {
        if (!seen.insert(account.account).second) {
            return core::fail(kUnexplained, {{"subject", account.account.text()}});
        }
        UnitSums& sum = sums[account.unit];
        sum.debits_posted += account.balances.debits_posted;
        sum.debits_pending += account.balances.debits_pending;
        sum.credits_posted += account.balances.credits_posted;
        sum.credits_pending += account.balances.credits_pending;
    }
    for (const ledger::TrialBalanceLine& line : lines) {
        const UnitSums sum = sums[line.unit];
        const std::string unit = line.unit.text();
        auto same = expect(unit, "debits_posted", line.sums.debits_posted, sum.debits_posted);
        same = same ? expect(unit, "debits_pending", line.sums.debits_pending, sum.debits_pending)
                    : same;
        same = same ? expect(unit, "credits_posted", line.sums.credits_posted, sum.credits_posted)
                    : same;
        same = same
                   ? expect(unit, "credits_pending", line.sums.credits_pending, sum.credits_pending)
                   : same;
        if (!same) {
            return same;
        }
        sums.erase(line.unit);
    }
    return sums.empty() ? core::Result<void>()
                        : core::fail(kAbsent, {{"subject", sums.begin()->first.text()},
                                               {"what", "trial balance"}});
}

// The wallet's own sums are part of its unit's: they cannot be more.
core::Result<void> check_share(const Bill& bill, const TrialBalance& balance) {
    const auto line =
        std::ranges::find(balance.lines, bill.wallet.unit, &ledger::TrialBalanceLine::unit);
    const ledger::Balances none;
    const ledger::Balances& all = line == balance.lines.end() ? none : line->sums;
    const bool fits =
        bill.closing.debits_posted <= all.debits_posted &&
        bill.closing.credits_posted <= all.credits_posted &&
        (bill.entries.empty() || bill.entries.back().record.sequence <= balance.sequence);
    return fits ? core::Result<void>()
                : core::fail(kUnexplained, {{"subject", bill.wallet.id.text()}});
}

}  // namespace

Check check_settlements(const Bundle& bundle) {
    Check check{.name = CheckName::Settlements};
    for (const Bill& bill : bundle.bills) {
        check_settlements(bill, bundle.header, check);
    }
    return check;
}

Check check_balances(const Bundle& bundle) {
    Check check{.name = CheckName::Balances};
    for (const Bill& bill : bundle.bills) {
        Book book(bill);
        for (const ledger::Entry& entry : bill.entries) {
            check.judge(book.add(entry));
        }
        check.judge(book.finish());
    }
    return check;
}

Check check_statement(const Bundle& bundle) {
    Check check{.name = CheckName::Statement};
    std::set<ledger::AccountId> wallets;
    for (const Bill& bill : bundle.bills) {
        auto right = check_owner(bill, bundle.header);
        right = right ? check_lines(bill, bundle) : right;
        right = right ? check_totals(bill, bundle.version) : right;
        if (right && !wallets.insert(bill.wallet.id).second) {
            right = core::fail(kUnexplained, {{"subject", bill.wallet.id.text()}});
        }
        check.judge(right);
    }
    return check;
}

Check check_trial_balance(const Bundle& bundle) {
    Check check{.name = CheckName::TrialBalance};
    const TrialBalance& balance = bundle.trial_balance;
    for (const ledger::TrialBalanceLine& line : balance.lines) {
        check.judge(check_line(line));
    }
    if (balance.accounts) {
        check.judge(check_accounts(balance.lines, *balance.accounts));
    }
    for (const Bill& bill : bundle.bills) {
        if (auto right = check_share(bill, balance); !right) {
            check.blame(right.error());
        }
    }
    return check;
}

}  // namespace kapok::app::evidence
