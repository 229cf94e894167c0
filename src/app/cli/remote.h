#pragma once

// Calls to a server's API from the command line: blocking, with the profile's credential and the
// terminal's language. What the server refuses becomes an exit code and its sentence on stderr.

#include <functional>
#include <string>

#include <boost/json/value.hpp>

#include "app/cli/command.h"
#include "app/cli/profile.h"
#include "core/result.h"
#include "platform/http/client.h"
#include "platform/http/message.h"

namespace kapok::app::cli {

struct RemoteCall {
    platform::http::Method method = platform::http::Method::Get;
    std::string path;
    std::string body;  // Empty for none.
    std::string content_type = "application/json";
    platform::http::Fields headers = {};
};

struct RemoteAnswer {
    int status = 0;
    platform::http::Fields headers;
    boost::json::value body;  // Null if it is no JSON.
    std::string raw;
};

[[nodiscard]] core::Result<RemoteAnswer> call(const Profile& profile, const Invocation& invocation,
                                              const RemoteCall& call);

// Calls, and gives each event of the answer to `take` until that returns false or the stream ends.
// The answer has a body only if it was no stream.
[[nodiscard]] core::Result<RemoteAnswer> follow(
    const Profile& profile, const Invocation& invocation, const RemoteCall& call,
    std::function<bool(const platform::http::ServerEvent&)> take);

// What the server refused, as the error that its code names; kServerRefused with the server's
// sentence if this program does not know the code.
[[nodiscard]] core::Error refusal_of(const RemoteAnswer& answer);

// The exit code for an answer of 400 and up, after saying on stderr what the server said.
int report_refusal(const RemoteAnswer& answer, const Invocation& invocation);

}  // namespace kapok::app::cli
