#pragma once

// `kapok agent join` and `kapok agent run`: this host as a node of a site.

#include <vector>

#include "app/cli/command.h"

namespace kapok::app::cli {

[[nodiscard]] std::vector<Command> agent_commands();

}  // namespace kapok::app::cli
