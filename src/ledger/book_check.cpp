#include "ledger/book_check.h"

#include <string>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "ledger/errors.h"
#include "ledger/ledger_store.h"

namespace kapok::ledger {
namespace {

using core::Result;

constexpr std::size_t kRecordsAtATime = 1'000;

class Checker {
public:
    Result<void> add(const Record& record) {
        const Transfer& transfer = record.transfer;
        if (record.sequence != sequence_ + 1) {
            return damaged(record, fmt::format("it follows transfer number {}", sequence_));
        }
        if (record.created_at < time_) {
            return damaged(record, "it is older than the one before it");
        }
        sequence_ = record.sequence;
        time_ = record.created_at;
        if (auto moved = move(record); !moved) {
            return moved;
        }
        if (balances_[transfer.debit] != record.debit_after ||
            balances_[transfer.credit] != record.credit_after) {
            return damaged(record, "the balances after it do not follow from those before it");
        }
        return {};
    }

    Result<void> compare(const Head& head, const std::unordered_map<AccountId, Balances>& balances,
                         const std::unordered_set<TransferId>& holds) {
        if (head.sequence != sequence_) {
            return fault(fmt::format("the newest transfer is number {}, but the head says {}",
                                     sequence_, head.sequence));
        }
        for (const auto& [account, stored] : balances) {
            const auto computed = balances_.find(account);
            if (stored != (computed == balances_.end() ? Balances() : computed->second)) {
                return fault("the balances of " + account.text() +
                             " do not follow from its transfers");
            }
        }
        for (const auto& [account, computed] : balances_) {
            if (!balances.contains(account)) {
                return fault("there are no balances of " + account.text());
            }
        }
        for (const auto& [hold, amount] : holds_) {
            if (!holds.contains(hold)) {
                return fault("hold " + hold.text() + " should be open");
            }
        }
        return holds.size() == holds_.size() ? Result<void>() : fault("a hold that ended is open");
    }

    [[nodiscard]] BookCheck summary() const {
        return {sequence_, 0, static_cast<std::int64_t>(holds_.size())};
    }

private:
    static Result<void> fault(std::string detail) {
        return core::fail(kCorrupt, {{"detail", std::move(detail)}});
    }
    static Result<void> damaged(const Record& record, std::string_view reason) {
        return fault(fmt::format("transfer {} (number {}): {}", record.transfer.id.text(),
                                 record.sequence, reason));
    }

    Result<void> move(const Record& record) {
        const Transfer& transfer = record.transfer;
        Balances& debit = balances_[transfer.debit];
        Balances& credit = balances_[transfer.credit];
        switch (transfer.kind) {
            case TransferKind::Post:
                debit.debits_posted += transfer.amount;
                credit.credits_posted += transfer.amount;
                return {};
            case TransferKind::Hold:
                debit.debits_pending += transfer.amount;
                credit.credits_pending += transfer.amount;
                holds_.emplace(transfer.id, transfer.amount);
                return {};
            case TransferKind::Capture:
            case TransferKind::Release:
            case TransferKind::Expiry: break;
        }
        const auto hold = holds_.find(transfer.hold);
        if (hold == holds_.end()) {
            return damaged(record, "it ends a hold that is not open");
        }
        if (transfer.amount > hold->second) {
            return damaged(record, "it takes more than was held");
        }
        debit.debits_pending -= hold->second;
        credit.credits_pending -= hold->second;
        if (transfer.kind == TransferKind::Capture) {
            debit.debits_posted += transfer.amount;
            credit.credits_posted += transfer.amount;
        }
        holds_.erase(hold);
        return {};
    }

    std::int64_t sequence_ = 0;
    core::Timestamp time_;
    std::unordered_map<AccountId, Balances> balances_;
    std::unordered_map<TransferId, std::int64_t> holds_;  // Open, with their amounts.
};

Result<void> check_trial_balance(Reader& reader) {
    const auto lines = trial_balance(reader);
    if (!lines) {
        return std::unexpected(lines.error());
    }
    for (const TrialBalanceLine& line : *lines) {
        if (!line.balances()) {
            return core::fail(kCorrupt,
                              {{"detail", "debits and credits differ in " + line.unit.text()}});
        }
    }
    return {};
}

}  // namespace

Result<BookCheck> check_book(Reader& reader) {
    Checker checker;
    for (std::int64_t after = 0;;) {
        const auto records = records_from(reader, after, kRecordsAtATime);
        if (!records) {
            return std::unexpected(records.error());
        }
        for (const Record& record : *records) {
            if (auto right = checker.add(record); !right) {
                return std::unexpected(right.error());
            }
        }
        if (records->size() < kRecordsAtATime) {
            break;
        }
        after = records->back().sequence;
    }
    const auto head = newest(reader);
    const auto balances = all_balances(reader);
    const auto holds = open_holds(reader);
    if (!head || !balances || !holds) {
        return std::unexpected(!head ? head.error() : !balances ? balances.error() : holds.error());
    }
    if (auto same = checker.compare(*head, *balances, *holds); !same) {
        return std::unexpected(same.error());
    }
    if (auto zero = check_trial_balance(reader); !zero) {
        return std::unexpected(zero.error());
    }
    BookCheck check = checker.summary();
    check.accounts = static_cast<std::int64_t>(balances->size());
    return check;
}

}  // namespace kapok::ledger
