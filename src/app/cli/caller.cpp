#include "app/cli/caller.h"

#include <charconv>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "app/cli/json_text.h"
#include "app/errors.h"
#include "platform/db/bell.h"

namespace kapok::app::cli {

namespace json = boost::json;

using core::Result;

Result<json::value> Caller::ask(const RemoteCall& request) const {
    auto answer = call(profile, invocation, request);
    if (!answer) {
        return std::unexpected(answer.error());
    }
    if (answer->status >= 400) {
        return std::unexpected(refusal_of(*answer));
    }
    return std::move(answer->body);
}

Result<json::value> Caller::get(const std::string& path) const {
    return ask({platform::http::Method::Get, path, ""});
}

std::optional<std::int64_t> whole_number(const std::string& text) {
    std::int64_t number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = failure == std::errc() && end == text.data() + text.size() && number > 0;
    return whole ? std::optional(number) : std::nullopt;
}

void pause(std::chrono::milliseconds duration) {
    boost::asio::io_context io;
    boost::asio::co_spawn(io, platform::db::pause(duration), boost::asio::detached);
    io.run();
}

Command remote_command(Command made, RemoteWork work) {
    for (Option& option : remote_options()) {
        made.options.push_back(std::move(option));
    }
    made.run = [work](const Invocation& invocation) {
        const auto profile = load_profile(invocation);
        if (!profile) {
            return report(profile.error(), invocation);
        }
        const Result<int> done = work(*profile, invocation);
        return done ? *done : report(done.error(), invocation);
    };
    return made;
}

}  // namespace kapok::app::cli
