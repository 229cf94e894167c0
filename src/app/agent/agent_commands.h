#pragma once

// `kapok agent join` and `kapok agent run`: this host as a node of a site.

#include <filesystem>
#include <string>
#include <vector>

#include "app/cli/command.h"
#include "core/result.h"

namespace kapok::app::cli {

[[nodiscard]] std::vector<Command> agent_commands();

// Makes this host a node of the platform at `server`, with a one-time token; blocks until it is
// one.
[[nodiscard]] core::Result<void> join_host(const Invocation& invocation, const std::string& server,
                                           const std::string& token,
                                           const std::filesystem::path& folder);

}  // namespace kapok::app::cli
