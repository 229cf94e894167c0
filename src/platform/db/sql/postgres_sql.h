#pragma once

// What a PostgreSQL connection says on its own account.

#include <string_view>

namespace kapok::platform::db::sql {

inline constexpr std::string_view kBeginWrite = "begin isolation level read committed read write";
inline constexpr std::string_view kBeginRead = "begin isolation level repeatable read read only";
inline constexpr std::string_view kCommit = "commit";
inline constexpr std::string_view kRollback = "rollback";
inline constexpr std::string_view kSavepoint = "savepoint command";
inline constexpr std::string_view kRelease = "release savepoint command";
inline constexpr std::string_view kRollbackToSavepoint = "rollback to savepoint command";

inline constexpr std::string_view kTransactionId = "select cast(pg_current_xact_id() as text)";
inline constexpr std::string_view kTransactionStatus = "select pg_xact_status(cast(? as xid8))";
// The first digits of a log file's name are its timeline, which a fail-over ends.
inline constexpr std::string_view kTimeline =
    "select substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8)";

// Between servers, see postgres_bells.h. The channel's name is the same in both.
inline constexpr std::string_view kListen =
    "set synchronous_commit=off; set statement_timeout=5000; listen kapok_bells";
inline constexpr std::string_view kNotify = "select pg_notify('kapok_bells', $1)";
inline constexpr std::string_view kCurrentSchema = "select current_schema()";

}  // namespace kapok::platform::db::sql
