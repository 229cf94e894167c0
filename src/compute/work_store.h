#pragma once

// Where jobs and what belongs to them are kept. What is outside of a scope is not there; what has
// no scope is for the platform's own loops, or belongs to a job that was looked up with one.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "compute/sites_store.h"
#include "compute/work.h"
#include "core/principal.h"
#include "core/result.h"
#include "platform/db/database.h"

namespace kapok::compute::store {

// False if the id is taken. Sets the job's number.
[[nodiscard]] core::Result<bool> insert_job(Transaction& transaction, Job& job);
// State, exit and times; the version goes up by one. False if it was changed meanwhile.
[[nodiscard]] core::Result<bool> update_job(Transaction& transaction, const Job& job);
[[nodiscard]] core::Result<std::optional<Job>> find_job(Reader& reader, const core::Scope& scope,
                                                        JobId id);
struct JobFilter {
    std::optional<core::ProjectId> project = {};
    std::optional<JobState> state = {};
};
[[nodiscard]] core::Result<core::Page<Job>> list_jobs(Reader& reader, const core::Scope& scope,
                                                      const JobFilter& filter,
                                                      const core::Window& window);
// The queue in its order, without the services that wait after a failure.
[[nodiscard]] core::Result<std::vector<Job>> queued_jobs(Reader& reader, core::Timestamp now,
                                                         std::size_t limit);

[[nodiscard]] core::Result<void> insert_attempt(Transaction& transaction, const Attempt& attempt);
[[nodiscard]] core::Result<void> update_attempt(Transaction& transaction, const Attempt& attempt);
[[nodiscard]] core::Result<std::optional<Attempt>> find_attempt(Reader& reader, JobId job,
                                                                std::int64_t number);
[[nodiscard]] core::Result<std::vector<Attempt>> attempts_of(Reader& reader, JobId job);
// Those that have not ended: of one node, or of all.
[[nodiscard]] core::Result<std::vector<Attempt>> live_attempts(Reader& reader,
                                                               std::optional<NodeId> node);

[[nodiscard]] core::Result<std::int64_t> insert_round(Transaction& transaction,
                                                      const KeptRound& round);
[[nodiscard]] core::Result<std::optional<KeptRound>> find_round(Reader& reader,
                                                                std::int64_t number);
[[nodiscard]] core::Result<void> insert_decision(Transaction& transaction,
                                                 const KeptDecision& decision);
[[nodiscard]] core::Result<std::optional<KeptDecision>> latest_decision(Reader& reader, JobId job);
[[nodiscard]] core::Result<core::Page<KeptDecision>> list_decisions(Reader& reader, JobId job,
                                                                    const core::Window& window);
// All of them.
[[nodiscard]] core::Result<std::vector<KeptDecision>> decisions_of(Reader& reader, JobId job);

[[nodiscard]] core::Result<void> insert_command(Transaction& transaction,
                                                const NodeCommand& command);
// From `after` on, at most `limit`.
struct Stretch {
    std::int64_t after = 0;
    std::size_t limit = 0;
};
// Those that the node has not done, from behind `after`, in their order.
[[nodiscard]] core::Result<std::vector<NodeCommand>> open_commands(Reader& reader, NodeId node,
                                                                   Stretch stretch);
[[nodiscard]] core::Result<void> finish_command(Transaction& transaction, NodeId node,
                                                std::int64_t number);

// All that are open: the node will not do them.
[[nodiscard]] core::Result<void> finish_commands(Transaction& transaction, NodeId node);

// What has been kept for long enough, at most `limit` at once; how many it was. Of attempts that
// ended before that time goes what they wrote, of commands all.
[[nodiscard]] core::Result<std::size_t> remove_old_logs(Transaction& transaction,
                                                        core::Timestamp before, std::size_t limit);
[[nodiscard]] core::Result<std::size_t> remove_done_commands(Transaction& transaction,
                                                             core::Timestamp before,
                                                             std::size_t limit);

// Adds a piece that begins where the stream ends; another one changes nothing.
[[nodiscard]] core::Result<void> append_log(Transaction& transaction, const LogChunk& chunk);
// How many bytes of a stream are here.
[[nodiscard]] core::Result<std::int64_t> log_length(Reader& reader, JobId job, std::int64_t attempt,
                                                    LogStream stream);
// The pieces from the one that holds position `after` on.
[[nodiscard]] core::Result<std::vector<LogChunk>> read_log(Reader& reader, JobId job,
                                                           std::int64_t attempt, LogStream stream,
                                                           Stretch stretch);

// Adds the right to an object; again changes nothing.
[[nodiscard]] core::Result<void> insert_artifact(Transaction& transaction,
                                                 const Artifact& artifact);
[[nodiscard]] core::Result<std::optional<Artifact>> find_artifact(Reader& reader,
                                                                  core::OrganizationId organization,
                                                                  std::string_view digest);
[[nodiscard]] core::Result<void> insert_output(Transaction& transaction, const JobOutput& output);
[[nodiscard]] core::Result<std::vector<JobOutput>> outputs_of(Reader& reader, JobId job,
                                                              std::int64_t attempt);

}  // namespace kapok::compute::store
