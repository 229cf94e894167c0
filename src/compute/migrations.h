#pragma once

// The tables of compute, for whoever opens a database.

#include <span>

#include "platform/db/database.h"

namespace kapok::compute {

[[nodiscard]] std::span<const platform::db::Migration> migrations();

}  // namespace kapok::compute
