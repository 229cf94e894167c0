#pragma once

// Every error that the program can give, from the modules' tables: for `kapok explain`, for the
// documents, and for the test that no code stands in two tables.

#include <string_view>
#include <vector>

#include "core/result.h"

namespace kapok::app {

[[nodiscard]] std::vector<core::ErrorTable> error_tables();

// Null if there is no such code.
[[nodiscard]] const core::ErrorCode* find_error(std::string_view name);

}  // namespace kapok::app
