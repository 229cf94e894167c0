#pragma once

// The whole command line: every noun in the order of the help, and every command.

#include <vector>

#include "app/cli/command.h"

namespace kapok::app::cli {

[[nodiscard]] std::vector<Noun> all_nouns();
[[nodiscard]] std::vector<Command> all_commands();

}  // namespace kapok::app::cli
