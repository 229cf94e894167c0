#pragma once

// `kapok login` and `kapok logout`: a session or a key, kept in the profile file.

#include <vector>

#include "app/cli/command.h"

namespace kapok::app::cli {

[[nodiscard]] std::vector<Command> login_commands();

}  // namespace kapok::app::cli
