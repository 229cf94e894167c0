#pragma once

// Which job starts where, decided as a pure function: a snapshot in, decisions out. Production, dry
// run, replay and tests call the same one, and each decision keeps what it was made of, so that
// anybody who holds the snapshot can make it again.
//
// The rule is first come, first served within a priority, with EASY backfill: the first jobs that
// have no room (one by default) get a reservation at the earliest time at which the running jobs'
// time limits make room, and a job behind them starts now only where it delays no reservation.
// Among the nodes with room, the highest score wins; equal scores go to the smaller id.

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "compute/ids.h"
#include "compute/reason.h"
#include "core/clock.h"
#include "core/result.h"

namespace kapok::compute {

enum class NodeState : std::uint8_t { Up, Draining, Unreachable, Down };
inline constexpr std::array<std::string_view, 4> kNodeStateNames{"up", "draining", "unreachable",
                                                                 "down"};

struct AcceleratorPool {
    std::string model;
    std::int64_t count = 0;

    friend bool operator==(const AcceleratorPool&, const AcceleratorPool&) = default;
};

struct PlannedNode {
    NodeId id;
    SiteId site;
    core::OrganizationId operated_by;
    NodeState state = NodeState::Up;
    std::string missing_isolation;  // The feature without which only its operator's jobs run here.
    std::int64_t cpu_milli = 0;
    std::int64_t memory_bytes = 0;
    std::vector<AcceleratorPool> accelerators;
    std::int64_t standard_unit_ppm = 0;  // Of one core; 0 if it was never measured.
    std::int64_t heartbeat_age_ms = 0;

    friend bool operator==(const PlannedNode&, const PlannedNode&) = default;
};

// What a job holds on its node.
struct Demand {
    std::int64_t cpu_milli = 0;
    std::int64_t memory_bytes = 0;
    std::int64_t accelerators = 0;

    friend bool operator==(const Demand&, const Demand&) = default;
};

// An attempt that was dispatched and has not ended, whatever is known of it.
struct PlannedAttempt {
    JobId job;
    std::int64_t attempt = 0;
    NodeId node;
    Demand demand;
    std::string accelerator_model;
    core::Timestamp ends_by;  // Start plus time limit.

    friend bool operator==(const PlannedAttempt&, const PlannedAttempt&) = default;
};

struct PlannedJob {
    JobId id;
    std::int64_t sequence = 0;  // Order of submission, given by the server.
    std::int64_t priority = 0;  // Higher goes first.
    core::OrganizationId organization;
    Demand demand;
    std::vector<std::string> accelerator_models;  // Acceptable ones; empty means any.
    std::optional<SiteId> site;
    std::chrono::milliseconds time_limit{0};

    friend bool operator==(const PlannedJob&, const PlannedJob&) = default;
};

struct Snapshot {
    core::Timestamp now;
    std::vector<PlannedNode> nodes;
    std::vector<PlannedAttempt> attempts;
    std::vector<PlannedJob> queue;

    friend bool operator==(const Snapshot&, const Snapshot&) = default;
};

struct Policy {
    std::string version = "2026.1";
    std::int64_t reservations = 1;    // Blocked jobs that get one; 1 is EASY.
    std::int64_t considered = 1'000;  // Jobs looked at in a round.
    std::int64_t heartbeat_limit_ms = 30'000;
    // Weights of the score's terms; see Decision.
    std::int64_t weight_fit = 400;
    std::int64_t weight_accelerators = 300;
    std::int64_t weight_speed = 200;
    std::int64_t weight_freshness = 100;

    friend bool operator==(const Policy&, const Policy&) = default;
};

// One summand of a node's score: value (0 to 1 000 000, more is better) times weight in
// thousandths.
struct ScoreTerm {
    std::string_view name;
    std::int64_t value_ppm = 0;
    std::int64_t weight = 0;
    std::int64_t contribution = 0;

    friend bool operator==(const ScoreTerm&, const ScoreTerm&) = default;
};

struct Candidate {
    NodeId node;
    Reason reason;                 // kNodeFits, or why not now.
    std::vector<ScoreTerm> terms;  // Of nodes with room.
    std::int64_t score = 0;

    friend bool operator==(const Candidate&, const Candidate&) = default;
};

enum class Verdict : std::uint8_t { Start, Reserve, Wait };
inline constexpr std::array<std::string_view, 3> kVerdictNames{"start", "reserve", "wait"};

struct Decision {
    JobId job;
    Verdict verdict = Verdict::Wait;
    NodeId node;                    // Where it starts or is reserved; zero if it only waits.
    std::string accelerator_model;  // Which of the node's it gets; empty without accelerators.
    std::optional<core::Timestamp> starts_at;  // Now, or when the reservation begins.
    Reason reason;
    std::vector<Candidate> candidates;  // In order of node id.

    friend bool operator==(const Decision&, const Decision&) = default;
};

// One decision for each queued job, in the order in which they were looked at.
[[nodiscard]] std::vector<Decision> plan(const Snapshot& snapshot, const Policy& policy);

[[nodiscard]] boost::json::object to_json(const Snapshot& snapshot);
[[nodiscard]] boost::json::object to_json(const Policy& policy);
[[nodiscard]] boost::json::object to_json(const Decision& decision);
[[nodiscard]] core::Result<Snapshot> snapshot_from_json(const boost::json::object& object);
[[nodiscard]] core::Result<Policy> policy_from_json(const boost::json::object& object);

}  // namespace kapok::compute
