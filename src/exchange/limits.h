#pragma once

// Limits of the exchange.

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace kapok::exchange {

inline constexpr std::int64_t kNameBytesMax = 128;
inline constexpr std::int64_t kMeterBytesMax = 64;
inline constexpr std::int64_t kSubjectBytesMax = 256;
inline constexpr std::int64_t kEvidenceBytesMax = 4'096;
inline constexpr std::int64_t kQuantityMax = 1'000'000'000'000'000'000;  // 10^18 base units.
inline constexpr std::size_t kUsagePerCommandMax = 1'000;                // Records in one command.
inline constexpr std::size_t kMetersPerProductMax = 16;
inline constexpr std::chrono::hours kHoldTimeoutMax{24 * 31};
inline constexpr std::chrono::hours kWindowMax{24 * 31};  // Of one usage record.
inline constexpr std::int64_t kUsageStepsMax = 1'000;     // Of one sum of usage by time.

}  // namespace kapok::exchange
