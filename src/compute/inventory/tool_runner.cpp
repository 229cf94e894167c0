#include <array>
#include <chrono>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compute/inventory/probe.h"
#include "compute/limits.h"
#include "core/stopwatch.h"

namespace kapok::compute {

namespace {

// Reads until the end, the limit or the deadline; nothing if one of the last two came first.
std::optional<std::string> read_all(int pipe, std::chrono::milliseconds limit) {
    std::string output;
    std::array<char, 4096> buffer{};
    const core::Stopwatch watch;
    for (;;) {
        const auto spent = std::chrono::floor<std::chrono::milliseconds>(watch.elapsed());
        pollfd ready{pipe, POLLIN, 0};
        if (spent >= limit || ::poll(&ready, 1, static_cast<int>((limit - spent).count())) == 0) {
            return std::nullopt;
        }
        const auto count = ::read(pipe, buffer.data(), buffer.size());
        if (count <= 0) {
            return count == 0 ? std::optional(std::move(output)) : std::nullopt;
        }
        output.append(buffer.data(), static_cast<std::size_t>(count));
        if (output.size() > kToolOutputBytesMax) {
            return std::nullopt;
        }
    }
}

// The child leads its own process group, so that a stuck tool goes with what it started.
std::optional<pid_t> spawn(std::span<const std::string> command, int output) {
    std::vector<char*> arguments;
    for (const std::string& argument : command) {
        arguments.push_back(const_cast<char*>(argument.c_str()));  // NOLINT: execve never writes.
    }
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawnattr_init(&attributes);
    ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
    ::posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    pid_t child = 0;
    const int failed =
        ::posix_spawnp(&child, arguments[0], &files, &attributes, arguments.data(), environ);
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&files);
    return failed == 0 ? std::optional(child) : std::nullopt;
}

}  // namespace

std::optional<std::string> run_tool(std::span<const std::string> command) {
    std::array<int, 2> ends{};
    if (command.empty() || ::pipe2(ends.data(), O_CLOEXEC) != 0) {
        return std::nullopt;
    }
    const auto child = spawn(command, ends[1]);
    ::close(ends[1]);
    std::optional<std::string> output;
    if (child) {
        output = read_all(ends[0], kProbeTimeout);
        if (!output) {
            ::kill(-*child, SIGKILL);
        }
        int status = 0;
        ::waitpid(*child, &status, 0);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
            output.reset();
        }
    }
    ::close(ends[0]);
    return output;
}

}  // namespace kapok::compute
