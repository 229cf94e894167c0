#pragma once

// Limits that every module shares. A module's own are in its limits.h; those that an operator may
// change are settings, and these are their defaults.

#include <cstddef>
#include <cstdint>

namespace kapok::core {

inline constexpr std::size_t kPageSizeDefault = 50;
inline constexpr std::size_t kPageSizeMax = 500;
inline constexpr std::int64_t kNameBytesMax = 128;
inline constexpr std::int64_t kTextBytesMax = 4'096;
inline constexpr std::int64_t kMoneyMicrosMax = 1'000'000'000'000'000'000;  // 10^12 units.

}  // namespace kapok::core
