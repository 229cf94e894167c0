#pragma once

// Runs a helper program to its end and takes its output: nvidia-smi, sbatch, a probe. Blocks, so it
// belongs on a thread that may. A program that does not end in time is killed with all it started.

#include <chrono>
#include <string>
#include <vector>

#include "core/result.h"
#include "platform/process/spawn.h"

namespace kapok::platform::process {

struct Command {
    std::vector<std::string> arguments{};  // The first is looked for in PATH.
    std::vector<std::string>
        environment{};  // "NAME=value"; PATH and LANG=C.UTF-8 are there already.
    std::string folder = "/";
    std::string input{};
    std::chrono::milliseconds timeout{10'000};
    std::size_t output_bytes_max = 4'194'304;  // Of each stream; what is more is thrown away.
};

struct CommandOutput {
    ExitStatus status;
    std::string output;
    std::string error;
    bool timed_out = false;
    bool truncated = false;

    [[nodiscard]] bool succeeded() const noexcept {
        return !timed_out && status.code == 0 && status.signal == 0;
    }
};

// An error only if it could not be started; see `succeeded` for the rest.
[[nodiscard]] core::Result<CommandOutput> run_command(const Command& command);

}  // namespace kapok::platform::process
