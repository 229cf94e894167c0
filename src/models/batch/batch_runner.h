#pragma once

// The loop that works batches off: one in all servers, by a lease. It reads new inputs, makes the
// calls of lines through the gateway, so many at a time, one batch after the other in turn, and
// writes the results. All of it runs on the executor of run().

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "core/clock.h"
#include "core/result.h"
#include "models/batch/batch_steps.h"
#include "models/batch/batch_tools.h"
#include "platform/db/lease.h"

namespace kapok::models {

struct BatchRunnerSettings {
    std::string holder;           // Of this server's run; unique.
    std::size_t concurrency = 2;  // Lines under way at once, of all batches.
};

class BatchRunner {
public:
    BatchRunner(BatchTools tools, BatchRunnerSettings settings);
    ~BatchRunner();
    BatchRunner(const BatchRunner&) = delete;
    BatchRunner& operator=(const BatchRunner&) = delete;

    // Until it is cancelled; then lines under way have a short time to finish.
    [[nodiscard]] boost::asio::awaitable<void> run();

private:
    struct Task;

    boost::asio::awaitable<void> round();
    boost::asio::awaitable<bool> hold_lease();
    boost::asio::awaitable<void> advance(Batch batch);
    boost::asio::awaitable<void> dispatch(std::vector<Batch> batches);
    boost::asio::awaitable<bool> dispatch_one(Batch batch);
    boost::asio::awaitable<void> wind_up();

    boost::asio::awaitable<void> work_file(Batch batch);
    boost::asio::awaitable<void> work_line(Batch batch, Line line);
    boost::asio::awaitable<void> abandon(Batch batch, LineKey key, core::Error error);
    boost::asio::awaitable<void> sweep();
    // Runs beside the loop, and wakes it at its end.
    void start(boost::asio::awaitable<void> work, std::function<void()> ended);
    void start_file(const Batch& batch);
    void end_line(BatchId batch, std::int64_t line);

    BatchTools tools_;
    BatchRunnerSettings settings_;
    boost::asio::any_io_executor executor_;
    std::optional<platform::db::Lease> lease_;
    core::Timestamp renewed_at_;
    core::Timestamp swept_at_;
    std::set<std::shared_ptr<Task>> tasks_;
    std::set<BatchId> files_under_way_;  // Their input is read, or their results written.
    std::map<BatchId, std::set<std::int64_t>> lines_under_way_;
    std::size_t lines_count_ = 0;       // All of them.
    std::set<BatchId> short_of_funds_;  // Until their lines under way have ended.
    std::optional<BatchId> last_served_;
};

}  // namespace kapok::models
