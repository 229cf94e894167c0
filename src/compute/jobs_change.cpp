#include "compute/jobs_change.h"

#include <utility>

#include <boost/json/serialize.hpp>

#include "audit/api.h"
#include "compute/api.h"
#include "compute/canonical_json.h"
#include "compute/errors.h"
#include "compute/services_store.h"
#include "compute/work_store.h"
#include "core/timestamp.h"

namespace kapok::compute {

using platform::db::Transaction;

namespace {

std::string_view name_of(JobState state) {
    return kJobStateNames[std::to_underlying(state)];
}

core::Result<void> publish(Transaction& transaction, const core::Principal& actor, const Job& job) {
    audit::Event event;
    event.type = "compute.job_" + std::string(name_of(job.status.state));
    event.subject = job.id.text();
    event.organization = job.organization;
    event.project = job.project;
    event.data = {{"attempt", job.status.attempt},
                  {"cancel_requested", job.status.cancel_requested}};
    if (job.exit_code) {
        event.data["exit_code"] = *job.exit_code;
    }
    return audit::publish(transaction, actor, event);
}

// What the charge rests on, for whoever checks the bill.
std::string evidence_of(const Attempt& attempt, const AttemptEnd& end) {
    const boost::json::object evidence{{"node", attempt.node.text()},
                                       {"boot_id", attempt.boot_id},
                                       {"exit", kExitClassNames[std::to_underlying(end.exit)]},
                                       {"allocated",
                                        {{"cpu_milli", attempt.demand.cpu_milli},
                                         {"memory_bytes", attempt.demand.memory_bytes},
                                         {"accelerators", attempt.demand.accelerators}}},
                                       {"consumption", protocol::to_json(end.consumption)}};
    return to_canonical(evidence).value_or("{}");
}

core::Result<void> settle(Transaction& transaction, const core::Principal& actor, Billing& billing,
                          const JobAttempt& ended, const AttemptEnd& end) {
    const auto& [job, attempt] = ended;
    if (attempt.hold.is_zero()) {
        return {};
    }
    const AttemptUse use{
        attempt.node,   job.organization, job.project, attempt_name(job.id, attempt.number),
        end.started_at, end.ended_at,     end.uses,    evidence_of(attempt, end)};
    return billing.settle(transaction, actor, attempt.hold, use);
}

core::Result<void> keep_outputs(Transaction& transaction, const Job& job, const Attempt& attempt,
                                const AttemptEnd& end) {
    for (const protocol::Output& output : end.outputs) {
        auto done = store::insert_artifact(
            transaction, {job.organization, output.digest, output.bytes, transaction.now()});
        if (done) {
            done = store::insert_output(
                transaction, {job.id, attempt.number, output.path, output.digest, output.bytes});
        }
        if (!done) {
            return done;
        }
    }
    return {};
}

// What the node said of the end, or else what kind of end it was.
std::string problem_of(const AttemptEnd& end) {
    return end.problem.empty() ? std::string(kExitClassNames[std::to_underlying(end.exit)])
                               : end.problem;
}

core::Result<void> note_service_end(Transaction& transaction, const Attempt& attempt,
                                    const AttemptEnd& end, bool again) {
    const auto found = store::find_service(transaction, attempt.job);
    if (!found) {
        return std::unexpected(found.error());
    }
    const auto& service = *found;
    if (!service) {
        return {};
    }
    std::string problem = again ? problem_of(end) : end.problem;
    return store::update_service(
        transaction,
        after_end(*service, attempt.number, std::move(problem), again, transaction.now()));
}

}  // namespace

core::Result<Effect> change_job(Transaction& transaction, const core::Principal& actor, Job& job,
                                const JobEvent& event, std::optional<std::int64_t> exit_code) {
    const auto step =
        advance(job.status, event, {job.spec.retry, job.spec.attempts_max, job.service});
    if (!step) {
        return std::unexpected(step.error());
    }
    if (step->effect == Effect::Nothing) {
        return Effect::Nothing;
    }
    job.status = step->status;
    job.updated_at = transaction.now();
    if (step->effect == Effect::Finished) {
        job.finished_at = transaction.now();
        job.exit_code = exit_code;
    }
    const auto stored = store::update_job(transaction, job);
    if (!stored) {
        return std::unexpected(stored.error());
    }
    if (!*stored) {
        return core::fail(kJobChanged, {{"job", job.id.text()}});
    }
    ++job.version;
    if (auto told = publish(transaction, actor, job); !told) {
        return std::unexpected(told.error());
    }
    transaction.ring(kJobsBell);
    transaction.ring(kQueueBell);
    if (job.service) {
        transaction.ring(kServicesBell);
    }
    return step->effect;
}

core::Result<void> order_stop(Transaction& transaction, const Job& job) {
    const auto found = store::find_attempt(transaction, job.id, job.status.attempt);
    if (!found) {
        return std::unexpected(found.error());
    }
    const auto& attempt = *found;
    if (!attempt) {
        return {};
    }
    const protocol::Stop stop{{job.id, job.status.attempt}};
    transaction.ring(kOrdersBell);
    return store::insert_command(
        transaction, {0, attempt->node, "stop", boost::json::serialize(protocol::to_json(stop)),
                      transaction.now()});
}

core::Result<Effect> end_attempt(Transaction& transaction, const core::Principal& actor,
                                 Billing& billing, JobAttempt live, const AttemptEnd& end) {
    auto& [job, attempt] = live;
    const auto effect =
        change_job(transaction, actor, job, Ended{attempt.number, end.exit}, end.exit_code);
    if (!effect || *effect == Effect::Nothing) {
        return effect;
    }
    attempt.ended_at = transaction.now();
    attempt.exit = end.exit;
    attempt.exit_code = end.exit_code;
    attempt.problem = end.problem;
    attempt.usage = to_canonical(protocol::to_json(end.consumption)).value_or("{}");
    if (end.exit != ExitClass::NotStarted && !attempt.started_at) {
        attempt.started_at = end.started_at;
    }
    auto done = store::update_attempt(transaction, attempt);
    if (done) {
        done = keep_outputs(transaction, job, attempt, end);
    }
    if (done) {
        done = settle(transaction, actor, billing, live, end);
    }
    if (done && job.service) {
        done = note_service_end(transaction, attempt, end, *effect == Effect::Requeued);
    }
    return done ? effect : std::unexpected(done.error());
}

}  // namespace kapok::compute
