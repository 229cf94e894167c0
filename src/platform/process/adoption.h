#pragma once

// How an agent deals with attempts, its own and those of an agent before it. What is true is read
// from the attempt's folder and from the kernel each time; nothing is remembered in between.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/result.h"
#include "platform/process/attempt.h"

namespace kapok::platform::process {

enum class AttemptPhase : std::uint8_t {
    Empty,     // No spec yet: the agent died while preparing it. Nothing ran.
    Prepared,  // May be started. If a supervisor is just starting, another start does nothing.
    Running,
    Finished,  // `result` is final.
    Lost,      // It ran and its supervisor is gone: conclude() it before anything else.
};

struct AttemptStatus {
    AttemptPhase phase = AttemptPhase::Empty;
    std::optional<AttemptState> state;
    std::optional<AttemptResult> result;
};

[[nodiscard]] core::Result<AttemptStatus> inspect(const std::filesystem::path& folder);

// Starts `supervisor` + {folder} in a session of its own, e.g. {"/usr/bin/kapok", "supervise"}. Its
// messages go to supervisor.log in the folder. The handle may be dropped: the process stays.
[[nodiscard]] core::Result<Child> start_supervisor(const std::vector<std::string>& supervisor,
                                                   const std::filesystem::path& folder);

// All attempts below `root` whose supervisor lives, by folder: what a new agent adopts.
[[nodiscard]] std::vector<std::filesystem::path> find_alive(const std::filesystem::path& root);

// Readable once this attempt's supervisor has ended, for poll() or asio; then inspect() again.
[[nodiscard]] Descriptor watch(const AttemptState& state);

// Asks the supervisor to end the job: SIGTERM, its grace, SIGKILL. Returns at once; if there is
// nothing left to end, that is no error.
[[nodiscard]] core::Result<void> stop_attempt(const AttemptState& state);
// Ends supervisor and job at once, and waits until none is left. The attempt is then Lost, unless
// it had just finished.
[[nodiscard]] core::Result<void> kill_attempt(const AttemptState& state);

// Whether no process of the attempt is left: by its cgroup, else by its user, else by its mark in
// the environment. Another boot leaves none.
[[nodiscard]] bool prove_empty(const AttemptState& state);

// Makes a Lost attempt Finished with Ending::Lost: ends what is left of it, proves that nothing is,
// and writes the result with what the cgroup still tells of its usage. Only after this may the job
// be attempted again. Of a finished attempt it returns the result.
[[nodiscard]] core::Result<AttemptResult> conclude(const std::filesystem::path& folder,
                                                   const core::Clock& clock);

}  // namespace kapok::platform::process
