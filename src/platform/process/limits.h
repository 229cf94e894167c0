#pragma once

// Limits of process. What a job may use is in its spec; these bound what is kept about it.

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace kapok::platform::process {

inline constexpr std::size_t kRecordBytesMax = 1'048'576;  // A spec, a state, a result.
inline constexpr std::size_t kAttemptNameBytesMax = 64;
inline constexpr std::size_t kArgumentsMax = 4'096;
inline constexpr std::size_t kMountsMax = 256;
inline constexpr std::int64_t kOpenFilesDefault = 4'096;
inline constexpr std::int64_t kTemporaryBytesDefault = 268'435'456;  // Private /tmp.

// A tree deeper than this counts as over its quota: to walk it would need as many open files.
inline constexpr int kFolderDepthMax = 128;

// How often a running attempt's folder and memory events are looked at.
inline constexpr std::chrono::milliseconds kCheckInterval{500};
// SIGKILL is not refused, but a process inside the kernel may take its time to go.
inline constexpr std::chrono::seconds kDrainTimeout{30};
inline constexpr std::chrono::seconds kProbeTimeout{10};

// bubblewrap's own processes in a job's group: its limit is raised by them.
inline constexpr std::int64_t kSandboxProcesses = 2;

// Users that jobs run as. Distributions leave this range free: it is above 65 536 and below the
// 524 288 where containers' users begin; useradd's subordinate ids begin at 100 000.
inline constexpr std::uint32_t kUserFirst = 400'000;
inline constexpr std::uint32_t kUserEnd = 524'000;
inline constexpr std::uint32_t kUsersPerProject = 16;

}  // namespace kapok::platform::process
