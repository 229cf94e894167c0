#pragma once

// The one table of the database layer itself: which migrations were applied.

#include <string_view>

namespace kapok::platform::db::sql {

inline constexpr std::string_view kMigrationTable = R"(
create table if not exists schema_migrations (
    module text not null,
    number bigint not null,
    name text not null,
    checksum text not null,
    applied_at bigint not null,
    primary key (module, number)
);
)";

inline constexpr std::string_view kReadMigrations =
    "select module, number, name, checksum, applied_at from schema_migrations "
    "order by module, number";

inline constexpr std::string_view kNoteMigration =
    "insert into schema_migrations (module, number, name, checksum, applied_at) "
    "values (?, ?, ?, ?, ?)";

// PostgreSQL: servers that start together migrate one after the other.
inline constexpr std::string_view kMigrationLock = "select pg_advisory_xact_lock(5485217)";

// SQLite: a migration may rebuild a table that others refer to.
inline constexpr std::string_view kCheckReferencesLate = "pragma defer_foreign_keys=on";

}  // namespace kapok::platform::db::sql
