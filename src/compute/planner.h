#pragma once

// The loop that gives jobs to nodes: it takes a snapshot, asks plan(), and dispatches what it says.
// One planner at a time, however many servers share the database: every command of a round begins
// by keeping the lease, so that nothing is dispatched twice when another one takes over. Each
// dispatch is a command of its own: a job that its wallet cannot pay does not keep the others
// waiting.

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "compute/billing.h"
#include "compute/scheduler/plan.h"
#include "compute/work.h"
#include "core/clock.h"
#include "core/random.h"
#include "core/result.h"
#include "platform/db/database.h"
#include "platform/db/lease.h"

namespace kapok::compute {

struct PlannerSettings {
    Policy policy;
    std::string holder;  // Of this process, unique among those that share the database.
    std::chrono::milliseconds interval{500};  // Between two looks if no bell rings.
    std::chrono::seconds refused_wait{30};    // Before a job that could not be paid is tried again.
};

// What a round did, for tests and metrics.
struct RoundReport {
    bool leading = false;
    std::size_t considered = 0;
    std::size_t dispatched = 0;
    std::size_t refused = 0;
};

class Planner {
public:
    // All references outlive the planner.
    Planner(platform::db::Database& database, Billing& billing, PlannerSettings settings,
            const core::Clock& clock, core::Random& random);

    // Works until it is cancelled; then lets the next one in. Errors are told to `report`.
    boost::asio::awaitable<void> run(std::function<void(const core::Error&)> report);
    // One round.
    [[nodiscard]] boost::asio::awaitable<core::Result<RoundReport>> round();

private:
    struct Dispatching;

    [[nodiscard]] boost::asio::awaitable<core::Result<bool>> hold_lease();
    [[nodiscard]] core::Result<Snapshot> read_snapshot(platform::db::Reader& reader) const;
    [[nodiscard]] boost::asio::awaitable<core::Result<std::int64_t>> keep_records(
        Snapshot snapshot, std::vector<Decision> decisions);
    [[nodiscard]] static core::Result<void> keep_waiting(platform::db::Transaction& transaction,
                                                         std::int64_t round,
                                                         const Snapshot& snapshot,
                                                         const std::vector<Decision>& decisions);
    [[nodiscard]] boost::asio::awaitable<core::Result<bool>> dispatch(Decision decision,
                                                                      std::int64_t round);
    // Leaves the decisions that say anything new, and of the snapshot what they were made from.
    void keep_news(Snapshot& snapshot, std::vector<Decision>& decisions);
    [[nodiscard]] bool is_news(const Decision& decision);

    platform::db::Database& database_;
    Billing& billing_;
    const PlannerSettings settings_;
    const core::Clock& clock_;
    core::Random& random_;
    std::optional<platform::db::Lease> lease_;
    std::map<JobId, std::string> told_;  // What was last said of each job that waits.
    std::map<JobId, core::Timestamp> refused_until_;
};

// What plan() is given: everything as the database has it now.
[[nodiscard]] core::Result<Snapshot> take_snapshot(platform::db::Reader& reader,
                                                   core::Timestamp now, const Policy& policy);

}  // namespace kapok::compute
