#pragma once

// Jobs, their attempts and what belongs to them, as they are kept.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compute/ids.h"
#include "compute/jobs/spec.h"
#include "compute/jobs/state.h"
#include "core/clock.h"
#include "platform/db/database.h"

namespace kapok::compute {

struct Job {
    JobId id;
    core::OrganizationId organization;
    core::ProjectId project;
    std::string submitted_by;  // The caller's name, as in the audit log.
    JobSpec spec;
    JobStatus status;
    std::optional<std::int64_t> exit_code;
    std::int64_t number = 0;  // The order of submission.
    core::Timestamp created_at;
    core::Timestamp updated_at;
    std::optional<core::Timestamp> finished_at;
    std::int64_t version = 1;
    bool service = false;  // It serves until it is stopped; see service.h.

    friend bool operator==(const Job&, const Job&) = default;
};

struct Attempt {
    JobId job;
    std::int64_t number = 0;
    NodeId node;
    Demand demand;
    std::string accelerator_model;
    core::Uuid hold;      // Of the money; zero if nothing was held.
    std::string boot_id;  // Of the node, when it was dispatched.
    core::Timestamp dispatched_at;
    std::optional<core::Timestamp> started_at;
    core::Timestamp ends_by;
    std::optional<core::Timestamp> ended_at;
    std::optional<ExitClass> exit;
    std::optional<std::int64_t> exit_code;
    std::string problem;  // What went wrong, as the node tells it; empty if nothing did.
    std::string usage;    // JSON of what it used, as measured; empty before its end.
    std::optional<core::Timestamp> log_removed_at;  // What it wrote is no longer kept.

    friend bool operator==(const Attempt&, const Attempt&) = default;
};

// "job_01J…/2": how usage records and messages name an attempt.
[[nodiscard]] inline std::string attempt_name(const JobId& job, std::int64_t attempt) {
    return job.text() + "/" + std::to_string(attempt);
}

struct KeptRound {
    std::int64_t number = 0;
    std::int64_t epoch = 0;  // Of the planner's lease.
    std::string snapshot;    // Canonical JSON.
    std::string policy;
    core::Timestamp decided_at;
    std::string blinding;  // The text of its Blinding; empty in rounds of before there was one.
};

struct KeptDecision {
    std::int64_t number = 0;
    JobId job;
    std::int64_t attempt = 0;  // That it started; 0 if it only waits.
    std::int64_t round = 0;
    std::string verdict;
    std::string body;  // Canonical JSON of Decision.
    core::Timestamp decided_at;
};

struct NodeCommand {
    std::int64_t number = 0;
    NodeId node;
    std::string kind;  // "run", "stop", "measure"
    std::string body;  // JSON.
    core::Timestamp created_at;
};

enum class LogStream : std::uint8_t { Output, Error };
inline constexpr std::array<std::string_view, 2> kLogStreamNames{"stdout", "stderr"};

struct LogChunk {
    JobId job;
    std::int64_t attempt = 0;
    LogStream stream = LogStream::Output;
    std::int64_t position = 0;  // Of its first byte within the stream.
    platform::db::Blob content;

    friend bool operator==(const LogChunk&, const LogChunk&) = default;
};

struct Artifact {
    core::OrganizationId organization;
    std::string digest;  // "sha256:…"
    std::int64_t bytes = 0;
    core::Timestamp created_at;

    friend bool operator==(const Artifact&, const Artifact&) = default;
};

struct JobOutput {
    JobId job;
    std::int64_t attempt = 0;
    std::string path;
    std::string digest;
    std::int64_t bytes = 0;

    friend bool operator==(const JobOutput&, const JobOutput&) = default;
};

}  // namespace kapok::compute
