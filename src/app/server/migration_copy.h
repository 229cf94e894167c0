#pragma once

// A new program may bring migrations. Before they change a SQLite database that exists, it is
// copied, beside itself:
//
//     kapok.db.schema-31.20261123T081500Z     as it was with 31 migrations
//
// The newest copies are kept, and one of each schema. What a PostgreSQL needs is its operator's
// choice: `kapok admin backup` before the new program starts.

#include <filesystem>
#include <optional>
#include <span>

#include "core/clock.h"
#include "core/result.h"
#include "platform/db/database.h"

namespace kapok::app {

// Where it was copied to; nothing if no migration is missing, or there is nothing to lose. `kept`
// of 0 makes no copy. A copy that cannot be made is an error: then nothing is migrated.
[[nodiscard]] core::Result<std::optional<std::filesystem::path>> copy_before_migrating(
    platform::db::Database& database, const std::filesystem::path& file,
    std::span<const platform::db::Migration> migrations, std::size_t kept,
    const core::Clock& clock);

}  // namespace kapok::app
