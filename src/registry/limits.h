#pragma once

// Limits of the registry.

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace kapok::registry {

// What was written down this long ago is committed on every server, clocks of several allowed for.
// A value can be asked as of then at the latest: an answer never changes afterwards.
inline constexpr std::chrono::seconds kSettleTime{5};

// What a share is a share of.
inline constexpr std::chrono::hours kShareWindow{24};

// Between two looks of the sampler; beyond kGap nobody looked, and what was seen before is unknown.
inline constexpr std::chrono::seconds kSamplePeriod{5};
inline constexpr std::chrono::seconds kSampleGap{30};
inline constexpr std::chrono::seconds kSamplerLease{15};

inline constexpr std::chrono::hours kSeriesDefault{24 * 30};  // A series whose start is not said.
inline constexpr std::int64_t kPointsMax = 1'000;             // Of one series.
inline constexpr std::size_t kInputsMax = 100'000;            // Of one list of inputs.
inline constexpr std::int64_t kStepSecondsMax = 31 * 86'400;
inline constexpr std::int64_t kMetricNameBytesMax = 64;

}  // namespace kapok::registry
