#pragma once

// The ledger written a second time, as simply as it can be, for tests only: whole copies instead of
// undoing, 128-bit sums instead of overflow checks, everything recomputed. It shares the types of
// what goes in and the error codes with rules.h, and no logic.

#include <array>
#include <chrono>
#include <map>
#include <span>
#include <string_view>
#include <vector>

#include "ledger/account.h"
#include "ledger/errors.h"
#include "ledger/limits.h"
#include "ledger/transfer.h"

namespace kapok::ledger {

class ReferenceModel {
public:
    __extension__ using Wide = __int128;
    // Of each account: debits and credits posted, debits and credits pending.
    using Sums = std::array<Wide, 4>;
    static constexpr std::string_view kCreated = "created";
    static constexpr std::string_view kExists = "exists";

    void open(const Account& account) {
        accounts_[account.id] = account;
        sums_[account.id] = {};
    }
    [[nodiscard]] const Sums& sums(AccountId account) const { return sums_.at(account); }

    // "created", "exists" or the name of an error for each transfer.
    std::vector<std::string_view> apply(std::span<const Transfer> batch, core::Timestamp now) {
        std::vector<std::string_view> verdicts;
        for (std::size_t begin = 0; begin < batch.size(); begin = verdicts.size()) {
            std::vector<Transfer> chain{batch[begin]};
            while (chain.back().link == Link::Next && begin + chain.size() < batch.size()) {
                chain.push_back(batch[begin + chain.size()]);
            }
            for (const std::string_view verdict : run(chain, now)) {
                verdicts.push_back(verdict);
            }
        }
        return verdicts;
    }

    // How many holds were due.
    std::size_t expire(core::Timestamp now) {
        std::size_t count = 0;
        for (auto& [id, made] : made_) {
            if (made.transfer.kind == TransferKind::Hold && made.end.empty() && due(made, now)) {
                add(made.transfer, 2, -made.transfer.amount);
                made.end = kHoldExpired.name;
                ++count;
            }
        }
        return count;
    }

private:
    struct Made {
        Transfer transfer;
        core::Timestamp at;
        std::string_view end;  // Of a hold: the error that a second end of it gets.
    };

    std::vector<std::string_view> run(const std::vector<Transfer>& chain, core::Timestamp now) {
        const auto sums_before = sums_;
        std::map<TransferId, Made> before;  // What stood under the ids that the chain names.
        for (const Transfer& transfer : chain) {
            for (const TransferId id : {transfer.id, transfer.hold}) {
                if (made_.contains(id)) {
                    before[id] = made_.at(id);
                }
            }
        }
        std::vector<std::string_view> verdicts;
        const bool open = chain.back().link == Link::Next;
        std::size_t culprit = open ? chain.size() - 1 : chain.size();
        std::string_view reason = open ? kChainOpen.name : std::string_view();
        while (culprit == chain.size() && verdicts.size() < chain.size()) {
            const std::string_view verdict = one(chain[verdicts.size()], now);
            if (verdict != kCreated && verdict != kExists) {
                culprit = verdicts.size();
                reason = verdict;
            }
            verdicts.push_back(verdict);
        }
        for (const std::string_view verdict : verdicts) {
            if (culprit == chain.size() && verdict != verdicts[0]) {
                culprit = 0;
                reason = kChainPartlyExists.name;
            }
        }
        if (culprit == chain.size()) {
            return verdicts;
        }
        sums_ = sums_before;
        for (const Transfer& transfer : chain) {
            made_.erase(transfer.id);
        }
        for (const auto& [id, made] : before) {
            made_[id] = made;
        }
        verdicts.assign(chain.size(), kChainFailed.name);
        verdicts[culprit] = reason;
        return verdicts;
    }

    std::string_view one(const Transfer& transfer, core::Timestamp now) {
        const bool ends =
            transfer.kind == TransferKind::Capture || transfer.kind == TransferKind::Release;
        const bool holds = transfer.kind == TransferKind::Hold;
        if ((transfer.id.uuid().bytes[8] >> 6U) != 2) {
            return kBadTransferId.name;
        }
        if (!ends && !transfer.hold.is_zero()) {
            return kUnexpectedHold.name;
        }
        if (transfer.amount > kAmountMax ||
            transfer.amount < (transfer.kind == TransferKind::Release ? 0 : 1)) {
            return kBadAmount.name;
        }
        if (transfer.timeout.count() < 0 || (!holds && transfer.timeout.count() > 0) ||
            transfer.timeout > kTimeoutMax) {
            return kBadTimeout.name;
        }
        if (const auto found = made_.find(transfer.id); found != made_.end()) {
            return same(transfer, found->second.transfer) ? kExists : kTransferConflict.name;
        }
        return ends ? end(transfer, now) : move(transfer, now);
    }

