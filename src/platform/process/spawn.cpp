#include "platform/process/spawn.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/process/errors.h"
#include "platform/process/kernel.h"

namespace kapok::platform::process {
namespace {

enum class Step : std::uint8_t {
    Cgroup,
    Session,
    Prepare,
    Limit,
    User,
    Files,
    Folder,
    Seccomp,
    Exec
};
constexpr std::array<const char*, 9> kStepNames{"cgroup", "session", "mounts",  "limits", "user",
                                                "files",  "folder",  "seccomp", "exec"};

struct Failure {
    Step step;
    int reason;
};

// What the child needs, made before fork: between fork and exec there must be no allocation.
struct Prepared {
    const Launch& launch;
    std::vector<char*> arguments;
    std::vector<char*> environment;
    sock_fprog seccomp{};
    pid_t parent = ::getpid();
    int report = -1;
};

std::vector<char*> pointers_of(const std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (const std::string& text : texts) {
        pointers.push_back(const_cast<char*>(text.c_str()));  // exec does not write there.
    }
    pointers.push_back(nullptr);
    return pointers;
}

[[noreturn]] void give_up(const Prepared& prepared, Step step, int reason) {
    const Failure failure{step, reason};
    const ssize_t ignored = ::write(prepared.report, &failure, sizeof failure);
    static_cast<void>(ignored);
    ::_exit(127);
}

void check(const Prepared& prepared, Step step, bool ok) {
    if (!ok) {
        give_up(prepared, step, errno);
    }
}

void reset_signals() {
    struct sigaction action{};
    action.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; ++number) {
        ::sigaction(number, &action, nullptr);  // Fails for SIGKILL and SIGSTOP only.
    }
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

void enter_cgroups(const Prepared& prepared) {
    for (const int file : prepared.launch.cgroups) {
        check(prepared, Step::Cgroup, ::write(file, "0", 1) == 1);
    }
}

void set_limits(const Prepared& prepared) {
    for (const auto& [resource, value_max] : prepared.launch.limits) {
        rlimit limit{};
        const auto kind = static_cast<__rlimit_resource>(resource);
        check(prepared, Step::Limit, ::getrlimit(kind, &limit) == 0);
        limit.rlim_max = std::min(limit.rlim_max, value_max);
        limit.rlim_cur = limit.rlim_max;
        check(prepared, Step::Limit, ::setrlimit(kind, &limit) == 0);
    }
}

void change_user(const Prepared& prepared) {
    if (const auto& user = prepared.launch.user) {
        check(prepared, Step::User,
              ::setgroups(0, nullptr) == 0 && ::setresgid(user->gid, user->gid, user->gid) == 0 &&
                  ::setresuid(user->uid, user->uid, user->uid) == 0);
    }
}

// First out of the way of 0, 1 and 2, since any of them may be the source of another.
void arrange_files(const Prepared& prepared) {
    const Launch& launch = prepared.launch;
    std::array<int, 3> sources{launch.input, launch.output, launch.error};
    for (int& source : sources) {
        const int opened = source >= 0 ? source : ::open("/dev/null", O_RDWR | O_CLOEXEC);
        source = ::fcntl(opened, F_DUPFD_CLOEXEC, 3);
        check(prepared, Step::Files, source >= 0);
    }
    for (int number = 0; number < 3; ++number) {
        check(prepared, Step::Files,
              ::dup2(sources[static_cast<std::size_t>(number)], number) == number);
    }
    check(prepared, Step::Files,
          ::syscall(SYS_close_range, 3U, ~0U, 4U /* CLOSE_RANGE_CLOEXEC */) == 0);
    for (const int number : launch.passed) {
        check(prepared, Step::Files, ::fcntl(number, F_SETFD, 0) == 0);
    }
}

[[noreturn]] void become(const Prepared& prepared) {
    const Launch& launch = prepared.launch;
    reset_signals();
    enter_cgroups(prepared);
    check(prepared, Step::Session, !launch.new_session || ::setsid() >= 0);
    if (launch.prepare) {
        if (const int reason = launch.prepare(); reason != 0) {
            give_up(prepared, Step::Prepare, reason);
        }
    }
    set_limits(prepared);
    change_user(prepared);
    if (launch.dies_with_parent) {  // After the change of user, which clears it.
        check(prepared, Step::Session, ::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0);
        check(prepared, Step::Session, ::getppid() == prepared.parent);
    }
    check(prepared, Step::Folder, ::chdir(launch.folder.c_str()) == 0);
    arrange_files(prepared);
    if (launch.no_new_privileges) {
        check(prepared, Step::Seccomp, ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    }
    if (prepared.seccomp.len > 0) {
        check(prepared, Step::Seccomp,
              ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prepared.seccomp) == 0);
    }
    ::execve(prepared.arguments.front(), prepared.arguments.data(), prepared.environment.data());
    give_up(prepared, Step::Exec, errno);
}

sock_fprog program_of(const std::string& bytes) {
    sock_fprog program{};
    program.len = static_cast<unsigned short>(bytes.size() / sizeof(sock_filter));
    program.filter = reinterpret_cast<sock_filter*>(const_cast<char*>(bytes.data()));  // Only read.
    return program;
}

std::optional<Failure> read_failure(int report) {
    Failure failure{};
    ssize_t count = 0;
    do {
        count = ::read(report, &failure, sizeof failure);
    } while (count < 0 && errno == EINTR);
    return count == sizeof failure ? std::optional(failure) : std::nullopt;
}

std::unexpected<core::Error> cannot_start(const Launch& launch, const char* step, int reason) {
    return core::fail(
        kCannotStart,
        {{"program", launch.arguments.front()}, {"step", step}, {"reason", std::strerror(reason)}});
}

}  // namespace

core::Result<Child> Child::start(const Launch& launch) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        return cannot_start(launch, "pipe", errno);
    }
    const Descriptor reading(ends[0]);
    Descriptor writing(ends[1]);
    const Prepared prepared{launch,
                            pointers_of(launch.arguments),
                            pointers_of(launch.environment),
                            program_of(launch.seccomp_program),
                            ::getpid(),
                            writing.get()};
    const pid_t pid = ::fork();
    if (pid < 0) {
        return cannot_start(launch, "fork", errno);
    }
    if (pid == 0) {
        become(prepared);
    }
    Descriptor pidfd(open_pidfd(pid));  // Safe: nobody else can wait for our child.
    const int no_pidfd = pidfd ? 0 : errno;
    writing.close();
    const auto failure = read_failure(reading.get());
    if (failure || !pidfd) {
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
        return failure
                   ? cannot_start(launch, kStepNames.at(static_cast<std::size_t>(failure->step)),
                                  failure->reason)
                   : cannot_start(launch, "pidfd", no_pidfd);
    }
    return Child(pid, std::move(pidfd));
}

