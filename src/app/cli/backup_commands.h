#pragma once

// `kapok admin backup` and `kapok admin restore`.

#include <vector>

#include "app/cli/command.h"

namespace kapok::app::cli {

[[nodiscard]] std::vector<Command> backup_commands();

}  // namespace kapok::app::cli
