#pragma once

// What this node can really do to keep jobs apart, found out by doing it: a sandbox is built, a
// group is made, limited and left. A node publishes the result, and takes jobs of others only if
// nothing is missing.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "platform/process/attempt.h"

namespace kapok::platform::process {

enum class Feature : std::uint8_t {
    OwnUsers,        // Each project's jobs run as users of their own.
    Pidfd,           // Processes are held by handles, not by numbers.
    Seccomp,         // Dangerous system calls are refused.
    UserNamespaces,  // bubblewrap builds a sandbox: own files, processes, network.
    CgroupMemory,
    CgroupCpu,
    CgroupPids,
};

[[nodiscard]] std::string_view to_text(Feature feature) noexcept;  // "own_users", "pidfd", …

struct FeatureState {
    Feature feature;
    std::optional<core::Error> missing;  // What to do about it; nothing if it is there.
};

// Names are published, so they never change: "full", "namespaces", "uid", "rlimits".
enum class IsolationLevel : std::uint8_t {
    Rlimits,     // Limits for each process, and no new privileges.
    Uid,         // And users of their own.
    Namespaces,  // A sandbox, but no limits for the job as a whole, or no users of their own.
    Full,
};
[[nodiscard]] std::string_view to_text(IsolationLevel level) noexcept;

struct Isolation {
    std::vector<FeatureState> features;  // All of them, in the order of the enum.
    std::string cgroup_version;          // "v1", "v2", ""
    std::string bubblewrap_version;      // "bubblewrap 0.8.0", ""

    [[nodiscard]] bool has(Feature feature) const;
    [[nodiscard]] IsolationLevel level() const;
    // The strongest that works here, for AttemptSpec.
    [[nodiscard]] Confinement confinement() const;
    // Why a job of somebody else cannot run here: kIsolationMissing with the names of the features.
    [[nodiscard]] core::Result<void> accepts_foreign_jobs() const;
};

// Starts a few short processes; takes about 50 ms. Not from a coroutine.
[[nodiscard]] Isolation probe_isolation();

}  // namespace kapok::platform::process
