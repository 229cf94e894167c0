// Goal: the rules agree with a second, simpler ledger on a million random transfers, in every
// outcome and every balance after every batch; and the invariants hold that need no second opinion.
// Method: seeded random batches, full of retries, conflicts, chains, holds and their ends, wrong
// units, unknown accounts, amounts at the edge of 64 bits, and time going on. A failure names its
// seed; KAPOK_SEED replays it.

#include <algorithm>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "core/clock.h"
#include "ledger/random_transfers.h"
#include "ledger/reference_model.h"
#include "ledger/rules.h"

namespace kapok::ledger {
namespace {

#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr std::size_t kTransfers = 20'000;
#else
constexpr std::size_t kTransfers = 1'200'000;
#endif
constexpr std::size_t kTransfersPerSeed = 10'000;

std::string_view verdict_of(const Outcome& outcome) {
    switch (outcome.status) {
        case Outcome::Status::Created: return ReferenceModel::kCreated;
        case Outcome::Status::Exists: return ReferenceModel::kExists;
        case Outcome::Status::Failed: break;
    }
    return outcome.error->code().name;
}

class Comparison {
public:
    explicit Comparison(std::uint64_t seed) : work_(seed, clock_) {
        for (const Account& account : work_.accounts()) {
            state_.add(AccountState{.account = account});
            model_.open(account);
        }
    }

    std::size_t step(std::map<std::string_view, std::size_t>& verdicts) {
        clock_.advance(std::chrono::microseconds(work_.below(200)));
        if (work_.one_in(10)) {
            expire();
        }
        const auto batch = work_.batch();
        const auto expected = model_.apply(batch, clock_.now());
        const std::int64_t before = state_.last_sequence();
        const Applied applied = apply(state_, batch, clock_.now());
        for (std::size_t i = 0; i < batch.size(); ++i) {
            const std::string_view verdict = verdict_of(applied.outcomes[i]);
            EXPECT_EQ(verdict, expected[i]) << "transfer " << i << " of the batch";
            ++verdicts[verdict];
            if (batch[i].kind == TransferKind::Hold && verdict == ReferenceModel::kCreated) {
                holds_.push_back(batch[i].id);
            }
        }
        EXPECT_EQ(state_.last_sequence() - before,
                  static_cast<std::int64_t>(applied.created.size()));
        check_created(applied.created, before);
        check_balances();
        return batch.size();
    }

private:
    void expire() {
        const auto expired = ledger::expire(state_, holds_, clock_.now());
        EXPECT_EQ(expired.size(), model_.expire(clock_.now()));
        std::erase_if(holds_, [this](TransferId id) {
            return state_.transfer(id)->hold_state != HoldState::Open;
        });
        check_balances();
    }

    static void check_created(const std::vector<const Record*>& created, std::int64_t before) {
        for (std::size_t i = 0; i < created.size(); ++i) {
            EXPECT_EQ(created[i]->sequence, before + static_cast<std::int64_t>(i) + 1);
            EXPECT_GT(created[i]->transfer.amount, 0);
        }
    }

    // Equal to the model's; nobody in the red who may not be; trial balance zero for each unit.
    void check_balances() {
        std::map<Unit, ReferenceModel::Wide> posted;
        std::map<Unit, ReferenceModel::Wide> pending;
        for (const Account& account : work_.accounts()) {
            const Balances& ours = state_.account(account.id)->balances;
            const auto& sums = model_.sums(account.id);
            EXPECT_TRUE(sums[0] == ours.debits_posted && sums[1] == ours.credits_posted &&
                        sums[2] == ours.debits_pending && sums[3] == ours.credits_pending)
                << account.id.text();
            EXPECT_TRUE(account.overdraft == Overdraft::Allowed ||
                        ours.available(account.normal) >= 0);
            posted[account.unit] += ReferenceModel::Wide{ours.debits_posted} - ours.credits_posted;
            pending[account.unit] +=
                ReferenceModel::Wide{ours.debits_pending} - ours.credits_pending;
        }
        for (const auto& [unit, sum] : posted) {
            EXPECT_TRUE(sum == 0 && pending.at(unit) == 0) << unit.text();
        }
    }

    core::ManualClock clock_{core::Timestamp(std::chrono::seconds(1'800'000'000))};
    RandomTransfers work_;
    State state_;
    ReferenceModel model_;
    std::vector<TransferId> holds_;  // Perhaps open.
};

TEST(LedgerRules, AgreeWithTheReferenceModelOnRandomTransfers) {
    const char* chosen = std::getenv("KAPOK_SEED");
    std::uint64_t seed = chosen != nullptr ? std::strtoull(chosen, nullptr, 10) : 1;
    std::map<std::string_view, std::size_t> verdicts;
    for (std::size_t done = 0; done < kTransfers; ++seed) {
        Comparison comparison(seed);
        for (std::size_t here = 0; here < kTransfersPerSeed;) {
            here += comparison.step(verdicts);
            done += here >= kTransfersPerSeed ? here : 0;
            ASSERT_FALSE(testing::Test::HasFailure()) << "KAPOK_SEED=" << seed;
        }
    }
    // The work must not be one-sided: each outcome that it can have, it had.
    for (const auto* code :
         {&kNoAccount, &kBadTransferId, &kBadAmount, &kBadTimeout, &kSameAccount, &kUnitDiffers,
          &kInsufficientFunds, &kTransferConflict, &kChainOpen, &kChainFailed, &kChainPartlyExists,
          &kNoHold, &kNotAHold, &kHoldCaptured, &kHoldReleased, &kHoldExpired, &kHoldDiffers,
          &kCaptureExceedsHold}) {
        EXPECT_GT(verdicts[code->name], 0U) << code->name;
    }
    EXPECT_GT(verdicts[ReferenceModel::kCreated], kTransfers / 10);
    EXPECT_GT(verdicts[ReferenceModel::kExists], kTransfers / 100);
    for (const auto& [verdict, count] : verdicts) {
        RecordProperty(std::string(verdict), static_cast<int>(count));
    }
}

}  // namespace
}  // namespace kapok::ledger
