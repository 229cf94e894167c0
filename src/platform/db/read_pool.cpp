#include "platform/db/read_pool.h"

#include <exception>
#include <optional>
#include <string>
#include <utility>

#include "platform/db/errors.h"
#include "platform/db/worker_thread.h"

namespace kapok::platform::db {
namespace {

// A connection that broke while it was idle is noticed by the first statement, which then simply
// starts over on a new one. Later statements would see another snapshot, so they fail.
class PoolReader final : public Reader {
public:
    explicit PoolReader(Connection& connection) noexcept : connection_(connection) {}

    using Reader::query;
    core::Result<void> query(std::string_view sql, std::span<const Value> values,
                             const RowVisitor& visit) override {
        auto done = connection_.query(sql, values, visit);
        if (!done && !began_ && done.error().code() == kConnectionLost) {
            connection_.rollback();
            if (auto begun = connection_.begin(Access::Read); !begun) {
                return begun;
            }
            done = connection_.query(sql, values, visit);
        }
        began_ = true;
        return done;
    }

private:
    Connection& connection_;
    bool began_ = false;
};

}  // namespace

ReadPool::ReadPool(std::vector<std::unique_ptr<Connection>> connections, std::size_t queue_max)
    : queue_max_(queue_max), connections_(std::move(connections)), queue_(queue_max) {
    threads_.reserve(connections_.size());
    for (const auto& connection : connections_) {
        threads_.emplace_back([this, &connection] { run(*connection); });
    }
}

ReadPool::~ReadPool() {
    queue_.close();
    for (std::thread& thread : threads_) {
        thread.join();
    }
}

void ReadPool::submit(ReadItem item) {
    if (queue_.offer(item) == Offer::Accepted) {
        return;
    }
    const bool closed = queue_.closed();
    item.complete(closed ? Outcome(core::fail(kClosed))
                         : core::fail(kBusy, {{"waiting", std::to_string(queue_max_)}}));
}

void ReadPool::add_statistics(Statistics& statistics) const {
    statistics.reads = reads_;
    statistics.reads_waiting = queue_.size();
}

void ReadPool::run(Connection& connection) {
    name_worker_thread("db-reader");
    while (std::optional<ReadItem> item = queue_.take()) {
        if (item->start()) {
            Outcome outcome = run_item(connection, *item);
            ++reads_;
            item->complete(std::move(outcome));
        }
    }
}

Outcome ReadPool::run_item(Connection& connection, ReadItem& item) {
    if (auto begun = connection.begin(Access::Read); !begun) {
        return begun;
    }
    const RollbackGuard guard(connection);
    PoolReader reader(connection);
    try {
        return item.function()(reader);
    } catch (const std::exception& thrown) {
        return core::fail(kCommandThrew, {{"detail", thrown.what()}});
    } catch (...) {
        return core::fail(kCommandThrew, {{"detail", "an exception of unknown type"}});
    }
}

}  // namespace kapok::platform::db