std::optional<ExitStatus> Child::wait(std::chrono::milliseconds timeout) {
    pollfd ready{pidfd_.get(), POLLIN, 0};
    int count = 0;
    do {  // A signal starts the time again: signals to us are rare.
        count = ::poll(&ready, 1, static_cast<int>(timeout.count()));
    } while (count < 0 && errno == EINTR);
    if (count == 0) {
        return std::nullopt;
    }
    siginfo_t info{};
    rusage usage{};
    const long done = ::syscall(SYS_waitid, P_PIDFD, pidfd_.get(), &info, WEXITED, &usage);
    ExitStatus status;
    if (done != 0) {
        status.signal = SIGKILL;  // Somebody else waited for it: how it ended is not known.
        return status;
    }
    (info.si_code == CLD_EXITED ? status.code : status.signal) = info.si_status;
    status.cpu = std::chrono::seconds(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                 std::chrono::microseconds(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
    status.memory_peak_bytes = usage.ru_maxrss * 1'024;
    return status;
}

void Child::signal(int number) const noexcept {
    signal_pidfd(pidfd_.get(), number);
}

core::Result<std::string> find_program(const std::string& name) {
    if (name.find('/') != name.npos) {
        return name;
    }
    const char* const path = std::getenv("PATH");
    std::string_view rest = path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin";
    while (!rest.empty()) {
        const std::string_view folder = rest.substr(0, rest.find(':'));
        rest.remove_prefix(std::min(folder.size() + 1, rest.size()));
        std::string candidate = std::string(folder) + "/" + name;
        if (folder.starts_with('/') && ::access(candidate.c_str(), X_OK) == 0) {
            return candidate;
        }
    }
    return core::fail(kProgramMissing, {{"program", name}});
}

}  // namespace kapok::platform::process
