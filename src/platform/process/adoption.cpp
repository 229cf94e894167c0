#include "platform/process/adoption.h"

#include <algorithm>
#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>

#include "platform/process/errors.h"
#include "platform/process/files.h"
#include "platform/process/limits.h"

namespace kapok::platform::process {
namespace {

namespace fs = std::filesystem;
using Time = std::chrono::steady_clock;

constexpr int kPollMs = 5;

// A supervisor that we started ourselves stays a zombie until somebody asks.
void reap(const ProcessName& name) {
    siginfo_t info{};
    static_cast<void>(::waitid(P_PID, static_cast<id_t>(name.pid), &info, WEXITED | WNOHANG));
}

std::vector<pid_t> remaining(const AttemptState& state) {
    if (state.supervisor.boot_id != boot_id()) {
        return {};
    }
    if (state.cgroup) {
        // No process starts before the group is there, and it cannot go before they have: if it is
        // not there, nothing is.
        return Cgroup::open(*state.cgroup)->members();
    }
    // Without a cgroup: a user that only jobs have, else the mark that each was started with.
    return state.user ? processes_of(*state.user)
                      : processes_with("KAPOK_ATTEMPT=" + state.attempt);
}

void end(const AttemptState& state, const std::vector<pid_t>& processes) {
    if (state.cgroup) {
        Cgroup::open(*state.cgroup)->kill();
    }
    for (const pid_t pid : processes) {
        ::kill(pid, SIGKILL);
    }
}

// Kills until nothing is left or the time is over.
core::Result<void> drain(const AttemptState& state) {
    const auto deadline = Time::now() + kDrainTimeout;
    while (true) {
        const auto left = remaining(state);
        if (left.empty()) {
            return {};
        }
        if (Time::now() > deadline) {
            std::string list;
            for (const pid_t pid : left) {
                list += fmt::format("{}{}", list.empty() ? "" : ", ", pid);
            }
            return core::fail(kStillAlive, {{"attempt", state.attempt}, {"processes", list}});
        }
        end(state, left);
        ::poll(nullptr, 0, kPollMs);
    }
}

}  // namespace

core::Result<AttemptStatus> inspect(const fs::path& folder) {
    AttemptStatus status;
    auto state = read_state(folder);
    if (!state) {
        return std::unexpected(state.error());
    }
    status.state = std::move(*state);
    bool alive = false;
    if (status.state) {
        reap(status.state->supervisor);
        alive = is_alive(status.state->supervisor);
    }
    // Read after the look at the supervisor: one that is gone has written all it will write.
    auto result = read_result(folder);
    if (!result) {
        return std::unexpected(result.error());
    }
    status.result = std::move(*result);
    std::error_code error;
    if (status.result) {
        status.phase = AttemptPhase::Finished;
    } else if (status.state) {
        status.phase = alive ? AttemptPhase::Running : AttemptPhase::Lost;
    } else if (fs::exists(folder / kSpecFile, error)) {
        status.phase = AttemptPhase::Prepared;
    }
    return status;
}

core::Result<Child> start_supervisor(const std::vector<std::string>& supervisor,
                                     const fs::path& folder) {
    const Descriptor log(::open((folder / "supervisor.log").c_str(),
                                O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!log) {
        return system_error("open", (folder / "supervisor.log").string());
    }
    Launch launch;
    launch.arguments = supervisor;
    launch.arguments.push_back(fs::absolute(folder).string());
    launch.environment = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                          "LANG=C.UTF-8"};
    launch.output = log.get();
    launch.error = log.get();
    launch.new_session = true;
    return Child::start(launch);
}

std::vector<fs::path> find_alive(const fs::path& root) {
    std::vector<fs::path> found;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(root, error)) {
        const auto status = inspect(entry.path());
        if (status && status->phase == AttemptPhase::Running) {
            found.push_back(entry.path());
        }
    }
    std::ranges::sort(found);
    return found;
}

Descriptor watch(const AttemptState& state) {
    return open_process(state.supervisor);
}

core::Result<void> stop_attempt(const AttemptState& state) {
    const Descriptor handle = open_process(state.supervisor);
    if (handle && signal_pidfd(handle.get(), SIGTERM) != 0 && errno != ESRCH) {
        return system_error("kill", state.attempt);
    }
    return {};
}

core::Result<void> kill_attempt(const AttemptState& state) {
    // The supervisor first: it must not take the job's end for the job's own.
    if (const Descriptor handle = open_process(state.supervisor); handle) {
        signal_pidfd(handle.get(), SIGKILL);
        pollfd gone{handle.get(), POLLIN, 0};
        ::poll(&gone, 1, static_cast<int>(std::chrono::milliseconds(kDrainTimeout).count()));
    }
    reap(state.supervisor);
    return drain(state);
}

bool prove_empty(const AttemptState& state) {
    return !is_alive(state.supervisor) && remaining(state).empty();
}

core::Result<AttemptResult> conclude(const fs::path& folder, const core::Clock& clock) {
    const auto inspected = inspect(folder);
    if (!inspected) {
        return std::unexpected(inspected.error());
    }
    const AttemptStatus& status = *inspected;
    if (status.result) {
        return *status.result;
    }
    if (status.phase != AttemptPhase::Lost || !status.state) {
        return core::fail(kStillAlive,
                          {{"attempt", folder.filename().string()}, {"processes", "supervisor"}});
    }
    const AttemptState& state = *status.state;
    if (auto drained = drain(state); !drained) {
        return std::unexpected(drained.error());
    }
    AttemptResult result;
    result.attempt = state.attempt;
    result.started_at = state.started_at;
    result.finished_at = clock.now();
    const auto group = state.cgroup ? Cgroup::open(*state.cgroup) : nullptr;
    if (group) {
        const CgroupUsage used = group->usage();
        result.oom_killed = used.oom_kills > 0;
        result.usage.cpu_us = used.cpu_us;
        result.usage.memory_peak_bytes = used.memory_peak_bytes;
        result.usage.read_bytes = used.read_bytes;
        result.usage.written_bytes = used.written_bytes;
    }
    if (auto written = write_durably(folder, kResultFile, to_json(result)); !written) {
        return std::unexpected(written.error());
    }
    if (group) {
        static_cast<void>(group->remove());
    }
    return result;
}

}  // namespace kapok::platform::process
