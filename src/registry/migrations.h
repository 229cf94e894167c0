#pragma once

// The tables of the registry.

#include <span>

#include "platform/db/migrations.h"

namespace kapok::registry {

[[nodiscard]] std::span<const platform::db::Migration> migrations();

}  // namespace kapok::registry
