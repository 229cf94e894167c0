// The wait after failed sign-ins, from its definition and as a property over random histories.

#include "identity/lockout.h"

#include <vector>

#include <gtest/gtest.h>

#include "core/random.h"

namespace kapok::identity {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr core::Timestamp kStart{hours(24 * 365 * 50)};

TEST(Lockout, LetsTheFirstAttemptsThroughAtOnce) {
    Attempts attempts;
    for (std::int64_t i = 1; i < kAccountLockout.free_attempts; ++i) {
        attempts = count_attempt(attempts, kStart, kAccountLockout);
        EXPECT_EQ(attempts.count, i);
        EXPECT_LE(next_attempt_at(attempts, kAccountLockout), kStart);
    }
    attempts = count_attempt(attempts, kStart, kAccountLockout);
    EXPECT_EQ(next_attempt_at(attempts, kAccountLockout), kStart + seconds(1));
}

TEST(Lockout, KeepsNobodyOutBecauseTheClockWasSetBack) {
    const Attempts attempts{kAccountLockout.free_attempts - 1, kStart + hours(5)};
    EXPECT_LE(next_attempt_at(attempts, kAccountLockout), kStart);
}

TEST(Lockout, DoublesTheWaitUpToItsLimit) {
    const std::vector<microseconds> waits{seconds(1),   seconds(2),   seconds(4),  seconds(8),
                                          seconds(16),  seconds(32),  seconds(64), seconds(128),
                                          seconds(256), seconds(512), minutes(15), minutes(15)};
    for (std::size_t i = 0; i < waits.size(); ++i) {
        const Attempts attempts{static_cast<std::int64_t>(5 + i), kStart};
        EXPECT_EQ(next_attempt_at(attempts, kAccountLockout), kStart + waits[i]) << i;
    }
}

TEST(Lockout, SurvivesAnyCount) {
    const Attempts attempts{INT64_MAX, kStart};
    EXPECT_EQ(next_attempt_at(attempts, kAccountLockout), kStart + minutes(15));
}

TEST(Lockout, ForgetsAfterADayOfQuiet) {
    const Attempts attempts{40, kStart};
    const auto almost = kStart + hours(24) - microseconds(1);
    EXPECT_EQ(count_attempt(attempts, almost, kAccountLockout).count, 41);
    EXPECT_EQ(count_attempt(attempts, kStart + hours(24), kAccountLockout).count, 1);
}

// Property: whoever tries as early as allowed, or later, gets no more guesses in a day than the
// doubling allows: 5 free, 10 while it doubles, then one each 15 minutes.
TEST(Lockout, BoundsTheGuessesOfADay) {
    core::SeededRandom random(20'261'123);
    for (int round = 0; round < 200; ++round) {
        Attempts attempts;
        core::Timestamp now = kStart;
        int guesses = 0;
        while (now < kStart + hours(24)) {
            attempts = count_attempt(attempts, now, kAccountLockout);
            ++guesses;
            const auto next = next_attempt_at(attempts, kAccountLockout);
            now = std::max(now, next) + microseconds(random.below(round < 1 ? 1 : 60'000'000));
        }
        EXPECT_LE(guesses, 5 + 10 + 24 * 4);
    }
}

}  // namespace
}  // namespace kapok::identity
