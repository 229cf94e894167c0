#pragma once

// Threads with a connection each, which run read functions on consistent snapshots of what is
// committed.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "platform/db/connection.h"
#include "platform/db/work_item.h"
#include "platform/db/work_queue.h"

namespace kapok::platform::db {

using ReadItem = WorkItem<std::move_only_function<core::Result<void>(Reader&)>>;

class ReadPool {
public:
    ReadPool(std::vector<std::unique_ptr<Connection>> connections, std::size_t queue_max);
    ReadPool(const ReadPool&) = delete;
    ReadPool& operator=(const ReadPool&) = delete;
    ~ReadPool();  // Finishes what was accepted.

    // Answers kBusy or kClosed at once if there is no room.
    void submit(ReadItem item);
    void add_statistics(Statistics& statistics) const;

private:
    void run(Connection& connection);
    [[nodiscard]] static Outcome run_item(Connection& connection, ReadItem& item);

    const std::size_t queue_max_;
    std::vector<std::unique_ptr<Connection>> connections_;
    WorkQueue<ReadItem> queue_;
    std::atomic<std::uint64_t> reads_ = 0;
    std::vector<std::thread> threads_;
};

}  // namespace kapok::platform::db
