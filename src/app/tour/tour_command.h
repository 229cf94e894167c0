#pragma once

// `kapok tour`: the steps of the tour one after the other, with what each did for people or
// programs.

#include <vector>

#include "app/cli/command.h"

namespace kapok::app::cli {

[[nodiscard]] std::vector<Command> tour_commands();

}  // namespace kapok::app::cli
