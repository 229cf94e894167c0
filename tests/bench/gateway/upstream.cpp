// A server of models that costs next to nothing, for the benchmark of the gateway: an answer of 1
// KiB, or a stream of tokens, each with the counts so far, as llama.cpp's server writes them, at a
// steady pace or, for a request with "at_once": true, all together. Prints its port, and serves on
// one thread until it is killed.
//
//   bench_gateway TOKENS PAUSE_MS

#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

namespace kapok {
namespace {

namespace asio = boost::asio;
using asio::use_awaitable;
using asio::ip::tcp;

constexpr std::size_t kAnswerBytes = 1'024;
constexpr int kPromptTokens = 100;
constexpr int kAnswerTokens = 200;

struct Script {
    int tokens = 0;
    std::chrono::milliseconds pause{0};
    std::string answer;   // With its head.
    std::string at_once;  // A whole stream, with its head.
};

template <class Number>
Number number_of(std::string_view text) {
    Number number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec != std::errc()) {
        fmt::print(stderr, "'{}' is no number\n", text);
        std::exit(2);
    }
    return number;
}

std::string whole(std::string_view body) {
    return fmt::format(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
        body.size(), body);
}

std::string make_answer() {
    const std::string_view before =
        R"({"choices":[{"finish_reason":"stop","index":0,"message":{"role":"assistant","content":")";
    const std::string after = fmt::format(
        R"("}}}}],"created":1700000000,"model":"bench","object":"chat.completion","id":"chatcmpl-1",)"
        R"("usage":{{"completion_tokens":{0},"prompt_tokens":{1},"total_tokens":{2}}},)"
        R"("timings":{{"cache_n":0,"prompt_n":{1},"predicted_n":{0}}}}})",
        kAnswerTokens, kPromptTokens, kPromptTokens + kAnswerTokens);
    const std::size_t said = kAnswerBytes - before.size() - after.size();
    return whole(fmt::format("{}{:a>{}}{}", before, "", said, after));
}

// An event as a chunk of HTTP/1.1. `count` is how many tokens there are so far.
std::string event(std::string_view choices, int count, std::string_view usage) {
    const std::string data = fmt::format(
        R"(data: {{"choices":[{}],"created":1700000000,"id":"chatcmpl-1","model":"bench",)"
        R"("system_fingerprint":"b1","object":"chat.completion.chunk"{},)"
        R"("timings":{{"cache_n":0,"prompt_n":{},"predicted_n":{}}}}})"
        "\n\n",
        choices, usage, kPromptTokens, count);
    return fmt::format("{:x}\r\n{}\r\n", data.size(), data);
}

std::string last_events(int tokens) {
    const std::string usage =
        fmt::format(R"(,"usage":{{"completion_tokens":{},"prompt_tokens":{},"total_tokens":{}}})",
                    tokens, kPromptTokens, kPromptTokens + tokens);
    return event(R"({"finish_reason":"stop","index":0,"delta":{}})", tokens, "") +
           event("", tokens, usage) + "e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n";
}

constexpr std::string_view kStreamHead =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

std::string token_event(int count) {
    return event(R"({"finish_reason":null,"index":0,"delta":{"content":" token"}})", count, "");
}

std::string make_burst(int tokens) {
    std::string burst(kStreamHead);
    for (int count = 1; count <= tokens; ++count) {
        burst += token_event(count);
    }
    return burst + last_events(tokens);
}

asio::awaitable<void> stream(tcp::socket& socket, const Script& script) {
    co_await asio::async_write(socket, asio::buffer(kStreamHead), use_awaitable);
    asio::steady_timer timer(socket.get_executor(), std::chrono::steady_clock::now());
    for (int count = 1; count <= script.tokens; ++count) {
        const std::string token = token_event(count);
        co_await asio::async_write(socket, asio::buffer(token), use_awaitable);
        timer.expires_at(timer.expiry() + script.pause);
        co_await timer.async_wait(use_awaitable);
    }
    co_await asio::async_write(socket, asio::buffer(last_events(script.tokens)), use_awaitable);
}

std::size_t body_bytes(std::string_view head) {
    for (const std::string_view name : {"\r\nContent-Length: ", "\r\ncontent-length: "}) {
        const auto found = head.find(name);
        if (found != std::string_view::npos) {
            const std::string_view rest = head.substr(found + name.size());
            return number_of<std::size_t>(rest.substr(0, rest.find('\r')));
        }
    }
    return 0;
}

// Until the other side closes, which ends it with an exception.
asio::awaitable<void> serve(tcp::socket socket, const Script* script) {
    std::string text;
    for (;;) {
        const std::size_t head = co_await asio::async_read_until(socket, asio::dynamic_buffer(text),
                                                                 "\r\n\r\n", use_awaitable);
        const std::size_t end = head + body_bytes(std::string_view(text).substr(0, head));
        if (text.size() < end) {
            co_await asio::async_read(socket, asio::dynamic_buffer(text),
                                      asio::transfer_exactly(end - text.size()), use_awaitable);
        }
        const std::string request = std::exchange(text, text.substr(end)).substr(0, end);
        if (request.starts_with("GET ")) {
            co_await asio::async_write(socket, asio::buffer(whole(R"({"status":"ok"})")),
                                       use_awaitable);
        } else if (!request.contains(R"("stream":true)")) {
            co_await asio::async_write(socket, asio::buffer(script->answer), use_awaitable);
        } else if (request.contains(R"("at_once":true)")) {
            co_await asio::async_write(socket, asio::buffer(script->at_once), use_awaitable);
        } else {
            co_await stream(socket, *script);
        }
    }
}

asio::awaitable<void> listen(tcp::acceptor acceptor, const Script* script) {
    for (;;) {
        tcp::socket socket = co_await acceptor.async_accept(use_awaitable);
        socket.set_option(tcp::no_delay(true));
        asio::co_spawn(acceptor.get_executor(), serve(std::move(socket), script), asio::detached);
    }
}

}  // namespace
}  // namespace kapok

int main(int count, char** arguments) {
    using namespace kapok;
    if (count != 3) {
        fmt::print(stderr, "bench_gateway TOKENS PAUSE_MS\n");
        return 2;
    }
    const int tokens = number_of<int>(arguments[1]);
    const Script script{tokens, std::chrono::milliseconds(number_of<int>(arguments[2])),
                        make_answer(), make_burst(tokens)};
    asio::io_context context(1);
    tcp::acceptor acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    fmt::print("{}\n", acceptor.local_endpoint().port());
    std::fflush(stdout);
    asio::co_spawn(context, listen(std::move(acceptor), &script), asio::detached);
    context.run();
}
