#pragma once

// Limits of the ledger. Amounts are bounded well below 64 bits, so that sums over the largest batch
// cannot overflow on their way to a check.

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "core/limits.h"

namespace kapok::ledger {

inline constexpr std::int64_t kAmountMax = core::kMoneyMicrosMax;  // In micros or base units.
inline constexpr std::size_t kBatchMax = 8'192;                    // Transfers in one command.
inline constexpr std::size_t kUnitBytesMax = 64;
inline constexpr std::size_t kReferenceTextBytesMax = 256;
inline constexpr std::size_t kAccountNameBytesMax = core::kNameBytesMax;
inline constexpr std::chrono::microseconds kTimeoutMax = std::chrono::hours(24 * 366);
inline constexpr std::size_t kExpiriesPerCommandMax = 1'000;
// Every so many transfers of an account one is a waypoint, so that reaching any place in an
// account's history takes fewer steps than this.
inline constexpr std::int64_t kWaypointEvery = 64;

}  // namespace kapok::ledger
