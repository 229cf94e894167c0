#pragma once

// Both databases must refuse the same values. PostgreSQL keeps only UTF-8 without zero bytes as
// text, and SQLite would turn "not a number" into null.

#include <span>

#include "core/result.h"
#include "platform/db/database.h"

namespace kapok::platform::db {

[[nodiscard]] core::Result<void> check_storable(std::span<const Value> values);

}  // namespace kapok::platform::db
