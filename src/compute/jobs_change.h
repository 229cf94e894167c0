#pragma once

// The one way in which a job's stored state changes: the pure step is decided, stored, published as
// an event, settled, and those who watch are woken, all in one command.

#include <optional>
#include <string>

#include "compute/billing.h"
#include "compute/jobs/state.h"
#include "compute/work.h"
#include "core/principal.h"
#include "core/result.h"
#include "platform/db/database.h"

namespace kapok::compute {

// Topics of bells: something may be started; some node has orders; some job's state or log changed.
// Who waits looks whether it was its own.
inline constexpr std::string_view kQueueBell = "compute.queue";
inline constexpr std::string_view kOrdersBell = "compute.orders";
inline constexpr std::string_view kJobsBell = "compute.jobs";

// Applies `event` to `job` and stores what follows. `exit_code` is set with an end.
[[nodiscard]] core::Result<Effect> change_job(platform::db::Transaction& transaction,
                                              const core::Principal& actor, Job& job,
                                              const JobEvent& event,
                                              std::optional<std::int64_t> exit_code = {});

// Tells the node of the job's live attempt to stop it.
[[nodiscard]] core::Result<void> order_stop(platform::db::Transaction& transaction, const Job& job);

struct JobAttempt {
    Job job;
    Attempt attempt;
};

// Ends the job's live attempt: stores how, charges what it used, and lets the job go on or end.
struct AttemptEnd {
    ExitClass exit = ExitClass::Lost;
    std::optional<std::int64_t> exit_code;
    std::string problem;
    core::Timestamp started_at;
    core::Timestamp ended_at;
    protocol::Consumption consumption;
    std::vector<protocol::Use> uses;
    std::vector<protocol::Output> outputs;
};
[[nodiscard]] core::Result<Effect> end_attempt(platform::db::Transaction& transaction,
                                               const core::Principal& actor, Billing& billing,
                                               JobAttempt live, const AttemptEnd& end);

}  // namespace kapok::compute
