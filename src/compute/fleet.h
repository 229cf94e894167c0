#pragma once

// For whoever watches the platform: how many jobs there are that have not ended, and which nodes
// are heard. What is looked at is what lives now, never what has been.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compute/ids.h"
#include "compute/jobs/state.h"
#include "compute/scheduler/plan.h"
#include "compute/sites.h"
#include "core/clock.h"
#include "core/result.h"
#include "platform/db/database.h"

namespace kapok::compute {

struct NodeSign {
    NodeId id;
    std::string name;
    std::string site;
    NodeState state = NodeState::Up;
    core::Timestamp last_seen_at;
};

struct Fleet {
    std::array<std::int64_t, kJobStateNames.size()> jobs{};  // Of those that are not final.
    std::optional<core::Timestamp> waits_since;              // The job that has waited longest.
    std::vector<NodeSign> nodes;                             // The one heard longest ago first.
};

[[nodiscard]] core::Result<Fleet> read_fleet(platform::db::Reader& reader, core::Timestamp now,
                                             std::chrono::milliseconds heartbeat_limit);

}  // namespace kapok::compute
