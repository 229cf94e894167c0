#pragma once

// The HTTP/1.1 server: threads with an io_context each, one acceptor that hands connections out.
// What a connection may cost is limited: bytes of headers and bodies, time for each phase, and how
// many there are. Plain HTTP is served on loopback addresses only.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/result.h"
#include "platform/http/limits.h"
#include "platform/http/message.h"
#include "platform/http/router.h"
#include "platform/http/tls.h"

namespace kapok::platform::http {

// A request that is over, for the access log and the metrics.
struct Finished {
    std::string method;
    std::string path;      // Without its query, which may hold what a log must not.
    std::string route_id;  // Empty if there was no route.
    int status = 0;
    std::uint64_t bytes = 0;  // Of the answer's body, as sent.
    std::chrono::microseconds duration{0};
    std::string request_id;
    std::string principal;
    std::string peer;
    bool complete = true;  // Not if the client left, or the answer broke off.
};

struct ServerOptions {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;  // 0: one that is free.
    std::size_t threads = 2;
    std::optional<ServerTls> tls = {};
    std::vector<std::string> proxies = {};  // Whose x-forwarded-for is believed: forwarded.h.
    std::size_t connections_max = 4'096;
    std::size_t header_bytes_max = kHeaderBytesMax;
    std::chrono::milliseconds idle_time{75'000};       // Between requests.
    std::chrono::milliseconds header_time{15'000};     // From the first byte to the last.
    std::chrono::milliseconds handshake_time{10'000};  // Of TLS.
    std::chrono::milliseconds body_time{60'000};  // Plus a second for each body_rate_min bytes.
    std::uint64_t body_rate_min = 16 * 1024;
    std::chrono::milliseconds write_time{30'000};  // For each piece of an answer to leave.
    // After so long without an event, an event stream gets a comment, so that both ends and what is
    // between them know that it lives.
    std::chrono::milliseconds keep_alive_time{15'000};
    std::function<void(const Finished&)> finished = {};  // Called on the server's threads.
};

class Server {
public:
    // Listens and serves at once. `router` and `clock` must outlive the server.
    [[nodiscard]] static core::Result<std::unique_ptr<Server>> start(const Router& router,
                                                                     const core::Clock& clock,
                                                                     ServerOptions options);
    ~Server();  // stop() with no time to drain.
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    [[nodiscard]] std::uint16_t port() const noexcept;
    [[nodiscard]] std::size_t connections() const noexcept;

    // New connections use these from now on.
    [[nodiscard]] core::Result<void> change_tls(const ServerTls& tls);

    // Accepts no more, ends idle connections and event streams, lets what is under way finish for
    // `drain`, then cuts off the rest. Returns when every connection has ended. Not to be called
    // from the server's own threads.
    void stop(std::chrono::milliseconds drain);

private:
    struct State;
    explicit Server(std::unique_ptr<State> state);

    std::unique_ptr<State> state_;
};

}  // namespace kapok::platform::http
