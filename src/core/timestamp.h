#pragma once

// How a Timestamp is written: int64 microseconds UTC in storage, RFC 3339 with microseconds and "Z"
// in JSON and on the command line. Local time exists only in the console.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/clock.h"

namespace kapok::core {

[[nodiscard]] constexpr std::int64_t to_micros(Timestamp time) noexcept {
    return time.time_since_epoch().count();
}
[[nodiscard]] constexpr Timestamp from_micros(std::int64_t micros) noexcept {
    return Timestamp(std::chrono::microseconds(micros));
}

// "2026-01-31T00:00:00.000000Z"
[[nodiscard]] std::string to_rfc3339(Timestamp time);

// Any RFC 3339 time, also with an offset and with 0 to 6 decimals; years 1970 to 2261. Leap seconds
// are refused: no clock of ours can show one.
[[nodiscard]] std::optional<Timestamp> parse_rfc3339(std::string_view text);

}  // namespace kapok::core
