#pragma once

// For whoever watches the log: how far it is behind, and how many events of each type there were.

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "core/clock.h"
#include "core/result.h"
#include "platform/db/database.h"

namespace kapok::audit {

// Events that no checkpoint covers yet, numbered or not.
struct Backlog {
    std::int64_t events = 0;               // Counted up to kBacklogCountMax.
    std::optional<core::Timestamp> since;  // When the oldest of them was published.
};
inline constexpr std::int64_t kBacklogCountMax = 100'000;

[[nodiscard]] core::Result<Backlog> backlog(platform::db::Reader& reader);

// How many numbered events there are of each type, of those after `after`: at most `most` of them.
struct EventCounts {
    std::map<std::string, std::int64_t> by_type;
    std::int64_t upto = 0;  // The last number that was counted: where to go on.
};
[[nodiscard]] core::Result<EventCounts> count_events(platform::db::Reader& reader,
                                                     std::int64_t after, std::int64_t most);

}  // namespace kapok::audit
