#pragma once

// `kapok serve` and `kapok admin`: the commands that touch an installation's own state.

#include <vector>

#include "app/cli/command.h"

namespace kapok::app::cli {

[[nodiscard]] std::vector<Command> server_commands();

}  // namespace kapok::app::cli
