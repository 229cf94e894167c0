#pragma once

// Compute as app wires it: one object that owns the services, the gate of agents and the planner.
// Construct it after the migrations; end its planner before the database goes.

#include <chrono>
#include <memory>
#include <string>

#include "compute/agent_gate.h"
#include "compute/artifacts.h"
#include "compute/billing.h"
#include "compute/context.h"
#include "compute/grade/grade.h"
#include "compute/job_service.h"
#include "compute/planner.h"
#include "compute/site_service.h"
#include "core/clock.h"
#include "core/random.h"
#include "platform/db/database.h"
#include "platform/objects/blocking_pool.h"
#include "platform/objects/object_store.h"

namespace kapok::compute {

struct Settings {
    Policy policy;
    GradeRules rules = default_grade_rules();
    std::string holder;  // Of the planner's lease: unique among servers that share the database.
};

// All of it outlives Compute.
struct Dependencies {
    platform::db::Database& database;
    const core::Clock& clock;
    core::Random& random;  // Fit for ids, and safe on any thread.
    Organizations organizations;
    Billing& billing;
    platform::objects::ObjectStore& objects;
    platform::objects::BlockingPool& pool;
};

class Compute {
public:
    Compute(const Dependencies& given, const Settings& settings)
        : artifacts_(given.objects, given.pool),
          context_{given.database, given.clock,
                   given.random,   given.organizations,
                   given.billing,  artifacts_,
                   settings.rules, std::chrono::milliseconds(settings.policy.heartbeat_limit_ms)},
          jobs_(context_),
          sites_(context_),
          gate_(context_),
          planner_(given.database, given.billing, {settings.policy, settings.holder}, given.clock,
                   given.random) {}
    Compute(const Compute&) = delete;
    Compute& operator=(const Compute&) = delete;

    [[nodiscard]] JobService& jobs() noexcept { return jobs_; }
    [[nodiscard]] SiteService& sites() noexcept { return sites_; }
    [[nodiscard]] AgentGate& gate() noexcept { return gate_; }
    [[nodiscard]] Planner& planner() noexcept { return planner_; }
    [[nodiscard]] const Context& context() const noexcept { return context_; }

private:
    Artifacts artifacts_;
    Context context_;
    JobService jobs_;
    SiteService sites_;
    AgentGate gate_;
    Planner planner_;
};

}  // namespace kapok::compute
