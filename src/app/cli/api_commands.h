#pragma once

// Commands that are routes: `kapok project list` is GET /api/v1/projects. Arguments, options, help
// in both languages and the columns of tables come from the route's table, so that a route that is
// added can be typed the same day.

#include <span>
#include <vector>

#include "app/cli/command.h"
#include "platform/http/route.h"

namespace kapok::app::cli {

// One command for each route of /api/v1/ that answers with JSON.
[[nodiscard]] std::vector<Command> api_commands(
    std::span<const platform::http::Route* const> routes);

}  // namespace kapok::app::cli
