#include "audit/marks.h"

#include <vector>

#include "audit/limits.h"

namespace kapok::audit {

namespace db = platform::db;

namespace {

constexpr std::string_view kOldestPending = "select min(recorded_at) from audit_outbox";
constexpr std::string_view kFirstEventAt =
    "select coalesce((select recorded_at from audit_event where sequence = 1),"
    " (select min(recorded_at) from audit_outbox))";
// Events recorded since then were numbered after each checkpoint made before then, clocks of
// several servers allowed for.
constexpr std::string_view kMarks =
    "select sequence, type, subject, organization_id, recorded_at from audit_event"
    " where sequence > coalesce((select max(size) from audit_checkpoint where made_at <= ?), 0)"
    " and recorded_at > ? and recorded_at <= ?";

core::Result<std::optional<core::Timestamp>> only_time(db::Reader& reader, std::string_view sql) {
    const auto found = reader.find(sql, {}, [](const db::Row& row) { return row.time_if(0); });
    if (!found) {
        return std::unexpected(found.error());
    }
    return found->value_or(std::nullopt);
}

}  // namespace

core::Result<std::optional<core::Timestamp>> first_event_at(db::Reader& reader) {
    return only_time(reader, kFirstEventAt);
}

core::Result<std::optional<core::Timestamp>> oldest_pending(db::Reader& reader) {
    return only_time(reader, kOldestPending);
}

core::Result<void> visit_marks(db::Reader& reader, const core::Scope& scope,
                               std::span<const std::string_view> types, const MarkSpan& span,
                               const std::function<void(const EventMark&)>& visit) {
    std::string sql(kMarks);
    std::vector<db::Value> values{span.after - kClockSkewMax, span.after, span.upto};
    sql += " and type in (";
    for (const std::string_view type : types) {
        sql += "?, ";
        values.emplace_back(type);
    }
    sql += "null)";
    if (!scope.everything) {
        sql += " and organization_id in (";
        for (const core::OrganizationId organization : scope.organizations) {
            sql += "?, ";
            values.emplace_back(organization);
        }
        sql += "null)";
    }
    sql += " order by recorded_at, sequence";
    return reader.query(sql, values, [&](const db::Row& row) {
        visit({row.integer(0), std::string(row.text(1)), std::string(row.text(2)),
               row.id_if<core::OrganizationId>(3), row.time(4)});
    });
}

}  // namespace kapok::audit
