#pragma once

// Commands that need no server: explain, config, completion.

#include <vector>

#include "app/cli/command.h"
#include "platform/config/config.h"

namespace kapok::app::cli {

[[nodiscard]] std::vector<Command> local_commands();

// Flags that stand for settings: "--port 1" is server.port=1, "--set NAME=VALUE" any other.
[[nodiscard]] std::vector<Option> setting_options();
// The settings with these flags in front.
[[nodiscard]] core::Result<platform::config::Config> config_of(const Invocation& invocation);

}  // namespace kapok::app::cli
