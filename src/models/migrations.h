#pragma once

// The tables of models, for whoever opens a database.

#include <span>

#include "platform/db/database.h"

namespace kapok::models {

[[nodiscard]] std::span<const platform::db::Migration> migrations();

}  // namespace kapok::models
