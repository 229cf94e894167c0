#pragma once

// What of deployments is more than a route: `kapok deployment create` and `stop`, which take a
// model's name for its id and can wait until it is ready or has stopped.

#include <vector>

#include "app/cli/command.h"

namespace kapok::app::cli {

[[nodiscard]] std::vector<Command> deployment_commands();

}  // namespace kapok::app::cli
