#pragma once

// Commands that are routes: `kapok project list` is GET /api/v1/projects. Arguments, options, help
// in both languages and the columns of tables come from the route's table, so that a route that is
// added can be typed the same day.

#include <span>
#include <string>
#include <vector>

#include "app/cli/command.h"
#include "platform/http/route.h"

namespace kapok::app::cli {

// One command for each route of /api/v1/ that answers with JSON.
[[nodiscard]] std::vector<Command> api_commands(
    std::span<const platform::http::Route* const> routes);

// The command of one route, and the body and headers that its options make, for commands that do
// more.
[[nodiscard]] Command route_command(const platform::http::Route& route);
[[nodiscard]] core::Result<std::string> route_body(const platform::http::Route& route,
                                                   const Invocation& invocation);
[[nodiscard]] platform::http::Fields route_headers(const platform::http::Route& route,
                                                   const Invocation& invocation);

}  // namespace kapok::app::cli
