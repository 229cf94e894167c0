#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "platform/db/copy.h"
#include "platform/db/lease.h"
#include "platform/db/migrations.h"
#include "platform/db/sql/copy_sql.h"
#include "platform/db/sql/migration_sql.h"

namespace kapok::platform::db {

Schema schema_of(std::span<const Migration> migrations) {
    Schema schema;
    for (const Migration& migration : join_migrations({lease_migrations(), migrations})) {
        int& newest = schema[std::string(migration.module)];
        newest = std::max(newest, migration.number);
    }
    return schema;
}

core::Result<std::optional<Schema>> find_schema(Reader& reader, Backend backend) {
    const auto tables = reader.find(
        backend == Backend::Sqlite ? sql::kHasMigrationsSqlite : sql::kHasMigrationsPostgres, {},
        [](const Row& row) { return row.integer(0); });
    if (!tables) {
        return std::unexpected(tables.error());
    }
    if (tables->value_or(0) == 0) {
        return std::optional<Schema>();
    }
    Schema schema;
    const auto read = reader.query(sql::kReadMigrations, {}, [&](const Row& row) {
        int& newest = schema[std::string(row.text(0))];
        newest = std::max(newest, static_cast<int>(row.integer(1)));
    });
    return read ? core::Result<std::optional<Schema>>(std::move(schema))
                : std::unexpected(read.error());
}

}  // namespace kapok::platform::db
