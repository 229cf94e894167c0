#pragma once

// How long guessing at a password must wait: a few attempts are free, then each failure doubles the
// wait. Pure: the same history always gives the same answer. An attempt is counted before the
// password is looked at and taken back when it was right, so that many at once gain nothing.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string_view>

#include "core/clock.h"

namespace kapok::identity {

struct LockoutPolicy {
    std::int64_t free_attempts;
    std::chrono::microseconds first_wait;
    std::chrono::microseconds longest_wait;
    std::chrono::microseconds forget_after;  // Of quiet since the last attempt.
};

// People mistype; whole offices share one address.
inline constexpr LockoutPolicy kAccountLockout{5, std::chrono::seconds(1), std::chrono::minutes(15),
                                               std::chrono::hours(24)};
inline constexpr LockoutPolicy kPeerLockout{30, std::chrono::seconds(1), std::chrono::minutes(15),
                                            std::chrono::hours(24)};

// What attempts are counted for.
inline constexpr std::string_view kAccountAttempts = "account";  // A user name.
inline constexpr std::string_view kPeerAttempts = "peer";        // A group of addresses.

struct Attempts {
    std::int64_t count = 0;  // That failed, or whose outcome is still open.
    core::Timestamp last;

    friend bool operator==(const Attempts&, const Attempts&) = default;
};

[[nodiscard]] constexpr bool is_forgotten(const Attempts& attempts, core::Timestamp now,
                                          const LockoutPolicy& policy) noexcept {
    return now >= attempts.last + policy.forget_after;
}

// When the next attempt is allowed. The beginning of time if at once: `last` lies ahead where a
// clock was set back.
[[nodiscard]] constexpr core::Timestamp next_attempt_at(const Attempts& attempts,
                                                        const LockoutPolicy& policy) noexcept {
    if (attempts.count < policy.free_attempts) {
        return core::Timestamp{};
    }
    std::chrono::microseconds wait = policy.first_wait;
    for (auto i = policy.free_attempts; i < attempts.count && wait < policy.longest_wait; ++i) {
        wait *= 2;
    }
    return attempts.last + std::min(wait, policy.longest_wait);
}

[[nodiscard]] constexpr Attempts count_attempt(Attempts attempts, core::Timestamp now,
                                               const LockoutPolicy& policy) noexcept {
    const bool forgotten = is_forgotten(attempts, now, policy);
    return {forgotten ? 1 : attempts.count + 1, now};
}

}  // namespace kapok::identity
