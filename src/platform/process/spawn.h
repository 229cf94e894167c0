#pragma once

// Starts one program exactly as described: nothing of the parent's environment, signals, open files
// or groups gets through. The child is held by a pidfd, so that a signal can never hit another
// process that got its number.

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <sys/resource.h>
#include <sys/types.h>

#include "core/result.h"
#include "platform/process/descriptor.h"

namespace kapok::platform::process {

struct ExitStatus {
    int code = 0;    // Of a program that exited.
    int signal = 0;  // Of one that was killed; else 0.
    std::chrono::microseconds cpu{};
    std::int64_t memory_peak_bytes = 0;  // Of the largest process that was waited for.
};

struct ResourceLimit {
    int resource;      // RLIMIT_…
    rlim_t value_max;  // Lowered to the hard limit where that is less: root may not raise it.
};

struct User {
    uid_t uid;
    gid_t gid;
};

struct Launch {
    std::vector<std::string> arguments;    // The first is the program's path.
    std::vector<std::string> environment;  // "NAME=value"
    std::string folder = "/";
    int input = -1;  // Descriptors that become 0, 1 and 2; -1 is /dev/null.
    int output = -1;
    int error = -1;
    std::vector<int> passed;   // Further descriptors that keep their number.
    std::vector<int> cgroups;  // Open cgroup.procs files: the child enters them first.
    std::vector<ResourceLimit> limits;
    std::optional<User> user;  // And no supplementary groups.
    bool new_session = false;
    bool dies_with_parent = false;  // With the thread that started it.
    bool no_new_privileges = false;
    std::string seccomp_program;  // Loaded last; needs no_new_privileges. Empty: none.
    // Runs in the child while it is still the parent's user; returns 0 or an errno. Only for
    // parents with one thread: between fork and exec nothing else is safe in others.
    std::function<int()> prepare;
};

class Child {
public:
    // The program runs when this returns; what kept it from running is the error.
    [[nodiscard]] static core::Result<Child> start(const Launch& launch);

    [[nodiscard]] pid_t pid() const noexcept { return pid_; }
    [[nodiscard]] int pidfd() const noexcept { return pidfd_.get(); }

    // Nothing if it still runs after `timeout`. Once it ended, call this no more.
    [[nodiscard]] std::optional<ExitStatus> wait(std::chrono::milliseconds timeout);
    void signal(int number) const noexcept;

private:
    Child(pid_t pid, Descriptor pidfd) : pid_(pid), pidfd_(std::move(pidfd)) {}

    pid_t pid_;
    Descriptor pidfd_;
};

// The path of an installed program; a name with a slash is taken as it is.
[[nodiscard]] core::Result<std::string> find_program(const std::string& name);

}  // namespace kapok::platform::process
