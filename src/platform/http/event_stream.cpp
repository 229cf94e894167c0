#include "platform/http/event_stream.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace kapok::platform::http {
namespace {

std::string one_line(std::string_view text) {
    std::string line(text);
    std::erase_if(line, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
    return line;
}

// A field for each line of `text`, whatever its line ends are.
void append_lines(std::string& wire, std::string_view field, std::string_view text) {
    for (bool more = true; more;) {
        const auto end = text.find_first_of("\r\n");
        more = end != text.npos;
        wire.append(field).append(text.substr(0, end)).append("\n");
        if (more) {
            const bool pair = text.substr(end).starts_with("\r\n");
            text.remove_prefix(end + (pair ? 2 : 1));
        }
    }
}

class EventBody final : public BodyStream {
public:
    explicit EventBody(std::shared_ptr<EventSource> source) : source_(std::move(source)) {}

    boost::asio::awaitable<std::optional<std::string>> next() override {
        const std::optional<ServerEvent> event = co_await source_->next();
        if (!event) {
            co_return std::nullopt;
        }
        co_return write_event(*event);
    }

private:
    std::shared_ptr<EventSource> source_;
};

}  // namespace

std::string write_event(const ServerEvent& event) {
    std::string wire;
    if (!event.type.empty()) {
        wire.append("event: ").append(one_line(event.type)).append("\n");
    }
    if (!event.id.empty()) {
        wire.append("id: ").append(one_line(event.id)).append("\n");
    }
    append_lines(wire, "data: ", event.data);
    return wire += "\n";
}

std::string write_comment(std::string_view text) {
    std::string wire;
    append_lines(wire, ": ", text);
    return wire += "\n";
}

Response event_stream_response(std::shared_ptr<EventSource> source) {
    Response response;
    response.headers["content-type"] = "text/event-stream";
    response.headers["x-accel-buffering"] = "no";  // Or nginx before us would collect the events.
    response.stream = std::make_shared<EventBody>(std::move(source));
    return response;
}

std::vector<ServerEvent> EventParser::feed(std::string_view bytes) {
    std::vector<ServerEvent> events;
    while (!bytes.empty() && !overflowed_) {
        if (std::exchange(after_return_, false) && bytes.front() == '\n') {
            bytes.remove_prefix(1);
            continue;
        }
        const auto end = bytes.find_first_of("\r\n");
        line_ += bytes.substr(0, end);
        if (line_.size() + event_.data.size() > event_bytes_max_) {
            overflowed_ = true;
            break;
        }
        if (end == bytes.npos) {
            break;
        }
        after_return_ = bytes[end] == '\r';
        bytes.remove_prefix(end + 1);
        end_line(events);
    }
    return events;
}

void EventParser::end_line(std::vector<ServerEvent>& events) {
    const std::string line = std::exchange(line_, {});
    std::string_view text = line;
    if (std::exchange(first_line_, false) && text.starts_with("\xEF\xBB\xBF")) {
        text.remove_prefix(3);
    }
    if (text.empty()) {
        if (has_data_) {
            event_.data.pop_back();  // The line feed after the last line.
            events.push_back(event_);
        }
        event_.data.clear();
        event_.type.clear();
        has_data_ = false;
        return;
    }
    const auto colon = text.find(':');
    const std::string_view name = text.substr(0, colon);
    std::string_view value = colon == text.npos ? std::string_view() : text.substr(colon + 1);
    if (value.starts_with(' ')) {
        value.remove_prefix(1);
    }
    if (name == "data") {
        event_.data.append(value).append("\n");
        has_data_ = true;
    } else if (name == "event") {
        event_.type = value;
    } else if (name == "id" && !value.contains('\0')) {
        event_.id = value;
    } else if (name == "retry") {
        std::int64_t milliseconds = 0;
        const auto [end, failure] =
            std::from_chars(value.data(), value.data() + value.size(), milliseconds);
        if (failure == std::errc() && end == value.data() + value.size() && milliseconds >= 0 &&
            !value.starts_with('-')) {
            retry_time_ = std::chrono::milliseconds(milliseconds);
        }
    }
}

}  // namespace kapok::platform::http
