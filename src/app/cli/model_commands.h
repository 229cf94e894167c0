#pragma once

// What of models is more than a route: `kapok model import`, which uploads what is on this host,
// and `kapok deployment create`, `stop` and `wait`, which show how far they are.

#include <vector>

#include "app/cli/command.h"

namespace kapok::app::cli {

[[nodiscard]] std::vector<Command> model_commands();

}  // namespace kapok::app::cli
