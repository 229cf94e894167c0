#include "app/cli/remote.h"

#include <future>
#include <iostream>
#include <optional>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include "app/cli/json_text.h"
#include "app/error_tables.h"
#include "app/errors.h"

namespace kapok::app::cli {
namespace {

namespace http = platform::http;
namespace json = boost::json;

http::Call to_http(const Profile& profile, const Invocation& invocation, const RemoteCall& call) {
    http::Call request;
    request.method = call.method;
    request.path = call.path;
    request.body = call.body;
    request.headers = call.headers;
    request.headers["accept-language"] = invocation.language == core::Language::Zh ? "zh" : "en";
    if (!call.body.empty()) {
        request.headers["content-type"] = call.content_type;
    }
    if (!profile.token.empty()) {
        request.headers["authorization"] = "Bearer " + std::string(profile.token.reveal());
    } else if (!profile.session.empty()) {
        request.headers["cookie"] = std::string(profile.session.reveal());
        request.headers["x-csrf-token"] = std::string(profile.csrf.reveal());
    }
    return request;
}

boost::asio::awaitable<core::Result<RemoteAnswer>> read_events(
    http::Client& client, http::Call call, std::function<bool(const http::ServerEvent&)> take) {
    core::Result<std::unique_ptr<http::AnswerStream>> answer =
        co_await client.open(std::move(call));
    if (!answer) {
        co_return std::unexpected(answer.error());
    }
    RemoteAnswer result{(*answer)->status(), (*answer)->headers(), {}, {}};
    if (result.status != 200) {
        for (;;) {
            core::Result<std::optional<std::string>> piece = co_await (*answer)->next();
            const auto bytes = std::move(piece).value_or(std::nullopt);
            if (!bytes) {
                break;
            }
            result.raw += *bytes;
        }
        boost::system::error_code fault;
        json::value body = json::parse(result.raw, fault);
        result.body = fault ? json::value() : std::move(body);
        co_return result;
    }
    http::EventReader events(*std::move(answer));
    for (;;) {
        core::Result<std::optional<http::ServerEvent>> next = co_await events.next();
        if (!next) {
            co_return std::unexpected(next.error());
        }
        const auto& event = *next;
        if (!event || !take(*event)) {
            co_return result;
        }
    }
}

}  // namespace

core::Result<RemoteAnswer> follow(const Profile& profile, const Invocation& invocation,
                                  const RemoteCall& call,
                                  std::function<bool(const http::ServerEvent&)> take) {
    const auto url = http::parse_url(profile.url);
    if (!url) {
        return std::unexpected(url.error());
    }
    const auto client = http::Client::create(*url, {});
    if (!client) {
        return std::unexpected(client.error());
    }
    boost::asio::io_context io;
    auto pending = boost::asio::co_spawn(
        io, read_events(**client, to_http(profile, invocation, call), std::move(take)),
        boost::asio::use_future);
    io.run();
    core::Result<RemoteAnswer> answer = pending.get();
    if (!answer) {
        return core::fail(
            kUnreachable,
            {{"url", profile.url}, {"reason", core::render(answer.error(), invocation.language)}});
    }
    return answer;
}

core::Result<RemoteAnswer> call(const Profile& profile, const Invocation& invocation,
                                const RemoteCall& call) {
    const auto url = http::parse_url(profile.url);
    if (!url) {
        return std::unexpected(url.error());
    }
    const auto client = http::Client::create(*url, {});
    if (!client) {
        return std::unexpected(client.error());
    }
    boost::asio::io_context io;
    auto pending = boost::asio::co_spawn(io, (*client)->send(to_http(profile, invocation, call)),
                                         boost::asio::use_future);
    io.run();
    core::Result<http::CallAnswer> answer = pending.get();
    if (!answer) {
        return core::fail(
            kUnreachable,
            {{"url", profile.url}, {"reason", core::render(answer.error(), invocation.language)}});
    }
    boost::system::error_code fault;
    json::value body = json::parse(answer->body, fault);
    return RemoteAnswer{answer->status, std::move(answer->headers),
                        fault ? json::value() : std::move(body), std::move(answer->body)};
}

core::Error refusal_of(const RemoteAnswer& answer) {
    const core::ErrorCode* code = find_error(text_at(answer.body, "/code"));
    if (code == nullptr) {
        const std::string detail = text_at(answer.body, "/detail");
        return {kServerRefused,
                {{"detail", detail.empty() ? fmt::format("HTTP {}", answer.status) : detail}},
                {}};
    }
    std::vector<core::Parameter> parameters;
    for (const std::string_view name : core::parameters_of(code->en)) {
        parameters.push_back({name, text_at(answer.body, fmt::format("/parameters/{}", name))});
    }
    const std::string pointer = text_at(answer.body, "/pointer");
    return {*code, std::move(parameters), pointer.empty() ? std::nullopt : std::optional(pointer)};
}

int report_refusal(const RemoteAnswer& answer, const Invocation& invocation) {
    const bool zh = invocation.language == core::Language::Zh;
    // RFC 9457, or OpenAI's shape under /v1/.
    const bool openai = find_at(answer.body, "/error") != nullptr;
    const std::string detail = text_at(answer.body, openai ? "/error/message" : "/detail");
    const std::string code = text_at(answer.body, openai ? "/error/code" : "/code");
    const std::string pointer = text_at(answer.body, openai ? "/error/param" : "/pointer");
    std::cerr << fmt::format("{}: {}\n", zh ? "错误" : "error",
                             detail.empty() ? fmt::format("HTTP {}", answer.status) : detail);
    if (!code.empty()) {
        std::cerr << fmt::format(
            "  {}: {}{}\n", zh ? "代码" : "code", code,
            pointer.empty() ? std::string() : fmt::format("  {}: {}", zh ? "位置" : "at", pointer));
    }
    // The status of a code may say more than its kind does; the exit code is the kind's.
    const core::ErrorCode* known = find_error(code);
    return known != nullptr ? core::exit_code(known->kind)
                            : answer.status % 100 + (answer.status < 500 ? 10 : 50);
}

}  // namespace kapok::app::cli
