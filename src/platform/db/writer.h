#pragma once

// The one thread that changes a database. It runs the commands that wait as one group, in one
// transaction, and answers after the commit. It never waits for a group to fill: while one group is
// being made durable the next one gathers, so a lone command is as fast as the disk, and many
// share its sync.
//
// A group first runs without savepoints, since nearly all commands succeed or fail before they have
// written anything. If one fails later than that, the whole group is undone and run again with a
// savepoint for each command.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "core/clock.h"
#include "platform/db/bell.h"
#include "platform/db/connection.h"
#include "platform/db/work_item.h"
#include "platform/db/work_queue.h"
#include "platform/metrics/metrics.h"

namespace kapok::platform::db {

using WriteItem = WorkItem<std::move_only_function<core::Result<void>(Transaction&)>>;

class Writer {
public:
    Writer(std::unique_ptr<Connection> connection, const Options& options, const core::Clock& clock,
           Bells& bells);
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;
    ~Writer();  // Finishes what was accepted.

    // Answers kBusy or kClosed at once if there is no room.
    void submit(WriteItem item);
    void add_statistics(Statistics& statistics) const;
    [[nodiscard]] const metrics::Histogram& group_duration() const noexcept {
        return group_duration_;
    }

private:
    struct Entry {
        WriteItem item;
        Outcome outcome;
        std::vector<std::function<void()>> after_commit;
    };
    using Group = std::vector<Entry>;
    enum class Care : bool { Optimistic, Savepoints };
    enum class Left : bool { Clean, GroupUndone };

    void run();
    void run_group();
    [[nodiscard]] std::optional<WriteItem> next_waiting(std::size_t room);
    // Runs waiting commands until there is a reason to commit.
    [[nodiscard]] Left fill(Group& group, Care care);
    [[nodiscard]] Left run_entry(Entry& entry, Care care);
    void commit(Group& group, Left left, Care care);
    [[nodiscard]] static bool may_run_again(const core::Error& error, Care care, int& attempts);
    [[nodiscard]] Left run_again(Group& group, int& attempts);
    void answer(Group& group);
    void answer_all(Group& group, const core::Error& error);
    void refuse_waiting(const core::Error& error);
    void complete(Entry& entry);

    const core::Clock& clock_;
    Bells& bells_;
    const std::size_t group_max_;
    const std::size_t queue_max_;
    const std::chrono::microseconds group_time_;
    std::unique_ptr<Connection> connection_;
    WorkQueue<WriteItem> queue_;
    std::deque<WriteItem> taken_;  // Out of the queue, not yet in a group.
    int cautious_groups_ = 0;
    std::atomic<std::uint64_t> commands_ = 0;
    std::atomic<std::uint64_t> failed_ = 0;
    std::atomic<std::uint64_t> groups_ = 0;
    std::atomic<std::uint64_t> redone_ = 0;
    std::chrono::steady_clock::time_point group_began_;  // The writer's thread only.
    metrics::Histogram group_duration_;
    std::thread thread_;
};

}  // namespace kapok::platform::db
