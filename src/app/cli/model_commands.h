#pragma once

// What of models is more than a route: `kapok model import`, which uploads what is on this host and
// shows how far it is.

#include <vector>

#include "app/cli/command.h"

namespace kapok::app::cli {

[[nodiscard]] std::vector<Command> model_commands();

}  // namespace kapok::app::cli
