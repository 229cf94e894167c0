#pragma once

// `kapok doctor`: looks at this host and at the server that the profile names, changes nothing, and
// says of each thing whether it is well and, if not, what helps.

#include <vector>

#include "app/cli/command.h"

namespace kapok::app::cli {

[[nodiscard]] std::vector<Command> doctor_commands();

}  // namespace kapok::app::cli
