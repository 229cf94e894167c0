#pragma once

// Numbered events without their bodies, for whoever counts them, and from when until when the log
// can be counted. SQL is in sql/marks.cpp.

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/clock.h"
#include "core/id.h"
#include "core/principal.h"
#include "core/result.h"
#include "platform/db/database.h"

namespace kapok::audit {

// When the log began, its first event numbered or not; nothing while it is empty.
[[nodiscard]] core::Result<std::optional<core::Timestamp>> first_event_at(
    platform::db::Reader& reader);
// When the oldest event was published that has no number yet.
[[nodiscard]] core::Result<std::optional<core::Timestamp>> oldest_pending(
    platform::db::Reader& reader);

struct EventMark {
    std::int64_t sequence = 0;
    std::string type;
    std::string subject;
    std::optional<core::OrganizationId> organization;
    core::Timestamp recorded_at;
};
// After the first, up to and with the second.
struct MarkSpan {
    core::Timestamp after;
    core::Timestamp upto;
};
// Those of these types that were recorded then, in the order of their time and then of their
// number.
[[nodiscard]] core::Result<void> visit_marks(platform::db::Reader& reader, const core::Scope& scope,
                                             std::span<const std::string_view> types,
                                             const MarkSpan& span,
                                             const std::function<void(const EventMark&)>& visit);

}  // namespace kapok::audit
