#include "compute/log_follower.h"

#include <charconv>
#include <utility>

#include <boost/asio/this_coro.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "compute/inventory/text.h"
#include "compute/jobs_change.h"
#include "platform/db/bell.h"

namespace kapok::compute {

namespace asio = boost::asio;
using platform::db::Reader;
using platform::http::ServerEvent;

namespace {

constexpr std::size_t kChunksAtOnce = 16;
constexpr std::chrono::milliseconds kLookAgain{1'000};  // Other servers' commits ring no bell here.
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

struct Character {
    std::size_t length = 1;
    bool valid = false;
    bool cut = false;  // A beginning of a valid one.
};

// By table 3-7 of the Unicode standard.
Character character_at(std::string_view bytes) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    const unsigned char first = byte(0);
    if (first < 0x80) {
        return {1, true, false};
    }
    const std::size_t length = first >= 0xC2 && first < 0xE0   ? 2
                               : first >= 0xE0 && first < 0xF0 ? 3
                               : first >= 0xF0 && first < 0xF5 ? 4
                                                               : 1;
    if (length == 1) {
        return {};
    }
    for (std::size_t i = 1; i < length; ++i) {
        if (i == bytes.size()) {
            return {i, false, true};
        }
        const unsigned low = i > 1 ? 0x80 : first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
        const unsigned high = i > 1 ? 0xBF : first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
        if (byte(i) < low || byte(i) > high) {
            return {i, false, false};
        }
    }
    return {length, true, false};
}

std::string_view view_of(const platform::db::Blob& blob) {
    return {reinterpret_cast<const char*>(blob.data()), blob.size()};  // NOLINT: bytes as text.
}

}  // namespace

std::string LogCursor::text() const {
    return fmt::format("{}:{}:{}", attempt, output, error);
}

std::optional<LogCursor> LogCursor::parse(std::string_view text) {
    const auto parts = text::split(text, ':');
    if (parts.size() != 3) {
        return std::nullopt;
    }
    const auto attempt = text::number(parts[0]);
    const auto output = text::number(parts[1]);
    const auto error = text::number(parts[2]);
    if (!attempt || !output || !error || *attempt < 0 || *output < 0 || *error < 0) {
        return std::nullopt;
    }
    return LogCursor{*attempt, *output, *error};
}

ShownText show_text(std::string_view bytes, LogEnd end) {
    ShownText shown;
    while (shown.used < bytes.size()) {
        const std::string_view rest = bytes.substr(shown.used);
        const Character character = character_at(rest);
        if (character.cut && end == LogEnd::No) {
            break;
        }
        shown.text += character.valid ? rest.substr(0, character.length) : kReplacement;
        shown.used += character.length;
    }
    return shown;
}

core::Result<LogFollower::View> LogFollower::look(Reader& reader) const {
    auto job = require(store::find_job(reader, core::Scope::all(), job_), job_.text());
    if (!job) {
        return std::unexpected(job.error());
    }
    View view{*std::move(job), 0, {}, {}, {}};
    view.attempts = view.job.status.attempt;
    const std::int64_t attempt = std::max<std::int64_t>(cursor_.attempt, 1);
    const auto row = store::find_attempt(reader, job_, attempt);
    if (!row) {
        return std::unexpected(row.error());
    }
    if (const auto& read = *row) {
        view.removed_at = read->log_removed_at;
    }
    auto output =
        store::read_log(reader, job_, attempt, LogStream::Output, {cursor_.output, kChunksAtOnce});
    if (!output) {
        return std::unexpected(output.error());
    }
    auto error =
        store::read_log(reader, job_, attempt, LogStream::Error, {cursor_.error, kChunksAtOnce});
    if (!error) {
        return std::unexpected(error.error());
    }
    view.output = *std::move(output);
    view.error = *std::move(error);
    return view;
}

bool LogFollower::take_stream(const View& view, LogStream stream,
                              const std::vector<LogChunk>& chunks, std::int64_t& position) {
    std::string bytes;
    for (const LogChunk& chunk : chunks) {
        const std::int64_t begin = position + static_cast<std::int64_t>(bytes.size());
        const std::int64_t skip = begin - chunk.position;
        if (skip >= 0 && skip < static_cast<std::int64_t>(chunk.content.size())) {
            bytes += view_of(chunk.content).substr(static_cast<std::size_t>(skip));
        }
    }
    const bool attempt_over = view.attempts > cursor_.attempt || is_final(view.job.status.state);
    const bool all = attempt_over && chunks.size() < kChunksAtOnce;
    ShownText shown = show_text(bytes, all ? LogEnd::Yes : LogEnd::No);
    if (shown.used == 0) {
        return false;
    }
    position += static_cast<std::int64_t>(shown.used);
    const boost::json::object data{{"attempt", cursor_.attempt},
                                   {"stream", kLogStreamNames[std::to_underlying(stream)]},
                                   {"text", shown.text}};
    ready_.push_back({cursor_.text(), "log", boost::json::serialize(data)});
    return true;
}

void LogFollower::take(const View& view) {
    cursor_.attempt = std::max<std::int64_t>(cursor_.attempt, 1);
    const bool has_output = take_stream(view, LogStream::Output, view.output, cursor_.output);
    const bool has_error = take_stream(view, LogStream::Error, view.error, cursor_.error);
    if (view.removed_at && std::exchange(told_removed_, cursor_.attempt) != cursor_.attempt) {
        const boost::json::object data{{"attempt", cursor_.attempt},
                                       {"removed_at", core::to_rfc3339(*view.removed_at)}};
        ready_.push_back({cursor_.text(), "removed", boost::json::serialize(data)});
    }
    const std::string state(kJobStateNames[std::to_underlying(view.job.status.state)]);
    if (state != state_) {
        state_ = state;
        boost::json::object data{{"state", state}, {"attempt", view.job.status.attempt}};
        ready_.push_back({cursor_.text(), "state", boost::json::serialize(data)});
    }
    if (has_output || has_error) {
        return;
    }
    if (cursor_.attempt < view.attempts) {
        cursor_ = {cursor_.attempt + 1, 0, 0};
    } else if (is_final(view.job.status.state)) {
        ready_.push_back(
            {cursor_.text(), "end", boost::json::serialize(boost::json::object{{"state", state}})});
        over_ = true;
    }
}

asio::awaitable<std::optional<ServerEvent>> LogFollower::next() {
    platform::db::Bell& bell = database_.bell(kJobsBell);
    while (ready_.empty() && !over_) {
        const std::uint64_t seen = bell.count();
        const LogCursor before = cursor_;
        auto read = [this](Reader& reader) { return look(reader); };
        const auto view = co_await database_.read(std::move(read));
        if (!view) {
            co_return std::nullopt;
        }
        take(*view);
        if (ready_.empty() && cursor_.attempt == std::max<std::int64_t>(before.attempt, 1)) {
            co_await bell.wait(seen, kLookAgain);
        }
    }
    if (ready_.empty()) {
        co_return std::nullopt;
    }
    ServerEvent event = std::move(ready_.front());
    ready_.pop_front();
    co_return event;
}

}  // namespace kapok::compute