    std::string_view move(const Transfer& transfer, core::Timestamp now) {
        if (transfer.debit == transfer.credit) {
            return kSameAccount.name;
        }
        for (const AccountId account : {transfer.debit, transfer.credit}) {
            if (!accounts_.contains(account)) {
                return kNoAccount.name;
            }
            if (accounts_.at(account).unit != transfer.unit) {
                return kUnitDiffers.name;
            }
        }
        const auto before = sums_;
        add(transfer, transfer.kind == TransferKind::Hold ? 2 : 0, transfer.amount);
        const std::string_view fault = fault_of(transfer);
        if (!fault.empty()) {
            sums_ = before;
            return fault;
        }
        made_[transfer.id] = {transfer, now, {}};
        return kCreated;
    }

    // After the transfer: does everything fit, and is nobody in the red who may not be?
    std::string_view fault_of(const Transfer& transfer) {
        constexpr Wide kLargest = 0x7FFFFFFFFFFFFFFF;
        const Sums& debit = sums_.at(transfer.debit);
        const Sums& credit = sums_.at(transfer.credit);
        if (debit[0] + debit[2] > kLargest || credit[1] + credit[3] > kLargest) {
            return kBalanceOverflow.name;
        }
        const auto red = [](const Account& account, Side normal, Wide available) {
            return account.overdraft == Overdraft::Refused && account.normal == normal &&
                   available < 0;
        };
        const bool short_of =
            red(accounts_.at(transfer.debit), Side::Credit, debit[1] - debit[0] - debit[2]) ||
            red(accounts_.at(transfer.credit), Side::Debit, credit[0] - credit[1] - credit[3]);
        return short_of ? kInsufficientFunds.name : std::string_view();
    }

    std::string_view end(Transfer transfer, core::Timestamp now) {
        const auto found = made_.find(transfer.hold);
        if (found == made_.end()) {
            return kNoHold.name;
        }
        Made& made = found->second;
        const Transfer& hold = made.transfer;
        if (hold.kind != TransferKind::Hold) {
            return kNotAHold.name;
        }
        if (!made.end.empty() || due(made, now)) {
            return made.end.empty() ? kHoldExpired.name : made.end;
        }
        const bool releases = transfer.kind == TransferKind::Release;
        Transfer completed = transfer;
        completed.debit = hold.debit;
        completed.credit = hold.credit;
        completed.unit = hold.unit;
        completed.amount = releases ? hold.amount : transfer.amount;
        if (!same(transfer, completed)) {
            return kHoldDiffers.name;
        }
        if (transfer.amount > hold.amount) {
            return kCaptureExceedsHold.name;
        }
        add(hold, 2, -hold.amount);
        add(hold, 0, releases ? 0 : transfer.amount);
        made.end = releases ? kHoldReleased.name : kHoldCaptured.name;
        made_[transfer.id] = {completed, now, {}};
        return kCreated;
    }

    static bool due(const Made& made, core::Timestamp now) {
        return made.transfer.timeout.count() > 0 && made.at + made.transfer.timeout <= now;
    }

    // Is `again` what was made, as far as it says? An end of a hold may leave things to the hold.
    static bool same(const Transfer& again, const Transfer& made) {
        const bool ends =
            again.kind == TransferKind::Capture || again.kind == TransferKind::Release;
        const auto agrees = [ends](const auto& left, const auto& right, bool is_none) {
            return left == right || (ends && is_none);
        };
        return again.kind == made.kind && again.hold == made.hold && again.code == made.code &&
               again.timeout == made.timeout && again.reference == made.reference &&
               again.reference_text == made.reference_text &&
               agrees(again.debit, made.debit, again.debit.is_zero()) &&
               agrees(again.credit, made.credit, again.credit.is_zero()) &&
               agrees(again.unit, made.unit, again.unit.is_none()) &&
               (again.amount == made.amount ||
                (again.kind == TransferKind::Release && again.amount == 0));
    }

    // `column` 0 is posted, 2 is pending.
    void add(const Transfer& transfer, std::size_t column, std::int64_t amount) {
        sums_.at(transfer.debit)[column] += amount;
        sums_.at(transfer.credit)[column + 1] += amount;
    }

    std::map<AccountId, Account> accounts_;
    std::map<AccountId, Sums> sums_;
    std::map<TransferId, Made> made_;
};

}  // namespace kapok::ledger
