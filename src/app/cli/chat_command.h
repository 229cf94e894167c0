#pragma once

// `kapok chat`: a question to a model, its answer as it comes.

#include <vector>

#include "app/cli/command.h"

namespace kapok::app::cli {

[[nodiscard]] std::vector<Command> chat_commands();

}  // namespace kapok::app::cli
