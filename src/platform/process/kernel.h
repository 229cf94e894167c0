#pragma once

// What the kernel says about processes. A pid alone names nothing: pids are used again. Together
// with the boot and the time at which the process started, it names one process for ever.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "core/result.h"
#include "platform/process/descriptor.h"

namespace kapok::platform::process {

struct ProcessName {
    pid_t pid = 0;
    std::int64_t start_ticks = 0;  // Field 22 of /proc/PID/stat: clock ticks after boot.
    std::string boot_id;

    friend bool operator==(const ProcessName&, const ProcessName&) = default;
};

[[nodiscard]] std::string boot_id();
// Nothing if there is no such process, or only its zombie.
[[nodiscard]] std::optional<ProcessName> name_of(pid_t pid);
[[nodiscard]] bool is_alive(const ProcessName& name);
// A handle of exactly this process; nothing if it is gone.
[[nodiscard]] Descriptor open_process(const ProcessName& name);

// `root` and all below it that have not been given to another parent, parents first.
[[nodiscard]] std::vector<pid_t> descendants_of(pid_t root);
// Every process whose real user is `uid`; zombies don't count.
[[nodiscard]] std::vector<pid_t> processes_of(uid_t uid);
// Every process of our own user that was started with `entry` ("NAME=value") in its environment.
[[nodiscard]] std::vector<pid_t> processes_with(const std::string& entry);

// Of a raw call that libc 2.36 does not wrap. -1 and errno on failure.
[[nodiscard]] int open_pidfd(pid_t pid) noexcept;
int signal_pidfd(int pidfd, int signal) noexcept;

[[nodiscard]] std::unexpected<core::Error> system_error(std::string_view action,
                                                        std::string_view path);

}  // namespace kapok::platform::process
