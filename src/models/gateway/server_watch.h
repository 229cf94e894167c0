#pragma once

// Which of the servers that share a database live, and what becomes of the calls of one that died.
// Each server keeps a lease under its own name. When one has lapsed, another server settles the
// calls that were left, as the dead one would have done at its next start. A server that only slept
// finds its calls settled, gets kSettledElsewhere for them, and admits no new ones until the lease
// is its own again.
//
// And what this server itself could not settle, since the database was away just then: the watch
// tries it again until it is done.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "core/clock.h"
#include "core/result.h"
#include "platform/db/database.h"
#include "platform/db/lease.h"
#include "platform/log/log.h"

namespace kapok::models {

class ServerWatch {
public:
    // All of it outlives the watch. `server` names this process's data folder for ever.
    struct Setting {
        platform::db::Database& database;
        const core::Clock& clock;
        platform::log::Log& log;
        std::string server;
    };
    explicit ServerWatch(Setting setting) : setting_(std::move(setting)) {}

    // Settles what an earlier run of this server left, and says how many calls that were. Before
    // the first call.
    [[nodiscard]] core::Result<std::size_t> begin_blocking();
    // Until it is cancelled.
    [[nodiscard]] boost::asio::awaitable<void> run();
    // Keeps the own lease, and settles for those whose lease has lapsed.
    [[nodiscard]] boost::asio::awaitable<core::Result<void>> look();

    // Settles one call; kSettledElsewhere if there is nothing to settle any more.
    using Settlement = std::function<core::Result<void>(platform::db::Transaction&)>;
    // In a while, again and again until it is done, or this run of the server ends. From any
    // thread.
    void settle_later(Settlement settlement);

    // Whether calls may be admitted: the lease was kept a short time ago. From any thread.
    [[nodiscard]] bool awake() const;

private:
    boost::asio::awaitable<core::Result<void>> keep_own();
    boost::asio::awaitable<core::Result<void>> settle_for(std::string server);
    boost::asio::awaitable<core::Result<void>> settle_own();

    Setting setting_;
    std::mutex mutex_;
    std::vector<Settlement> left_;  // Guarded by mutex_.
    std::optional<platform::db::Lease> lease_;
    std::atomic<bool> watching_ = false;
    std::atomic<std::int64_t> kept_at_ = 0;  // Microseconds since the epoch.
};

// Settles the calls that `server` left, unless it lives: then nothing. For
// `kapok admin journal replay`, too.
[[nodiscard]] core::Result<std::optional<std::size_t>> settle_for_dead(
    platform::db::Transaction& transaction, const std::string& server);

}  // namespace kapok::models
