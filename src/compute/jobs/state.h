#pragma once

// A job's life as a pure function of its status and an event. The attempt number is the fence: each
// dispatch takes the next number, and what is said about an earlier attempt changes nothing any
// more. "Twice" would mean two attempts alive at once, or two accepted results; here a job leaves
// its last attempt only by an Ended event, and an ended job never changes again.
//
// Who sends Ended must have proved that nothing of the attempt runs any more: its agent found the
// attempt's cgroup empty, or the node booted again, or an operator declared it destroyed. A node
// that does not answer proves nothing, so its jobs stay where they are.

#include <array>
#include <cstdint>
#include <string_view>
#include <variant>

#include "compute/jobs/spec.h"
#include "core/result.h"

namespace kapok::compute {

enum class JobState : std::uint8_t {
    Queued,
    Dispatched,  // Given to a node; it may be running already.
    Running,
    Succeeded,
    UserError,            // The job's own command failed.
    InfrastructureError,  // Ours.
    TimedOut,
    OutOfMemory,
    Cancelled,
    Lost,  // Its node lost it, and it may not run again.
};
inline constexpr std::array<std::string_view, 10> kJobStateNames{
    "queued",  "dispatched",    "running",   "succeeded", "user_error", "infrastructure_error",
    "timeout", "out_of_memory", "cancelled", "lost"};

[[nodiscard]] constexpr bool is_final(JobState state) noexcept {
    return state >= JobState::Succeeded;
}

// How an attempt ended.
enum class ExitClass : std::uint8_t {
    Succeeded,
    UserError,
    Infrastructure,
    TimedOut,
    OutOfMemory,
    Cancelled,
    Lost,
    NotStarted,  // Refused before anything of it ran.
};
inline constexpr std::array<std::string_view, 8> kExitClassNames{
    "succeeded",     "user_error", "infrastructure", "timeout",
    "out_of_memory", "cancelled",  "lost",           "not_started"};

struct JobStatus {
    JobState state = JobState::Queued;
    std::int64_t attempt = 0;  // The last one dispatched; 0 before the first.
    bool cancel_requested = false;

    friend bool operator==(const JobStatus&, const JobStatus&) = default;
};

// What the owner allowed.
struct RetryRule {
    Retry retry = Retry::Infrastructure;
    std::int64_t attempts_max = 3;
    bool endless = false;  // A service: it ends only when it is asked to.
};

struct Dispatch {};  // Takes the next number.
struct Started {
    std::int64_t attempt;
};
struct Ended {
    std::int64_t attempt;
    ExitClass exit;
};
struct CancelRequest {};
using JobEvent = std::variant<Dispatch, Started, Ended, CancelRequest>;

enum class Effect : std::uint8_t {
    Nothing,   // Said before, or about an attempt that is over.
    Changed,   // Store the new status.
    StopIt,    // Store, and tell the node to stop the attempt.
    Requeued,  // Store; the job waits for its next attempt.
    Finished,  // Store; release what was held and settle.
};

struct Step {
    JobStatus status;
    Effect effect = Effect::Nothing;

    friend bool operator==(const Step&, const Step&) = default;
};

[[nodiscard]] core::Result<Step> advance(const JobStatus& status, const JobEvent& event,
                                         const RetryRule& rule);

}  // namespace kapok::compute
