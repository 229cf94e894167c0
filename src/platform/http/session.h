#pragma once

// One connection of a client, from its first byte to its last: requests one after the other, each
// admitted, read, run and answered.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/http/parser.hpp>

#include "platform/http/deadline.h"
#include "platform/http/piece_body.h"
#include "platform/http/router.h"
#include "platform/http/server.h"
#include "platform/http/transport.h"

namespace kapok::platform::http {

// What the sessions of a server share. Read only while it serves.
struct SessionHost {
    const Router& router;
    const core::Clock& clock;
    const ServerOptions& options;
};

// All of it runs on the thread of its io_context.
class Session : public std::enable_shared_from_this<Session> {
public:
    Session(const SessionHost& host, Transport::Socket socket, TlsContext tls);

    [[nodiscard]] boost::asio::awaitable<void> run();
    [[nodiscard]] boost::asio::cancellation_slot slot() noexcept { return kill_.slot(); }

    // Ends it after the request under way; an event stream ends at once.
    void drain();
    // Cuts it off.
    void kill();
    // For the channel that the connection has become, on the session's executor.
    [[nodiscard]] boost::asio::awaitable<core::Result<std::optional<std::string>>> read_channel();
    [[nodiscard]] boost::asio::awaitable<core::Result<void>> write_channel(std::string bytes);
    void end_channel();
    [[nodiscard]] boost::asio::any_io_executor executor();
    // Says that there is no room, if that takes no waiting.
    void turn_away();

private:
    class StreamedBody;
    using Parser = boost::beast::http::request_parser<PieceBody>;
    using Steady = std::chrono::steady_clock;

    enum class BodyEnd : std::uint8_t { Complete, TooLarge, Broken, Late };
    enum class Phase : std::uint8_t {
        Idle,
        Reading,
        Working,
        Writing,
        Streaming,
        Upgraded,
        Ending
    };

    // One request and what becomes of it.
    struct Exchange {
        Parser parser;
        Steady::time_point started;
        Finished record;
        bool head = false;
        bool http_1_0 = false;
        bool keep_alive = false;
        bool accepts_gzip = false;
        Steady::time_point body_started = {};
        std::uint64_t body_bytes = 0;  // Received so far, as framed.
    };

    boost::asio::awaitable<void> serve();
    boost::asio::awaitable<bool> read_header(Exchange& exchange);
    boost::asio::awaitable<BodyEnd> read_body(Exchange& exchange, std::uint64_t limit);
    boost::asio::awaitable<BodyEnd> read_some_body(Exchange& exchange);
    void begin_body(Exchange& exchange, std::uint64_t limit);
    boost::asio::awaitable<void> say_continue(Exchange& exchange, const Request& request);
    boost::asio::awaitable<void> answer(Exchange& exchange);
    boost::asio::awaitable<Answer> run_admitted(Exchange& exchange, Admission admission);
    boost::asio::awaitable<Answer> run_streamed(Exchange& exchange, Admission admission);
    [[nodiscard]] Answer refuse_body(Admission admission, BodyEnd end) const;
    [[nodiscard]] std::unexpected<core::Error> body_error(BodyEnd end, std::uint64_t limit) const;
    boost::asio::awaitable<void> refuse(Exchange& exchange, const core::Error& error, int status);
    boost::asio::awaitable<void> send(Exchange& exchange, Answer answer);
    boost::asio::awaitable<void> send_body(Exchange& exchange, std::string head,
                                           std::string_view body);
    boost::asio::awaitable<void> send_stream(Exchange& exchange, std::string head, Answer& answer);
    boost::asio::awaitable<void> upgrade(Exchange& exchange, std::string head, Answer& answer);
    boost::asio::awaitable<bool> pump(Exchange& exchange, BodyStream& stream);
    boost::asio::awaitable<bool> write(std::string_view head, std::string_view body);
    boost::asio::awaitable<void> linger();

    boost::asio::awaitable<std::size_t> fill();
    boost::asio::awaitable<void> wait_for_change();
    void watch();
    boost::asio::awaitable<void> watch_input(std::shared_ptr<Session> self);
    boost::asio::awaitable<void> write_comment(std::shared_ptr<Session> self);

    [[nodiscard]] core::Result<Request> request_of(Exchange& exchange) const;
    void expire();
    void finish(Exchange& exchange, bool complete);

    const SessionHost& host_;
    Transport transport_;
    Deadline deadline_;
    boost::asio::cancellation_signal kill_;  // Of run().
    boost::asio::steady_timer changed_;      // Never fires; it is cancelled to wake run().
    std::string input_;                      // Read, but not yet parsed.
    std::string peer_;
    std::string client_certificate_id_;
    std::optional<core::Timestamp> client_certificate_ended_at_;
    Phase phase_ = Phase::Idle;
    bool timed_out_ = false;
    bool draining_ = false;
    bool gone_ = false;      // The client has left.
    bool watching_ = false;  // watch_input() is reading.
    bool channel_open_ = false;
    bool commenting_ = false;
    bool streams_events_ = false;
    bool unread_ = false;  // The client may still be sending what nobody will read.
};

}  // namespace kapok::platform::http
