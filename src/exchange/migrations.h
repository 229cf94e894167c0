#pragma once

// The tables of the exchange, for whoever opens a database.

#include <span>

#include "platform/db/database.h"

namespace kapok::exchange {

[[nodiscard]] std::span<const platform::db::Migration> migrations();

}  // namespace kapok::exchange
