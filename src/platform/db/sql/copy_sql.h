#pragma once

// What copying a whole database asks of it.

#include <string_view>

namespace kapok::platform::db::sql {

// SQLite reads nothing at "begin"; the first read fixes what the transaction sees.
inline constexpr const char* kFixSqliteView = "begin; select count(*) from sqlite_schema;";

inline constexpr std::string_view kHasMigrationsSqlite =
    "select count(*) from sqlite_schema where type = 'table' and name = 'schema_migrations'";
inline constexpr std::string_view kHasMigrationsPostgres =
    "select count(*) from pg_tables where schemaname = current_schema() "
    "and tablename = 'schema_migrations'";

inline constexpr std::string_view kShareSnapshot = "select pg_export_snapshot()";
inline constexpr std::string_view kBeginCopy = "begin isolation level repeatable read read only";
inline constexpr std::string_view kUseSnapshot = "set transaction snapshot '{}'";

inline constexpr std::string_view kCountTables =
    "select count(*) from pg_tables where schemaname = current_schema()";
// Each column of each table; whether it is numbered by the database.
inline constexpr std::string_view kColumns =
    "select c.relname, a.attname, a.attidentity <> '' from pg_class c "
    "join pg_namespace n on n.oid = c.relnamespace "
    "join pg_attribute a on a.attrelid = c.oid "
    "where n.nspname = current_schema() and c.relkind = 'r' and a.attnum > 0 "
    "and not a.attisdropped and a.attgenerated = '' and c.relname <> 'schema_migrations' "
    "order by c.relname, a.attnum";
// Which table refers to which other one.
inline constexpr std::string_view kReferences =
    "select child.relname, parent.relname from pg_constraint k "
    "join pg_class child on child.oid = k.conrelid "
    "join pg_class parent on parent.oid = k.confrelid "
    "join pg_namespace n on n.oid = child.relnamespace "
    "where k.contype = 'f' and n.nspname = current_schema() and child.oid <> parent.oid";
inline constexpr std::string_view kSequenceOf = "select pg_get_serial_sequence('{}', '{}')";
inline constexpr std::string_view kSequenceState =
    "select case when is_called then last_value + 1 else last_value end from {}";
inline constexpr std::string_view kSetSequence =
    "select setval(pg_get_serial_sequence('{}', '{}'), {}, false)";
inline constexpr std::string_view kCopyOut = "copy {} ({}) to stdout";
inline constexpr std::string_view kCopyIn = "copy {} ({}) from stdin";
inline constexpr std::string_view kEmptyTables = "truncate {}";

}  // namespace kapok::platform::db::sql
