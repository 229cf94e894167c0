#pragma once

// Every limit that is built in, from the modules' tables; what an operator may change is a setting.

#include <vector>

#include "core/limit.h"

namespace kapok::app {

[[nodiscard]] std::vector<core::LimitTable> limit_tables();

}  // namespace kapok::app
