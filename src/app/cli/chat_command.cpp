#include "app/cli/chat_command.h"

#include <iostream>
#include <iterator>
#include <string>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "app/cli/caller.h"
#include "app/cli/profile.h"
#include "app/cli/remote.h"
#include "app/errors.h"
#include "platform/http/client.h"

namespace kapok::app::cli {
namespace {

namespace asio = boost::asio;
namespace http = platform::http;
namespace json = boost::json;

http::Call question(const Profile& profile, const Invocation& invocation,
                    std::optional<std::int64_t> most) {
    std::string text = invocation.argument("PROMPT");
    if (text.empty()) {
        text.assign(std::istreambuf_iterator<char>(std::cin), {});
    }
    json::array messages;
    if (const auto system = invocation.option("system")) {
        messages.push_back({{"role", "system"}, {"content", *system}});
    }
    messages.push_back({{"role", "user"}, {"content", text}});
    json::object body{{"model", invocation.argument("MODEL")},
                      {"messages", std::move(messages)},
                      {"stream", true},
                      {"stream_options", {{"include_usage", true}}}};
    if (most) {
        body["max_tokens"] = *most;
    }
    http::Call call;
    call.method = http::Method::Post;
    call.path = "/v1/chat/completions";
    call.headers["content-type"] = "application/json";
    call.headers["authorization"] = "Bearer " + std::string(profile.token.reveal());
    call.headers["accept-language"] = invocation.language == core::Language::Zh ? "zh" : "en";
    call.body = json::serialize(body);
    return call;
}

// Prints what a chunk adds; gives the usage if it has one.
std::string show(std::string_view data) {
    boost::system::error_code fault;
    const json::value chunk = json::parse(data, fault);
    if (fault) {
        return {};
    }
    boost::system::error_code absent;
    const json::value* text = chunk.find_pointer("/choices/0/delta/content", absent);
    if (text != nullptr && text->is_string()) {
        std::cout << std::string_view(text->get_string()) << std::flush;
    }
    const json::value* usage = chunk.find_pointer("/usage", absent);
    return usage != nullptr && usage->is_object() ? json::serialize(*usage) : std::string();
}

struct Ended {
    int status = 200;
    std::string text;  // The usage, or the body of a refusal.
};

asio::awaitable<core::Result<Ended>> converse(http::Client& client, http::Call call) {
    core::Result<std::unique_ptr<http::AnswerStream>> answer =
        co_await client.open(std::move(call));
    if (!answer) {
        co_return std::unexpected(answer.error());
    }
    if ((*answer)->status() != 200) {
        std::string body;
        for (;;) {
            core::Result<std::optional<std::string>> piece = co_await (*answer)->next();
            const auto bytes = std::move(piece).value_or(std::nullopt);
            if (!bytes) {
                break;
            }
            body += *bytes;
        }
        co_return Ended{(*answer)->status(), std::move(body)};
    }
    http::EventReader events(*std::move(answer));
    std::string usage;
    for (;;) {
        core::Result<std::optional<http::ServerEvent>> next = co_await events.next();
        if (!next) {
            co_return std::unexpected(next.error());
        }
        const auto& event = *next;
        if (!event) {
            co_return Ended{200, std::move(usage)};
        }
        const std::string shown = show(event->data);
        usage = shown.empty() ? usage : shown;
    }
}

int chat(const Invocation& invocation) {
    const auto profile = load_profile(invocation);
    if (!profile) {
        return report(profile.error(), invocation);
    }
    if (profile->token.empty()) {
        return report(core::Error(kKeyNeeded, {}, {}), invocation);
    }
    const auto typed = invocation.option("max-tokens");
    const auto most = typed ? whole_number(*typed) : std::nullopt;
    if (typed && !most) {
        return report(
            core::Error(kBadChoice,
                        {{"name", "--max-tokens"}, {"expected", "1, 2, …"}, {"actual", *typed}},
                        {}),
            invocation);
    }
    const auto url = http::parse_url(profile->url);
    if (!url) {
        return report(url.error(), invocation);
    }
    const auto client = http::Client::create(*url, {});
    if (!client) {
        return report(client.error(), invocation);
    }
    asio::io_context io;
    auto pending = asio::co_spawn(io, converse(**client, question(*profile, invocation, most)),
                                  asio::use_future);
    io.run();
    const core::Result<Ended> ended = pending.get();
    if (!ended) {
        return report(ended.error(), invocation);
    }
    if (ended->status != 200) {
        boost::system::error_code fault;
        json::value body = json::parse(ended->text, fault);
        return report_refusal({ended->status, {}, fault ? json::value() : std::move(body), {}},
                              invocation);
    }
    std::cout << '\n' << std::flush;
    if (!ended->text.empty()) {
        std::cerr << ended->text << '\n';
    }
    return 0;
}

}  // namespace

std::vector<Command> chat_commands() {
    std::vector<Option> options = remote_options();
    options.push_back(
        {"system", "TEXT", {"Instructions for the model", "给模型的系统提示"}, false, {}});
    options.push_back({"max-tokens", "N", {"The longest answer", "回答的最大词元数"}, false, {}});
    return {
        {"chat",
         "",
         {"Ask a model; the answer comes as it is made", "向模型提问，边生成边显示"},
         std::move(options),
         {{"MODEL", {"Name of the model", "模型名称"}, true},
          {"PROMPT", {"The question; standard input if absent", "问题；缺省时读标准输入"}, false}},
         chat}};
}

}  // namespace kapok::app::cli
