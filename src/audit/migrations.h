#pragma once

// The tables of audit, for whoever opens a database.

#include <span>

#include "platform/db/database.h"

namespace kapok::audit {

[[nodiscard]] std::span<const platform::db::Migration> migrations();

}  // namespace kapok::audit
