#pragma once

// What compute needs of whoever keeps the money. Everything is called inside compute's own command,
// so that a job's state and its money change together; everything finds its earlier self by id, so
// that it may be called again.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "compute/ids.h"
#include "compute/protocol.h"
#include "compute/scheduler/plan.h"
#include "core/clock.h"
#include "core/principal.h"
#include "core/result.h"
#include "platform/db/database.h"

namespace kapok::compute {

// The most that one attempt can use.
struct AttemptBound {
    core::OrganizationId organization;
    core::ProjectId project;
    Demand demand;
    std::chrono::milliseconds time_limit{0};
    std::string subject;  // "job_01J…/1"
};

// What an attempt used, as its node reports it; the node's operator is paid for it.
struct AttemptUse {
    NodeId node;
    core::OrganizationId organization;
    core::ProjectId project;
    std::string subject;
    core::Timestamp started_at;
    core::Timestamp ended_at;
    std::vector<protocol::Use> uses;
    std::string evidence;  // Canonical JSON: what the node measured.
};

// A node that was measured and graded, so that it can be sold.
struct NodeOffer {
    NodeId node;
    core::OrganizationId provider;
    std::string name;
    std::string grade_class;
    std::int64_t standard_unit_ppm = 0;  // Of one core.
};

class Billing {
public:
    virtual ~Billing() = default;
    // Refuses what the project could not pay even once, so that its owner learns of it at submit.
    [[nodiscard]] virtual core::Result<void> check(platform::db::Transaction& transaction,
                                                   const core::Principal& caller,
                                                   const AttemptBound& bound) = 0;
    // Reserves the most that the attempt can cost on this node. Nothing is dispatched without it.
    [[nodiscard]] virtual core::Result<void> hold(platform::db::Transaction& transaction,
                                                  const core::Principal& caller,
                                                  const core::Uuid& hold, const NodeId& node,
                                                  const AttemptBound& bound) = 0;
    // Charges what was used and gives the rest of the hold back.
    [[nodiscard]] virtual core::Result<void> settle(platform::db::Transaction& transaction,
                                                    const core::Principal& caller,
                                                    const core::Uuid& hold,
                                                    const AttemptUse& use) = 0;
    // Makes the node's product, or leaves the one that it has.
    [[nodiscard]] virtual core::Result<void> offer(platform::db::Transaction& transaction,
                                                   const core::Principal& caller,
                                                   const NodeOffer& offer) = 0;
};

// Where nothing is sold: a lab's own machine, or a test.
class NoBilling final : public Billing {
public:
    core::Result<void> check(platform::db::Transaction& /*transaction*/,
                             const core::Principal& /*caller*/,
                             const AttemptBound& /*bound*/) override {
        return {};
    }
    core::Result<void> hold(platform::db::Transaction& /*transaction*/,
                            const core::Principal& /*caller*/, const core::Uuid& /*hold*/,
                            const NodeId& /*node*/, const AttemptBound& /*bound*/) override {
        return {};
    }
    core::Result<void> settle(platform::db::Transaction& /*transaction*/,
                              const core::Principal& /*caller*/, const core::Uuid& /*hold*/,
                              const AttemptUse& /*use*/) override {
        return {};
    }
    core::Result<void> offer(platform::db::Transaction& /*transaction*/,
                             const core::Principal& /*caller*/,
                             const NodeOffer& /*offer*/) override {
        return {};
    }
};

}  // namespace kapok::compute
