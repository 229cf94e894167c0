#pragma once

// Brings a database to the tables that this program knows, or refuses.

#include <span>

#include "core/clock.h"
#include "core/result.h"
#include "platform/db/connection.h"

namespace kapok::platform::db {

[[nodiscard]] core::Result<void> apply_migrations(Connection& connection, Backend backend,
                                                  std::span<const Migration> migrations,
                                                  core::Timestamp now);

}  // namespace kapok::platform::db
