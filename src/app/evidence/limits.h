#pragma once

// Limits of evidence bundles. What a bundle may hold is bounded so that one is made within a
// request and checked in memory; a longer story is told in several bundles.

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace kapok::app::evidence {

inline constexpr std::size_t kBundleBytesMax = 64 * 1'024 * 1'024;
inline constexpr std::size_t kChargesMax = 10'000;  // Of one wallet.
inline constexpr std::size_t kEntriesMax = 40'000;  // Of one wallet.
inline constexpr std::size_t kDecisionsMax = 1'000;
inline constexpr std::size_t kJobsMax = 5'000;  // Looked through for decisions.
inline constexpr std::size_t kMeasurementsMax = 200;
inline constexpr std::size_t kAccountsMax = 20'000;  // Listed with a trial balance.
inline constexpr std::size_t kFaultsShown = 5;       // Of one check.

// How long an export waits until the log's checkpoint covers what it speaks of.
inline constexpr int kWaitsMax = 10;
inline constexpr std::chrono::milliseconds kWait{1'000};

// Beyond these, arithmetic on what somebody else wrote could overflow.
inline constexpr std::int64_t kPlannedAmountMax = std::int64_t{1} << 45;
inline constexpr std::size_t kPlannedItemsMax = 100'000;
inline constexpr std::int64_t kPolicyNumberMax = 1'000'000'000;
inline constexpr std::int64_t kTimeLimitMsMax = std::int64_t{3'650} * 86'400'000;
inline constexpr std::int64_t kCoresMax = 1'000'000;
inline constexpr std::int64_t kRateMax = std::int64_t{1} << 52;

}  // namespace kapok::app::evidence
