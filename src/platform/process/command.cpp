#include "platform/process/command.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>

#include "platform/process/kernel.h"

namespace kapok::platform::process {
namespace {

using Time = std::chrono::steady_clock;

struct Pipe {
    Descriptor reading;
    Descriptor writing;
};

core::Result<Pipe> make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        return system_error("pipe", "command");
    }
    ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
    return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

// In memory and complete before the program starts, so that writing it can never block.
core::Result<Descriptor> input_file(const std::string& text) {
    Descriptor file(::memfd_create("input", MFD_CLOEXEC));
    if (!file || ::write(file.get(), text.data(), text.size()) != std::ssize(text) ||
        ::lseek(file.get(), 0, SEEK_SET) != 0) {
        return system_error("write", "input");
    }
    return file;
}

// Takes what is there. Closes the pipe at its end.
void drain(Descriptor& pipe, std::string& text, std::size_t bytes_max, bool& truncated) {
    std::array<char, 65'536> buffer;
    while (pipe) {
        const ssize_t count = ::read(pipe.get(), buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0 && errno == EAGAIN) {
            return;
        }
        if (count <= 0) {
            pipe.close();
            return;
        }
        const auto room = std::min(bytes_max - text.size(), static_cast<std::size_t>(count));
        text.append(buffer.data(), room);
        truncated = truncated || room < static_cast<std::size_t>(count);
    }
}

// It leads a session, so its group holds all that did not leave on purpose.
void kill_group(const Child& child) {
    for (const pid_t pid : descendants_of(child.pid())) {
        ::kill(pid, SIGKILL);
    }
    ::kill(-child.pid(), SIGKILL);
}

std::vector<std::string> environment_of(const Command& command) {
    const char* const path = std::getenv("PATH");
    std::vector<std::string> environment{
        std::string("PATH=") + (path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin"),
        "LANG=C.UTF-8"};
    environment.insert(environment.end(), command.environment.begin(), command.environment.end());
    return environment;
}

struct Streams {
    Descriptor output;
    Descriptor error;
};

// Until the program has ended: a daemon it left behind may hold the pipes for ever.
void follow(Child& child, Streams& streams, const Command& command, CommandOutput& result) {
    const auto deadline = Time::now() + command.timeout;
    while (true) {
        std::array<pollfd, 3> ready{{{child.pidfd(), POLLIN, 0},
                                     {streams.output.get(), POLLIN, 0},
                                     {streams.error.get(), POLLIN, 0}}};
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Time::now());
        const int wait = static_cast<int>(std::clamp<long>(left.count(), 0, 1'000'000));
        ::poll(ready.data(), ready.size(), wait);
        drain(streams.output, result.output, command.output_bytes_max, result.truncated);
        drain(streams.error, result.error, command.output_bytes_max, result.truncated);
        if (const auto status = child.wait(std::chrono::milliseconds(0))) {
            result.status = *status;
            break;
        }
        if (left.count() <= 0) {
            result.timed_out = true;
            kill_group(child);
            result.status = child.wait(std::chrono::milliseconds(-1)).value_or(ExitStatus{});
            break;
        }
    }
    drain(streams.output, result.output, command.output_bytes_max, result.truncated);
    drain(streams.error, result.error, command.output_bytes_max, result.truncated);
}

}  // namespace

core::Result<CommandOutput> run_command(const Command& command) {
    const auto program = find_program(command.arguments.front());
    if (!program) {
        return std::unexpected(program.error());
    }
    auto output = make_pipe();
    auto error = make_pipe();
    const auto input = input_file(command.input);
    if (!output || !error || !input) {
        return system_error("pipe", *program);
    }
    Launch launch;
    launch.arguments = command.arguments;
    launch.arguments.front() = *program;
    launch.environment = environment_of(command);
    launch.folder = command.folder;
    launch.input = input->get();
    launch.output = output->writing.get();
    launch.error = error->writing.get();
    launch.new_session = true;
    auto child = Child::start(launch);
    if (!child) {
        return std::unexpected(child.error());
    }
    output->writing.close();
    error->writing.close();
    CommandOutput result;
    Streams streams{std::move(output->reading), std::move(error->reading)};
    follow(*child, streams, command, result);
    return result;
}

}  // namespace kapok::platform::process
