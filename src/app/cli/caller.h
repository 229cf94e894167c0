#pragma once

// What commands of several calls have in common: a caller that turns refusals into errors, a pause
// between two looks, and the frame of a command that needs a profile.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/value.hpp>

#include "app/cli/command.h"
#include "app/cli/profile.h"
#include "app/cli/remote.h"
#include "core/clock.h"
#include "core/result.h"

namespace kapok::app::cli {

struct Caller {
    const Profile& profile;
    const Invocation& invocation;
    core::SystemClock clock = {};

    // The server's own error if it refuses; kUnreachable if it does not answer.
    [[nodiscard]] core::Result<boost::json::value> ask(const RemoteCall& request) const;
    [[nodiscard]] core::Result<boost::json::value> get(const std::string& path) const;
};

// Of an option that counts: "1", "2", …; nothing if it is anything else.
[[nodiscard]] std::optional<std::int64_t> whole_number(const std::string& text);

void pause(std::chrono::milliseconds duration);

using RemoteWork = core::Result<int> (*)(const Profile&, const Invocation&);

// Gives `made` the options that name a server, and has it do `work`, whose errors are reported.
[[nodiscard]] Command remote_command(Command made, RemoteWork work);

}  // namespace kapok::app::cli
