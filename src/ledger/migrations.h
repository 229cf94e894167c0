#pragma once

// The tables of the ledger, for whoever opens a database.

#include <span>

#include "platform/db/database.h"

namespace kapok::ledger {

[[nodiscard]] std::span<const platform::db::Migration> migrations();

}  // namespace kapok::ledger
