#pragma once

// Server-sent events, both ways, as the WHATWG HTML standard defines them (section 9.2).

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "platform/http/message.h"

namespace kapok::platform::http {

struct ServerEvent {
    std::string id;    // Where to resume: the client sends the last one as Last-Event-ID.
    std::string type;  // Empty stands for "message".
    std::string data;

    friend bool operator==(const ServerEvent&, const ServerEvent&) = default;
};

// One event on the wire. Line ends within id and type, which could begin a field of their own, are
// left out.
[[nodiscard]] std::string write_event(const ServerEvent& event);
// A line that every client ignores.
[[nodiscard]] std::string write_comment(std::string_view text);

// Where the events of a reply come from.
class EventSource {
public:
    virtual ~EventSource() = default;
    // The next event; nothing at the end. Cancelled when the client has gone.
    virtual boost::asio::awaitable<std::optional<ServerEvent>> next() = 0;
};

// For routes whose reply is an EventStream. The server sends comments while the source is silent.
[[nodiscard]] Response event_stream_response(std::shared_ptr<EventSource> source);

// Turns bytes, cut anywhere, into events.
class EventParser {
public:
    // An event may be at most so large; more is a broken or hostile server.
    explicit EventParser(std::size_t event_bytes_max = 4 * 1024 * 1024) noexcept
        : event_bytes_max_(event_bytes_max) {}

    // The events that are complete now. After `overflowed()` there will be none.
    [[nodiscard]] std::vector<ServerEvent> feed(std::string_view bytes);
    [[nodiscard]] bool overflowed() const noexcept { return overflowed_; }
    // What to send as Last-Event-ID when the connection was lost.
    [[nodiscard]] const std::string& last_event_id() const noexcept { return event_.id; }
    // How long the server asks to wait before connecting again.
    [[nodiscard]] std::optional<std::chrono::milliseconds> retry_time() const noexcept {
        return retry_time_;
    }

private:
    void end_line(std::vector<ServerEvent>& events);

    std::size_t event_bytes_max_;
    std::string line_;
    ServerEvent event_;  // Its id stays for the events that follow.
    bool has_data_ = false;
    bool first_line_ = true;
    bool after_return_ = false;  // A line feed now belongs to the line end before.
    bool overflowed_ = false;
    std::optional<std::chrono::milliseconds> retry_time_;
};

}  // namespace kapok::platform::http
