#pragma once

// Random work for the ledger, for tests only: mostly sensible, with every kind of mistake among it.
// The same seed makes the same work.

#include <array>
#include <cstdint>
#include <vector>

#include "core/clock.h"
#include "core/random.h"
#include "ledger/account.h"
#include "ledger/limits.h"
#include "ledger/transfer.h"

namespace kapok::ledger {

class RandomTransfers {
public:
    RandomTransfers(std::uint64_t seed, const core::Clock& clock) : random_(seed), clock_(clock) {
        const std::array units{Unit::of(core::Currency::Cny), Unit::of(core::Currency::Usd),
                               Unit::of(core::Unit::CardMs)};
        for (const Unit& unit : units) {
            for (int i = 0; i < 5; ++i) {
                Account account;
                account.id = AccountId::make(clock_, random_);
                account.unit = unit;
                account.normal = i % 2 == 0 ? Side::Credit : Side::Debit;
                account.overdraft = i < 3 ? Overdraft::Refused : Overdraft::Allowed;
                accounts_.push_back(account);
            }
        }
    }

    [[nodiscard]] const std::vector<Account>& accounts() const { return accounts_; }

    // One to eight transfers, some of them linked.
    [[nodiscard]] std::vector<Transfer> batch() {
        std::vector<Transfer> batch;
        const std::uint64_t size = 1 + random_.below(8);
        const bool links = one_in(3);
        for (std::uint64_t i = 0; i < size; ++i) {
            batch.push_back(transfer());
            const bool last = i + 1 == size;
            if (links && one_in(last ? 20 : 2)) {
                batch.back().link = Link::Next;
            }
        }
        return batch;
    }

    [[nodiscard]] bool one_in(std::uint64_t n) { return random_.below(n) == 0; }
    [[nodiscard]] std::uint64_t below(std::uint64_t n) { return random_.below(n); }

private:
    Transfer transfer() {
        if (!history_.empty() && one_in(12)) {
            return retry();
        }
        Transfer transfer;
        transfer.id = one_in(500) ? TransferId() : TransferId::make(clock_, random_);
        const std::uint64_t dice = random_.below(10);
        if (dice < 4 && !holds_.empty()) {
            end_a_hold(transfer);
        } else {
            move(transfer, dice > 6);
        }
        transfer.code = static_cast<TransferCode>(random_.below(3));
        remember(transfer);
        return transfer;
    }

    void move(Transfer& transfer, bool hold) {
        const Account& debit = accounts_[random_.below(accounts_.size())];
        // Mostly of the same unit, which is five accounts in a row.
        const std::uint64_t group = static_cast<std::uint64_t>(&debit - accounts_.data()) / 5 * 5;
        const Account& credit = one_in(40) ? accounts_[random_.below(accounts_.size())]
                                           : accounts_[group + random_.below(5)];
        transfer.debit = one_in(300) ? AccountId::make(clock_, random_) : debit.id;
        transfer.credit = credit.id;
        transfer.unit = debit.unit;
        transfer.amount = amount();
        if (hold) {
            transfer.kind = TransferKind::Hold;
            transfer.timeout = std::chrono::microseconds(one_in(3) ? random_.below(2'000) : 0);
        } else if (one_in(200)) {
            transfer.timeout = std::chrono::microseconds(1);
        }
    }

    void end_a_hold(Transfer& transfer) {
        // The newest holds are likely to be open still.
        const std::uint64_t back = random_.below(one_in(4) ? holds_.size() : 4);
        const Transfer& hold = holds_[holds_.size() - 1 - back % holds_.size()];
        transfer.kind = one_in(3) ? TransferKind::Release : TransferKind::Capture;
        transfer.hold = one_in(50) ? TransferId::make(clock_, random_) : hold.id;
        if (one_in(50)) {
            transfer.hold = history_[random_.below(history_.size())].id;
        }
        transfer.amount = transfer.kind == TransferKind::Release && !one_in(4)
                              ? 0
                              : hold.amount - static_cast<std::int64_t>(random_.below(3));
        if (one_in(30)) {
            transfer.amount = hold.amount + 1;
        }
        if (one_in(3)) {
            transfer.debit = hold.debit;
            transfer.credit = one_in(10) ? accounts_[0].id : hold.credit;
            transfer.unit = one_in(10) ? accounts_[0].unit : hold.unit;
        }
    }

    Transfer retry() {
        Transfer again = history_[history_.size() - 1 - random_.below(history_.size()) / 4];
        again.link = Link::None;
        switch (random_.below(12)) {
            case 0: again.amount += 1; break;
            case 1: again.code = TransferCode::Reversal; break;
            case 2: again.debit = accounts_[random_.below(accounts_.size())].id; break;
            case 3: again.kind = TransferKind::Hold; break;
            case 4: again.timeout += std::chrono::microseconds(1); break;
            case 5: again.reference.bytes[0] ^= 1U; break;
            default: break;
        }
        return again;
    }

    std::int64_t amount() {
        switch (random_.below(60)) {
            case 0: return 0;
            case 1: return -static_cast<std::int64_t>(random_.below(100));
            case 2: return kAmountMax + static_cast<std::int64_t>(random_.below(2));
            case 3: return kAmountMax - static_cast<std::int64_t>(random_.below(1'000));
            default: return static_cast<std::int64_t>(1 + random_.below(1'000));
        }
    }

    void remember(const Transfer& transfer) {
        history_.push_back(transfer);
        if (transfer.kind == TransferKind::Hold) {
            holds_.push_back(transfer);
        }
    }

    core::SeededRandom random_;
    const core::Clock& clock_;
    std::vector<Account> accounts_;
    std::vector<Transfer> history_;  // Whether they were made or refused.
    std::vector<Transfer> holds_;
};

}  // namespace kapok::ledger
