#pragma once

// Limits of what comes over a connection. Those that an operator may change are settings, and these
// are their defaults.

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "core/limits.h"

namespace kapok::platform::http {

inline constexpr std::size_t kHeaderBytesMax = 32 * 1024;
inline constexpr std::uint64_t kJsonBytesMax = 1024 * 1024;
inline constexpr std::uint64_t kRawBytesMax = 64 * 1024 * 1024;
inline constexpr std::size_t kJsonDepthMax = 32;
inline constexpr std::int64_t kStringBytesDefault = core::kTextBytesMax;  // Without a range.
inline constexpr std::int64_t kItemsDefault = 1'000;                      // Of a list without one.
inline constexpr std::size_t kShownBytesMax = 64;  // Of a caller's value in an error.
inline constexpr std::size_t kRequestIdBytesMax = 64;
inline constexpr std::size_t kCursorBytesMax = 256;
inline constexpr std::chrono::seconds kPeerSilentMax{30};  // Not even an acknowledgement by TCP.

}  // namespace kapok::platform::http
