#pragma once

// An attempt is one run of one job, in one folder that only the agent and its supervisor can enter:
//
//     spec.json     what to run, written by the agent before anything starts
//     state.json    who supervises it and in which cgroup, written before the job's first process
//     result.json   how it ended and what it used, written after the job's last process has gone
//     stdout stderr what the job wrote
//     work/         the job's own folder, /workspace inside
//
// Each record appears whole and durable. A folder is used once: a state without a result and
// without a living supervisor is a lost attempt, never one to start again.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/result.h"
#include "platform/process/cgroup.h"
#include "platform/process/job_log.h"
#include "platform/process/kernel.h"
#include "platform/process/sandbox.h"
#include "platform/process/spawn.h"

namespace kapok::platform::process {

// Where a job finds its work/, whatever its path here is.
inline constexpr std::string_view kJobFolder = "/workspace";

enum class Confinement : std::uint8_t {
    Full,        // bubblewrap and a cgroup, or it is not started.
    Namespaces,  // bubblewrap, and a cgroup if one can be made. For the node's own operator.
    Plain,       // Own user if there is one, limits, seccomp, no new privileges. The same.
};

struct AttemptLimits {
    std::int64_t memory_bytes_max = 0;  // 0 is no limit, here and below.
    std::int64_t cpu_milli = 0;
    std::int64_t pids_max = 0;
    std::int64_t wall_ms_max = 0;
    std::int64_t file_bytes_max = 0;    // Of any one file.
    std::int64_t log_bytes_max = 0;     // Of stdout, and of stderr.
    std::int64_t folder_bytes_max = 0;  // Of work/ on disk, looked at twice a second.
    std::int64_t folder_entries_max = 0;
    std::int64_t open_files_max = 0;       // 0 is kOpenFilesDefault.
    std::int64_t temporary_bytes_max = 0;  // Of /tmp; 0 is kTemporaryBytesDefault.
    std::int64_t grace_ms = 5'000;         // From SIGTERM to SIGKILL.
};

struct AttemptSpec {
    std::string attempt;  // Names folder and cgroup: letters, digits, "_" and "-".
    std::vector<std::string> command;
    std::map<std::string, std::string> environment;  // Added to PATH, HOME, TMPDIR, LANG.
    std::string folder{kJobFolder};                  // Where the command starts.
    // Source: an absolute path here. Target: an absolute path inside; the same path for Plain.
    std::vector<Bind> mounts;
    std::vector<std::string> devices;
    Network network = Network::None;
    Confinement confinement = Confinement::Full;
    LogOverflow log_overflow = LogOverflow::Truncate;
    std::optional<std::uint32_t> user;  // Also its group. Root must name one, others can't.
    AttemptLimits limits;
};

struct AttemptState {
    std::string attempt;
    ProcessName supervisor;
    std::optional<CgroupPlace> cgroup;  // If there is one, the job has no process outside of it.
    std::optional<std::uint32_t> user;
    core::Timestamp started_at;
};

enum class Ending : std::uint8_t {
    NotStarted,  // The sandbox could not be built; `problem` says why. Nothing of the job ran.
    Exited,      // By itself, with `exit_code`; 128 + n if signal n ended it.
    Stopped,     // By the supervisor; see what was exceeded, or `cancelled`.
    Lost,        // The supervisor died; what the job had done until then is not known.
};

struct AttemptUsage {
    std::int64_t wall_us = 0;
    std::optional<std::int64_t> cpu_us;
    std::optional<std::int64_t> memory_peak_bytes;
    std::optional<std::int64_t> read_bytes;
    std::optional<std::int64_t> written_bytes;
    std::int64_t folder_bytes = 0;
};

struct AttemptResult {
    std::string attempt;
    Ending ending = Ending::Lost;
    int exit_code = 0;
    bool wall_exceeded = false;
    bool oom_killed = false;  // True too where the kernel took one process and the rest went on.
    bool folder_exceeded = false;
    bool file_exceeded = false;  // Ended by SIGXFSZ.
    bool cancelled = false;
    bool log_truncated = false;  // Of a log that went over its bound, the rest is missing.
    std::optional<core::Error> problem;
    core::Timestamp started_at;
    core::Timestamp finished_at;
    AttemptUsage usage;

    // The signal that ended it, as shells write it into an exit code.
    [[nodiscard]] std::optional<int> signal() const noexcept {
        constexpr int kSignalLast = 64;
        return exit_code > 128 && exit_code <= 128 + kSignalLast ? std::optional(exit_code - 128)
                                                                 : std::nullopt;
    }
};

inline constexpr std::string_view kSpecFile = "spec.json";
inline constexpr std::string_view kStateFile = "state.json";
inline constexpr std::string_view kResultFile = "result.json";
inline constexpr std::string_view kLockFile = "lock";
inline constexpr std::string_view kOutputFile = "stdout";
inline constexpr std::string_view kErrorFile = "stderr";
inline constexpr std::string_view kWorkFolder = "work";

[[nodiscard]] core::Result<void> check(const AttemptSpec& spec);

// Makes `folder` with work/ in it. Inputs go into work/ after this and before write_spec.
[[nodiscard]] core::Result<void> make_attempt_folder(const std::filesystem::path& folder);
// Checks and writes the spec; from then on the attempt can be started.
[[nodiscard]] core::Result<void> write_spec(const std::filesystem::path& folder,
                                            const AttemptSpec& spec);

[[nodiscard]] core::Result<AttemptSpec> read_spec(const std::filesystem::path& folder);
// Nothing if the record is not there yet.
[[nodiscard]] core::Result<std::optional<AttemptState>> read_state(
    const std::filesystem::path& folder);
[[nodiscard]] core::Result<std::optional<AttemptResult>> read_result(
    const std::filesystem::path& folder);

[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

// The texts of the records, for tests of what damaged ones do.
[[nodiscard]] std::string to_json(const AttemptSpec& spec);
[[nodiscard]] std::string to_json(const AttemptState& state);
[[nodiscard]] std::string to_json(const AttemptResult& result);
[[nodiscard]] core::Result<AttemptSpec> parse_spec(std::string_view json);
[[nodiscard]] core::Result<AttemptState> parse_state(std::string_view json);
[[nodiscard]] core::Result<AttemptResult> parse_result(std::string_view json);

}  // namespace kapok::platform::process
