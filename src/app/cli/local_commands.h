#pragma once

// Commands that need no server: explain, config, completion.

#include <vector>

#include "app/cli/command.h"

namespace kapok::app::cli {

[[nodiscard]] std::vector<Command> local_commands();

// Flags that stand for settings: "--port 1" is server.port=1, "--set NAME=VALUE" any other.
[[nodiscard]] std::vector<Option> setting_options();
[[nodiscard]] core::Result<std::map<std::string, std::string, std::less<>>> setting_flags(
    const Invocation& invocation);

}  // namespace kapok::app::cli
