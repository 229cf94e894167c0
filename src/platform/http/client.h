#pragma once

// The HTTP/1.1 client of one server: connections are kept and used again, every wait has a limit,
// and an answer comes whole or piece by piece. Used from coroutines on io_contexts that one thread
// runs each; every context has connections of its own, so nothing is locked.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "core/result.h"
#include "platform/http/event_stream.h"
#include "platform/http/message.h"
#include "platform/http/tls.h"
#include "platform/http/url.h"

namespace kapok::platform::http {

struct ClientOptions {
    ClientTls tls = {};                             // Used if the URL is https.
    std::chrono::milliseconds connect_time{5'000};  // Name, connection and TLS together.
    std::chrono::milliseconds idle_time{60'000};    // Without a byte, in either direction.
    std::chrono::milliseconds total_time{0};        // From the call to its last byte; 0: no limit.
    std::uint64_t answer_bytes_max = 64 * 1024 * 1024;  // Of an answer that is taken whole.
    std::size_t header_bytes_max = 64 * 1024;
    std::size_t idle_connections_max = 64;        // Kept for later, in each context.
    std::chrono::milliseconds keep_time{30'000};  // How long. Less than the server's idle time.
    // Asked with each address that the host's name stands for, before a connection is made to it:
    // who lets others name hosts refuses those that are not theirs to reach. None: any may be.
    std::function<bool(const std::string& address)> may_connect = {};
};

// What a call says when it does not matter twice: then it is sent again if a kept connection turns
// out to be dead before a byte of an answer came. By default as its method and headers say: GET,
// PUT and DELETE, and whatever has an Idempotency-Key.
enum class Repeat : std::uint8_t { AsMethod, Never, Safe };

struct Call {
    Method method = Method::Get;
    std::string path;  // With its query, percent-encoded: "/v1/models?limit=2".
    Fields headers = {};
    std::string body = {};
    Repeat repeat = Repeat::AsMethod;
    std::optional<std::chrono::milliseconds> idle_time = {};  // Instead of the client's.
    std::optional<std::chrono::milliseconds> total_time = {};
};

struct CallAnswer {
    int status = 0;
    Fields headers;  // Names in lower case.
    std::string body;
};

// An answer that is still coming. Destroying it before its end closes the connection, which is how
// a call is cancelled.
class AnswerStream {
public:
    virtual ~AnswerStream() = default;
    [[nodiscard]] virtual int status() const = 0;
    [[nodiscard]] virtual const Fields& headers() const = 0;
    // What has come since, never empty; nothing at the end.
    [[nodiscard]] virtual boost::asio::awaitable<core::Result<std::optional<std::string>>>
    next() = 0;
};

class Client {
public:
    [[nodiscard]] static core::Result<std::unique_ptr<Client>> create(Url url,
                                                                      ClientOptions options);
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    [[nodiscard]] const Url& url() const noexcept;

    // An answer with any status is an answer; errors are what kept one from coming. The client must
    // outlive the call and the stream.
    [[nodiscard]] boost::asio::awaitable<core::Result<CallAnswer>> send(Call call);
    [[nodiscard]] boost::asio::awaitable<core::Result<std::unique_ptr<AnswerStream>>> open(
        Call call);

    // Asks the server to speak `protocol` on a connection of its own; any status but 101 is
    // kBadAnswer. The channel has no limits of time.
    [[nodiscard]] boost::asio::awaitable<core::Result<std::unique_ptr<Channel>>> upgrade(
        Call call, std::string protocol);

private:
    struct State;
    explicit Client(std::unique_ptr<State> state);

    std::unique_ptr<State> state_;
};

// The events of an answer.
class EventReader {
public:
    explicit EventReader(std::unique_ptr<AnswerStream> answer) : answer_(std::move(answer)) {}

    // Nothing at the end of the answer.
    [[nodiscard]] boost::asio::awaitable<core::Result<std::optional<ServerEvent>>> next();
    [[nodiscard]] const EventParser& parser() const noexcept { return parser_; }

private:
    std::unique_ptr<AnswerStream> answer_;
    EventParser parser_;
    std::vector<ServerEvent> ready_;  // Last one first.
};

}  // namespace kapok::platform::http
