#pragma once

// Every fixed statement of audit. Those of lists are put together in event_log.cpp, beside the
// conditions that they take.

#include <string_view>

namespace kapok::audit::sql {

inline constexpr std::string_view kPublish =
    "insert into audit_outbox"
    " (type, subject, organization_id, project_id, recorded_at, actor, data)"
    " values (?, ?, ?, ?, ?, ?, ?)";

inline constexpr std::string_view kHasPending = "select id from audit_outbox limit 1";
inline constexpr std::string_view kListPending =
    "select id, type, subject, organization_id, project_id, recorded_at, actor, data"
    " from audit_outbox order by id limit ?";
// One by one: on PostgreSQL a smaller number may be committed after a larger one was read.
inline constexpr std::string_view kDeletePending = "delete from audit_outbox where id = ?";

inline constexpr std::string_view kAddEvent =
    "insert into audit_event (sequence, type, subject, organization_id, recorded_at, body)"
    " values (?, ?, ?, ?, ?, ?)";

inline constexpr std::string_view kListRows =
    "select sequence, type, subject, organization_id, recorded_at, body from audit_event"
    " where sequence > ? order by sequence limit ?";

inline constexpr std::string_view kFindLog =
    "select origin, suite, size, frontier from audit_log where id = 1";
inline constexpr std::string_view kSaveLog =
    "insert into audit_log (id, origin, suite, size, frontier) values (1, ?, ?, ?, ?)"
    " on conflict (id) do update set size = excluded.size, frontier = excluded.frontier";
inline constexpr std::string_view kLogSize = "select size from audit_log where id = 1";

inline constexpr std::string_view kFindTile =
    "select hashes from audit_tile where level = ? and position = ?";
inline constexpr std::string_view kSaveTile =
    "insert into audit_tile (level, position, hashes) values (?, ?, ?)"
    " on conflict (level, position) do update set hashes = excluded.hashes";

inline constexpr std::string_view kAddCheckpoint =
    "insert into audit_checkpoint (size, made_at, root, note) values (?, ?, ?, ?)";
inline constexpr std::string_view kFindCheckpoint =
    "select size, made_at, root, note from audit_checkpoint where size = ?";
inline constexpr std::string_view kCheckpointAt =
    "select size, made_at, root, note from audit_checkpoint where made_at <= ?"
    " order by made_at desc, size desc limit 1";
inline constexpr std::string_view kCheckpointsUp =
    "select size, made_at, root, note from audit_checkpoint where size > ?"
    " order by size limit ?";
inline constexpr std::string_view kCheckpointsDown =
    "select size, made_at, root, note from audit_checkpoint where size < ?"
    " order by size desc limit ?";
// How many events had been numbered at the last checkpoint made by then.
inline constexpr std::string_view kSizeAt =
    "select max(size) from audit_checkpoint where made_at <= ?";

}  // namespace kapok::audit::sql
