#pragma once

// What people and programs do with jobs: submit, look, follow the log, cancel, fetch results, and
// ask why a job runs where it does or does not run yet.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "compute/context.h"
#include "compute/work_store.h"
#include "platform/http/event_stream.h"

namespace kapok::compute {

struct NewJob {
    Naming<JobId> naming;
    std::optional<core::ProjectId> project;  // Else the one that the caller's key is bound to.
    JobSpec spec;
};

struct JobView {
    Job job;
    std::vector<Attempt> attempts;
    std::optional<KeptDecision> decision;  // The latest.
    std::vector<JobOutput> outputs;        // Of the last attempt.
};

// What a round was decided from, as the owner of one of its jobs may see it: the ids of everybody
// else are replaced, and the openings tell which substitutes are that owner's own.
struct ShownRound {
    std::string snapshot;  // Canonical JSON of a blinded Snapshot.
    std::string policy;
    std::string job_opening;
    std::string organization_opening;
};

struct DecisionView {
    KeptDecision decision;
    std::optional<ShownRound> round;  // None for rounds of before there were secrets to blind with.
};

// Where a reader of a log is: bytes of each stream of one attempt.
struct LogCursor {
    std::int64_t attempt = 0;  // 0: the first one that there is.
    std::int64_t output = 0;
    std::int64_t error = 0;

    [[nodiscard]] std::string text() const;
    [[nodiscard]] static std::optional<LogCursor> parse(std::string_view text);
};

class JobService {
public:
    template <class T>
    using Answer = boost::asio::awaitable<core::Result<T>>;

    explicit JobService(Context& context) noexcept : context_(context) {}

    Answer<Made<Job>> submit(core::Principal caller, NewJob request);
    Answer<JobView> get(core::Principal caller, JobId id);
    Answer<core::Page<Job>> list(core::Principal caller, store::JobFilter filter,
                                 core::Window window);
    Answer<Job> cancel(core::Principal caller, JobId id);
    Answer<core::Page<DecisionView>> decisions(core::Principal caller, JobId id,
                                               core::Window window);
    // "log" events as text arrives, "state" events as the job goes on, "removed" for an attempt
    // whose log is no longer kept, one "end" event.
    Answer<std::shared_ptr<platform::http::EventSource>> follow(core::Principal caller, JobId id,
                                                                LogCursor from);

    // Artifacts belong to an organization: the project's, or else the caller's.
    Answer<Artifact> upload(core::Principal caller, std::optional<core::ProjectId> project,
                            std::string bytes, std::optional<identity::IdempotencyKey> key = {});
    Answer<std::string> download(core::Principal caller, std::optional<core::ProjectId> project,
                                 std::string digest);

private:
    Answer<Job> visible(core::Principal caller, JobId id);

    Context& context_;
};

}  // namespace kapok::compute
