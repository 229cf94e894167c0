#include "audit/backlog.h"

#include <algorithm>

#include "audit/event_log.h"

namespace kapok::audit {
namespace {

namespace db = platform::db;

constexpr std::string_view kCovered = "select coalesce(max(size), 0) from audit_checkpoint";
constexpr std::string_view kPublishedAt = "select recorded_at from audit_event where sequence = ?";
constexpr std::string_view kOldestWaiting =
    "select recorded_at from audit_outbox order by id limit 1";
constexpr std::string_view kWaiting =
    "select count(*) from (select 1 from audit_outbox limit ?) as waiting";
constexpr std::string_view kCount =
    "select type, count(*) from audit_event where sequence > ? and sequence <= ? group by type";

core::Result<std::int64_t> integer(db::Reader& reader, std::string_view sql, db::Values values) {
    const auto found = reader.find(sql, values, [](const db::Row& row) { return row.integer(0); });
    return found ? core::Result<std::int64_t>(found->value_or(0)) : std::unexpected(found.error());
}

core::Result<std::optional<core::Timestamp>> time_of(db::Reader& reader, std::string_view sql,
                                                     db::Values values) {
    return reader.find(sql, values, [](const db::Row& row) { return row.time(0); });
}

}  // namespace

core::Result<Backlog> backlog(db::Reader& reader) {
    const auto size = log_size(reader);
    const auto covered = integer(reader, kCovered, {});
    const auto waiting = integer(reader, kWaiting, {kBacklogCountMax});
    if (!size || !covered || !waiting) {
        return std::unexpected(!size ? size.error() : !covered ? covered.error() : waiting.error());
    }
    const std::int64_t numbered = *size - *covered;
    const auto since = numbered > 0 ? time_of(reader, kPublishedAt, {*covered + 1})
                                    : time_of(reader, kOldestWaiting, {});
    if (!since) {
        return std::unexpected(since.error());
    }
    return Backlog{std::min(numbered + *waiting, kBacklogCountMax), *since};
}

core::Result<EventCounts> count_events(db::Reader& reader, std::int64_t after, std::int64_t most) {
    const auto size = log_size(reader);
    if (!size) {
        return std::unexpected(size.error());
    }
    EventCounts counts;
    counts.upto = std::max(after, std::min(*size, after + most));
    const auto done = reader.query(kCount, {after, counts.upto}, [&](const db::Row& row) {
        counts.by_type[std::string(row.text(0))] = row.integer(1);
    });
    if (!done) {
        return std::unexpected(done.error());
    }
    return counts;
}

}  // namespace kapok::audit
