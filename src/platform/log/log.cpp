#include "platform/log/log.h"

#include <condition_variable>
#include <cstddef>
#include <iterator>
#include <mutex>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "core/timestamp.h"

namespace kapok::platform::log {
namespace {

constexpr std::size_t kBufferBytesMax = std::size_t{4} << 20U;
constexpr std::size_t kFieldBytesMax = 4'096;  // Longer values are cut, and end in an ellipsis.

// RFC 8259 section 7. Bytes that are not UTF-8 pass as they are: readers replace them.
void append_quoted(std::string& line, std::string_view text) {
    const bool cut = text.size() > kFieldBytesMax;
    line += '"';
    for (const char c : text.substr(0, kFieldBytesMax)) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            line += '\\';
            line += c;
        } else if (byte < 0x20 || byte == 0x7F) {
            fmt::format_to(std::back_inserter(line), "\\u{:04x}", byte);
        } else {
            line += c;
        }
    }
    line += cut ? "…\"" : "\"";
}

void write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t count = ::write(descriptor, text.data(), text.size());
        if (count < 0) {
            if (errno == EINTR) {
                continue;
            }
            return;  // Nobody is left to tell.
        }
        text.remove_prefix(static_cast<std::size_t>(count));
    }
}

}  // namespace

void Field::append_to(std::string& line) const {
    append_quoted(line, name_);
    line += ':';
    if (const auto* text = std::get_if<std::string_view>(&value_)) {
        append_quoted(line, *text);
    } else if (const auto* number = std::get_if<std::int64_t>(&value_)) {
        fmt::format_to(std::back_inserter(line), "{}", *number);
    } else {
        line += std::get<bool>(value_) ? "true" : "false";
    }
}

struct Log::State {
    int descriptor;
    Level lowest;
    const core::Clock& clock;
    std::mutex mutex;
    std::condition_variable changed;
    std::string buffer;  // Guarded by mutex, as are the next two.
    std::uint64_t dropped = 0;
    bool ending = false;
    std::thread writer;

    State(int file, Level level, const core::Clock& time)
        : descriptor(file), lowest(level), clock(time) {}

    void run() {
        std::unique_lock lock(mutex);
        while (!ending || !buffer.empty()) {
            changed.wait(lock, [this] { return ending || !buffer.empty(); });
            std::string batch = std::exchange(buffer, {});
            const std::uint64_t lost = std::exchange(dropped, 0);
            lock.unlock();
            write_all(descriptor, batch);
            if (lost > 0) {
                write_all(descriptor, fmt::format("{{\"level\":\"warning\",\"message\":\"log lines "
                                                  "dropped\",\"count\":{}}}\n",
                                                  lost));
            }
            lock.lock();
        }
    }
};

Log::Log(int descriptor, Level lowest, const core::Clock& clock)
    : state_(std::make_unique<State>(descriptor, lowest, clock)) {
    state_->writer = std::thread([state = state_.get()] { state->run(); });
}

Log::~Log() {
    {
        const std::lock_guard lock(state_->mutex);
        state_->ending = true;
    }
    state_->changed.notify_one();
    state_->writer.join();
}

void Log::write(Level level, std::string_view message, Fields fields) {
    if (level < state_->lowest) {
        return;
    }
    std::string line = fmt::format(
        "{{\"time\":\"{}\",\"level\":\"{}\",\"message\":", core::to_rfc3339(state_->clock.now()),
        kLevelNames[std::to_underlying(level)]);
    append_quoted(line, message);
    for (const Field& field : fields) {
        line += ',';
        field.append_to(line);
    }
    line += "}\n";
    {
        const std::lock_guard lock(state_->mutex);
        if (state_->buffer.size() + line.size() > kBufferBytesMax) {
            ++state_->dropped;
            return;
        }
        state_->buffer += line;
    }
    state_->changed.notify_one();
}

}  // namespace kapok::platform::log
