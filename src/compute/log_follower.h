#pragma once

// A job's log as it grows, for a stream of server-sent events. It reads the database and waits for
// its bell, so that it works whichever server took the log in.

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "compute/job_service.h"
#include "compute/work_store.h"
#include "platform/db/database.h"
#include "platform/http/event_stream.h"

namespace kapok::compute {

class LogFollower final : public platform::http::EventSource {
public:
    LogFollower(platform::db::Database& database, JobId job, LogCursor from)
        : database_(database), job_(job), cursor_(from) {}

    boost::asio::awaitable<std::optional<platform::http::ServerEvent>> next() override;

private:
    struct View {
        Job job;
        std::int64_t attempts = 0;
        std::optional<core::Timestamp> removed_at;  // The log of the attempt that is read.
        std::vector<LogChunk> output;
        std::vector<LogChunk> error;
    };

    [[nodiscard]] core::Result<View> look(platform::db::Reader& reader) const;
    void take(const View& view);
    // True if there was anything.
    bool take_stream(const View& view, LogStream stream, const std::vector<LogChunk>& chunks,
                     std::int64_t& position);

    platform::db::Database& database_;
    JobId job_;
    LogCursor cursor_;
    std::string state_;              // As last told.
    std::int64_t told_removed_ = 0;  // The last attempt of which it was told.
    std::deque<platform::http::ServerEvent> ready_;
    bool over_ = false;
};

// The longest part that is whole characters, with U+FFFD for what is none; `used` is how many bytes
// it stands for. At the end of the log a broken last character is shown too.
struct ShownText {
    std::string text;
    std::size_t used = 0;
};
enum class LogEnd : bool { No, Yes };
[[nodiscard]] ShownText show_text(std::string_view bytes, LogEnd end);

}  // namespace kapok::compute
