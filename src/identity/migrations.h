#pragma once

// The tables of identity, for whoever opens a database.

#include <span>

#include "platform/db/database.h"

namespace kapok::identity {

[[nodiscard]] std::span<const platform::db::Migration> migrations();

}  // namespace kapok::identity
