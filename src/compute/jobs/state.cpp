#include "compute/jobs/state.h"

#include <string>
#include <utility>

#include "compute/errors.h"
#include "compute/limits.h"

namespace kapok::compute {

namespace {

std::string name_of(JobState state) {
    return std::string(kJobStateNames[std::to_underlying(state)]);
}

JobState state_after(ExitClass exit) {
    switch (exit) {
        case ExitClass::Succeeded: return JobState::Succeeded;
        case ExitClass::UserError: return JobState::UserError;
        case ExitClass::Infrastructure: return JobState::InfrastructureError;
        case ExitClass::TimedOut: return JobState::TimedOut;
        case ExitClass::OutOfMemory: return JobState::OutOfMemory;
        case ExitClass::Cancelled: return JobState::Cancelled;
        case ExitClass::Lost: return JobState::Lost;
        case ExitClass::NotStarted: return JobState::InfrastructureError;
    }
    std::unreachable();
}

// An attempt that ran nothing may always be made again; one that ran, only as its owner allows. The
// last number ends it in any case, so that a node that refuses everything cannot spin. A service
// has no last number; its planner waits longer each time.
bool may_retry(const JobStatus& status, ExitClass exit, const RetryRule& rule) {
    if (status.cancel_requested || rule.endless) {
        return !status.cancel_requested;
    }
    if (exit == ExitClass::NotStarted) {
        return status.attempt < kAttemptsMax;
    }
    const bool not_its_fault = exit == ExitClass::Infrastructure || exit == ExitClass::Lost;
    return not_its_fault && rule.retry == Retry::Infrastructure &&
           status.attempt < rule.attempts_max;
}

core::Result<Step> dispatch(const JobStatus& status) {
    if (status.state != JobState::Queued) {
        return core::fail(kJobNotQueued, {{"state", name_of(status.state)}});
    }
    return Step{{JobState::Dispatched, status.attempt + 1, false}, Effect::Changed};
}

core::Result<Step> unknown_attempt(const JobStatus& status, std::int64_t attempt) {
    return core::fail(kUnknownAttempt, {{"actual", std::to_string(attempt)},
                                        {"attempt", std::to_string(status.attempt)}});
}

core::Result<Step> started(const JobStatus& status, const Started& event) {
    if (event.attempt > status.attempt || event.attempt < 1) {
        return unknown_attempt(status, event.attempt);
    }
    if (event.attempt < status.attempt || status.state != JobState::Dispatched) {
        return Step{status, Effect::Nothing};
    }
    return Step{{JobState::Running, status.attempt, status.cancel_requested}, Effect::Changed};
}

core::Result<Step> ended(const JobStatus& status, const Ended& event, const RetryRule& rule) {
    if (event.attempt > status.attempt || event.attempt < 1) {
        return unknown_attempt(status, event.attempt);
    }
    const bool alive = status.state == JobState::Dispatched || status.state == JobState::Running;
    if (event.attempt < status.attempt || !alive) {
        return Step{status, Effect::Nothing};
    }
    if (may_retry(status, event.exit, rule)) {
        return Step{{JobState::Queued, status.attempt, false}, Effect::Requeued};
    }
    // What was stopped on request is cancelled, however its end looked; what succeeded before the
    // request reached it has succeeded.
    const bool cancelled = status.cancel_requested && event.exit != ExitClass::Succeeded;
    const JobState state = cancelled ? JobState::Cancelled : state_after(event.exit);
    return Step{{state, status.attempt, status.cancel_requested}, Effect::Finished};
}

core::Result<Step> cancel(const JobStatus& status) {
    if (status.state == JobState::Cancelled || status.cancel_requested) {
        return Step{status, Effect::Nothing};
    }
    if (is_final(status.state)) {
        return core::fail(kJobIsFinal, {{"state", name_of(status.state)}});
    }
    if (status.state == JobState::Queued) {
        return Step{{JobState::Cancelled, status.attempt, true}, Effect::Finished};
    }
    return Step{{status.state, status.attempt, true}, Effect::StopIt};
}

}  // namespace

core::Result<Step> advance(const JobStatus& status, const JobEvent& event, const RetryRule& rule) {
    if (std::holds_alternative<Dispatch>(event)) {
        return dispatch(status);
    }
    if (const auto* start = std::get_if<Started>(&event)) {
        return started(status, *start);
    }
    if (const auto* end = std::get_if<Ended>(&event)) {
        return ended(status, *end, rule);
    }
    return cancel(status);
}

}  // namespace kapok::compute
