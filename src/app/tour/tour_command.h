#pragma once

// `kapok tour`.

#include <vector>

#include "app/cli/command.h"

namespace kapok::app::cli {

[[nodiscard]] std::vector<Command> tour_commands();

}  // namespace kapok::app::cli
