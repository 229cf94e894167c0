#include "platform/process/supervisor.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/wait.h>

#include "platform/process/attempt.h"
#include "platform/process/errors.h"
#include "platform/process/files.h"
#include "platform/process/limits.h"
#include "platform/process/seccomp.h"
#include "platform/process/stage.h"

namespace kapok::platform::process {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using Time = std::chrono::steady_clock;

constexpr std::size_t kReasonBytesMax = 500;
constexpr int kSlowCheckFactor = 20;  // Looking at the folder takes at most 5 % of the time.

// Counts on while the machine sleeps: a limit of an hour is an hour.
class Timer {
public:
    Timer() : file_(::timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK)) {}

    void start(milliseconds delay) const {
        itimerspec spec{};
        const auto seconds = std::chrono::floor<std::chrono::seconds>(delay);
        spec.it_value.tv_sec = seconds.count();
        spec.it_value.tv_nsec = std::chrono::nanoseconds(delay - seconds).count() + 1;
        ::timerfd_settime(file_.get(), 0, &spec, nullptr);
    }
    [[nodiscard]] bool expired() const {
        std::uint64_t count = 0;
        return ::read(file_.get(), &count, sizeof count) == sizeof count;
    }
    [[nodiscard]] int get() const { return file_.get(); }

private:
    Descriptor file_;
};

core::Result<Descriptor> memory_file(const char* name, std::string_view content) {
    Descriptor file(::memfd_create(name, MFD_CLOEXEC));
    if (!file || ::write(file.get(), content.data(), content.size()) != std::ssize(content) ||
        ::lseek(file.get(), 0, SEEK_SET) != 0) {
        return system_error("memfd", name);
    }
    return file;
}

std::string read_all(int file) {
    std::string text(kRecordBytesMax, '\0');
    const ssize_t count = ::pread(file, text.data(), text.size(), 0);
    text.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    return text;
}

// Everything about one attempt from its lock to its result.
class Supervisor {
public:
    Supervisor(fs::path folder, const core::Clock& clock)
        : folder_(std::move(folder)), clock_(clock) {}

    core::Result<void> run() {
        if (auto claimed = claim(); !claimed) {
            return claimed;
        }
        result_.attempt = folder_.filename();
        result_.started_at = clock_.now();
        const auto begun = begin();
        if (!begun) {
            result_.ending = Ending::NotStarted;
            result_.problem = begun.error();
        }
        drain();
        return finish();
    }

private:
    // One supervisor an attempt, and one attempt a folder.
    core::Result<void> claim() {
        const fs::path path = folder_ / kLockFile;
        lock_ = Descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
        if (!lock_) {
            return system_error("open", path.string());
        }
        std::error_code error;
        if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0 ||
            fs::exists(folder_ / kStateFile, error) || fs::exists(folder_ / kResultFile, error)) {
            return core::fail(kAlreadySupervised, {{"attempt", folder_.filename().string()}});
        }
        return {};
    }

    core::Result<void> begin() {
        auto spec = read_spec(folder_);
        if (!spec) {
            return std::unexpected(spec.error());
        }
        spec_ = std::move(*spec);
        result_.attempt = spec_.attempt;
        if ((::geteuid() == 0) != spec_.user.has_value()) {
            return core::fail(kBadSpec,
                              {{"field", "user"}, {"expected", ::geteuid() == 0 ? "1…" : "null"}});
        }
        auto done = prepare_process();
        if (done) {
            done = make_group();
        }
        if (done) {
            done = open_work();
        }
        return done ? run_job() : done;
    }

    core::Result<void> prepare_process() {
        sigset_t set;
        ::sigemptyset(&set);
        for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGCHLD}) {
            ::sigaddset(&set, number);
        }
        ::sigprocmask(SIG_BLOCK, &set, nullptr);
        ::sigdelset(&set, SIGHUP);  // Blocked and never read: the agent's terminal is not ours.
        ::sigdelset(&set, SIGPIPE);
        signals_ = Descriptor(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
        // What the job orphans comes to us, so that we can wait for it.
        if (!signals_ || ::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) {
            return system_error("signalfd", "supervisor");
        }
        return {};
    }

    // The state is durable before the group exists, and the group before any process in it.
    core::Result<void> make_group() {
        const auto layout = detect_cgroups();
        AttemptState state{spec_.attempt,
                           name_of(::getpid()).value_or(ProcessName{}),
                           {},
                           spec_.user,
                           result_.started_at};
        if (layout) {
            state.cgroup = Cgroup::plan(*layout, spec_.attempt);
        }
        if (auto written = write_durably(folder_, kStateFile, to_json(state)); !written) {
            return written;
        }
        CgroupLimits limits{spec_.limits.memory_bytes_max, spec_.limits.cpu_milli,
                            spec_.limits.pids_max};
        if (limits.pids_max > 0 && spec_.confinement != Confinement::Plain) {
            limits.pids_max += kSandboxProcesses;
        }
        auto group = layout ? Cgroup::create(*layout, spec_.attempt, limits)
                            : core::Result<std::unique_ptr<Cgroup>>(core::fail(kNoCgroups));
        if (group) {
            group_ = std::move(*group);
            return {};
        }
        if (spec_.confinement == Confinement::Full) {
            return std::unexpected(group.error());
        }
        // Without the group, another proof is needed that nothing is left: the record must say so.
        state.cgroup.reset();
        return write_durably(folder_, kStateFile, to_json(state));
    }

    core::Result<void> open_work() {
        auto work = open_folder(folder_, kWorkFolder);
        if (!work) {
            return std::unexpected(work.error());
        }
        work_ = std::move(*work);
        return spec_.user ? give_tree(work_.get(), *spec_.user, *spec_.user) : core::Result<void>();
    }

    // Where the job's user finds a place: in the stage if we are root, else where it is.
    core::Result<std::string> show(int place, const std::string& path) {
        return spec_.user ? stage_.add(place) : core::Result<std::string>(path);
    }

    core::Result<std::vector<Bind>> show_all() {
        const auto work = show(work_.get(), (fs::absolute(folder_) / kWorkFolder).string());
        if (!work) {
            return std::unexpected(work.error());
        }
        std::vector<Bind> binds{{*work, std::string(kJobFolder), true}};
        if (spec_.confinement == Confinement::Plain) {
            return binds;
        }
        for (const Bind& mount : spec_.mounts) {
            const Descriptor place(::open(mount.source.c_str(), O_PATH | O_CLOEXEC));
            if (!place) {
                return system_error("open", mount.source);
            }
            const auto source = show(place.get(), mount.source);
            if (!source) {
                return std::unexpected(source.error());
            }
            binds.push_back({*source, mount.target, mount.writable});
        }
        return binds;
    }

    std::vector<std::string> environment(const std::string& home, const std::string& temporary) {
        std::map<std::string, std::string> variables{{"PATH", "/usr/local/bin:/usr/bin:/bin"},
                                                     {"HOME", home},
                                                     {"TMPDIR", temporary},
                                                     {"LANG", "C.UTF-8"}};
        for (const auto& [name, value] : spec_.environment) {
            variables.insert_or_assign(name, value);
        }
        variables.insert_or_assign("KAPOK_ATTEMPT", spec_.attempt);  // The mark that proves.
        std::vector<std::string> list;
        list.reserve(variables.size());
        for (const auto& [name, value] : variables) {
            list.push_back(fmt::format("{}={}", name, value));
        }
        return list;
    }

    std::vector<ResourceLimit> resource_limits() const {
        const auto& limits = spec_.limits;
        const auto value = [](std::int64_t number) { return static_cast<rlim_t>(number); };
        std::vector<ResourceLimit> list{
            {RLIMIT_CORE, 0},
            {RLIMIT_NOFILE,
             value(limits.open_files_max > 0 ? limits.open_files_max : kOpenFilesDefault)}};
        if (limits.file_bytes_max > 0) {
            list.push_back({RLIMIT_FSIZE, value(limits.file_bytes_max)});
        }
        if (!group_ && limits.memory_bytes_max > 0) {  // Each process alone: better than nothing.
            list.push_back({RLIMIT_AS, value(limits.memory_bytes_max)});
        }
        if (!group_ && limits.pids_max > 0 && spec_.user) {
            list.push_back({RLIMIT_NPROC, value(limits.pids_max + kSandboxProcesses)});
        }
        return list;
    }

    // The files that the job's launch holds open.
    struct Files {
        Descriptor seccomp;
        Descriptor status;
        Descriptor passwd;
        std::vector<Descriptor> entrances;
    };

    core::Result<void> open_files(Files& files) {
        const LogBound bound{spec_.limits.log_bytes_max, spec_.log_overflow};
        for (const std::string_view name : {kOutputFile, kErrorFile}) {
            auto log = JobLog::open(folder_ / name, bound, spec_.user);
            if (!log) {
                return std::unexpected(log.error());
            }
            logs_.push_back(std::move(*log));
        }
        const std::uint32_t user = spec_.user.value_or(::geteuid());
        auto passwd =
            memory_file("passwd", fmt::format("job:x:{0}:{0}:job:{1}:/bin/sh\n", user, kJobFolder));
        auto status = memory_file("status", "");
        auto filter = seccomp_file();
        if (!passwd || !status || !filter) {
            return system_error("open", folder_.string());
        }
        files.passwd = std::move(*passwd);
        files.status = std::move(*status);
        files.seccomp = std::move(*filter);
        if (group_) {
            auto entrances = group_->entrances();
            if (!entrances) {
                return std::unexpected(entrances.error());
            }
            files.entrances = std::move(*entrances);
        }
        return {};
    }

    core::Result<void> fill_sandboxed(Launch& launch, const Files& files, std::vector<Bind> binds) {
        const auto bubblewrap = find_program("bwrap");
        if (!bubblewrap) {
            return core::fail(kNoBubblewrap);
        }
        Sandbox sandbox;
        sandbox.bubblewrap = *bubblewrap;
        sandbox.command = spec_.command;
        sandbox.binds = std::move(binds);
        sandbox.devices = spec_.devices;
        sandbox.system = find_system_folders();
        sandbox.folder = spec_.folder;
        sandbox.network = spec_.network;
        sandbox.temporary_bytes_max = spec_.limits.temporary_bytes_max > 0
                                          ? spec_.limits.temporary_bytes_max
                                          : kTemporaryBytesDefault;
        sandbox.seccomp = files.seccomp.get();
        sandbox.status = files.status.get();
        sandbox.passwd = files.passwd.get();
        launch.arguments = sandbox_arguments(sandbox);
        launch.environment = environment(std::string(kJobFolder), "/tmp");
        launch.passed = {sandbox.seccomp, sandbox.status, sandbox.passwd};
        return {};
    }

    core::Result<void> fill_plain(Launch& launch, const std::string& work) {
        auto program = seccomp_program();
        if (!program) {
            return std::unexpected(program.error());
        }
        launch.arguments = {"/bin/sh", "-c", "exec \"$@\"", "job"};
        launch.arguments.insert(launch.arguments.end(), spec_.command.begin(), spec_.command.end());
        launch.environment = environment(work, work);
        launch.folder = spec_.folder == kJobFolder ? work : spec_.folder;
        launch.seccomp_program = std::move(*program);
        return {};
    }

    core::Result<void> run_job() {
        Files files;
        if (auto opened = open_files(files); !opened) {
            return opened;
        }
        auto binds = show_all();
        if (!binds) {
            return std::unexpected(binds.error());
        }
        Launch launch;
        const bool plain = spec_.confinement == Confinement::Plain;
        const auto filled = plain ? fill_plain(launch, binds->front().source)
                                  : fill_sandboxed(launch, files, *binds);
        if (!filled) {
            return filled;
        }
        launch.output = logs_.front().writing();
        launch.error = logs_.back().writing();
        launch.limits = resource_limits();
        launch.new_session = true;
        launch.dies_with_parent = true;
        launch.no_new_privileges = true;
        for (const Descriptor& entrance : files.entrances) {
            launch.cgroups.push_back(entrance.get());
        }
        if (spec_.user) {
            launch.user = User{*spec_.user, *spec_.user};
            launch.prepare = [this] { return stage_.enter(); };
        }
        started_ = Time::now();
        auto child = Child::start(launch);
        if (!child) {
            return std::unexpected(child.error());
        }
        for (JobLog& log : logs_) {
            log.close_writing();
        }
        const ExitStatus status = follow(*child);
        drain();  // First: what still runs could write without end.
        take_logs();
        return judge(status, plain ? std::nullopt : std::optional(read_all(files.status.get())));
    }

    // Until the job's first process has ended.
    ExitStatus follow(Child& child) {
        if (spec_.limits.wall_ms_max > 0) {
            wall_.start(milliseconds(spec_.limits.wall_ms_max));
        }
        check_.start(kCheckInterval);
        while (true) {
            std::array<pollfd, 7> ready{{{child.pidfd(), POLLIN, 0},
                                         {logs_.front().reading(), POLLIN, 0},
                                         {logs_.back().reading(), POLLIN, 0},
                                         {signals_.get(), POLLIN, 0},
                                         {wall_.get(), POLLIN, 0},
                                         {check_.get(), POLLIN, 0},
                                         {grace_.get(), POLLIN, 0}}};
            ::poll(ready.data(), ready.size(), -1);
            for (JobLog& log : logs_) {
                log.pump();  // A part only: a job that writes without end must not hold the rest.
            }
            if (const auto status = child.wait(milliseconds(0))) {
                result_.usage.wall_us =
                    std::chrono::floor<std::chrono::microseconds>(Time::now() - started_).count();
                return *status;
            }
            handle_events(child);
        }
    }

    // What is left in the pipes once nobody writes to them.
    void take_logs() {
        for (JobLog& log : logs_) {
            while (log.pump()) {
            }
            result_.log_truncated = result_.log_truncated || log.truncated();
        }
    }

    void handle_events(const Child& child) {
        signalfd_siginfo signal{};
        while (::read(signals_.get(), &signal, sizeof signal) == sizeof signal) {
            if (signal.ssi_signo != SIGCHLD) {
                result_.cancelled = true;
                ask(child);
            }
        }
        if (wall_.expired()) {
            result_.wall_exceeded = true;
            ask(child);
        }
        if (check_.expired()) {
            check_use(child);
        }
        if (grace_.expired()) {
            kill_all(child);
        }
    }

    // SIGTERM to the job's processes. Not to bubblewrap's outer one, which would take the sandbox
    // with it; its inner one, the first process inside, ignores it.
    void ask(const Child& child) {
        if (std::exchange(stopping_, true)) {
            return;
        }
        const auto members = group_ ? group_->members() : descendants_of(child.pid());
        for (const pid_t pid : members) {
            if (pid != child.pid() || spec_.confinement == Confinement::Plain) {
                ::kill(pid, SIGTERM);
            }
        }
        grace_.start(milliseconds(spec_.limits.grace_ms));
    }

    void kill_all(const Child& child) {
        stopping_ = true;
        if (group_) {
            group_->kill();
        }
        child.signal(SIGKILL);
    }

    void check_use(const Child& child) {
        if (group_ && group_->usage().oom_kills > 0) {
            result_.oom_killed = true;  // Version 1 takes one process: a half job is no job.
            kill_all(child);
        }
        const auto begin = Time::now();
        if (exceeds_folder()) {
            result_.folder_exceeded = true;
            kill_all(child);
        }
        const auto took = std::chrono::ceil<milliseconds>(Time::now() - begin);
        check_.start(std::max<milliseconds>(kCheckInterval, took * kSlowCheckFactor));
    }

    bool exceeds_folder() {
        const auto& limits = spec_.limits;
        const auto size = measure_tree(work_.get());
        if (!size) {
            return false;
        }
        result_.usage.folder_bytes = size->bytes;
        return (limits.folder_bytes_max > 0 && size->bytes > limits.folder_bytes_max) ||
               (limits.folder_entries_max > 0 && size->entries > limits.folder_entries_max) ||
               (size->too_deep && (limits.folder_bytes_max > 0 || limits.folder_entries_max > 0));
    }

    // `report` is what bubblewrap wrote: with an exit code only if the command was reached.
    core::Result<void> judge(const ExitStatus& status, const std::optional<std::string>& report) {
        constexpr int kSignalBase = 128;
        result_.exit_code = status.signal != 0 ? kSignalBase + status.signal : status.code;
        result_.ending = stopping_ ? Ending::Stopped : Ending::Exited;
        result_.file_exceeded = result_.exit_code == kSignalBase + SIGXFSZ;
        result_.usage.cpu_us = status.cpu.count();
        if (status.memory_peak_bytes > 0) {
            result_.usage.memory_peak_bytes = status.memory_peak_bytes;
        }
        // What was written since the last look counts too.
        result_.folder_exceeded = exceeds_folder() || result_.folder_exceeded;
        const bool reached = !report || report->find("\"exit-code\"") != report->npos;
        if (!reached && !stopping_ && status.signal == 0) {
            return core::fail(kSandboxFailed, {{"reason", last_words()}});
        }
        return {};
    }

    std::string last_words() const {
        auto text = read_text(folder_ / kErrorFile, kRecordBytesMax).value_or("");
        text.erase(text.find_last_not_of('\n') + 1);
        return text.size() > kReasonBytesMax ? text.substr(text.size() - kReasonBytesMax) : text;
    }

    // No time limit: as long as a process of the job is left, the attempt is not over.
    void drain() {
        for (int wait_ms = 1;; wait_ms = std::min(wait_ms * 2, 1'000)) {
            while (::waitpid(-1, nullptr, WNOHANG) > 0) {
            }
            auto left = descendants_of(::getpid());
            std::erase(left, ::getpid());
            const bool grouped = group_ && !group_->members().empty();
            if (left.empty() && !grouped) {
                return;
            }
            if (grouped) {
                group_->kill();
            }
            for (const pid_t pid : left) {
                ::kill(pid, SIGKILL);
            }
            ::poll(nullptr, 0, wait_ms);
        }
    }

    core::Result<void> finish() {
        if (group_) {
            const CgroupUsage used = group_->usage();
            result_.oom_killed = result_.oom_killed || used.oom_kills > 0;
            AttemptUsage& usage = result_.usage;
            usage.cpu_us = used.cpu_us ? used.cpu_us : usage.cpu_us;
            usage.memory_peak_bytes =
                used.memory_peak_bytes ? used.memory_peak_bytes : usage.memory_peak_bytes;
            usage.read_bytes = used.read_bytes;
            usage.written_bytes = used.written_bytes;
        }
        result_.finished_at = clock_.now();
        auto written = write_durably(folder_, kResultFile, to_json(result_));
        if (written && group_) {
            static_cast<void>(group_->remove());  // Whoever cleans the folder tries again.
        }
        return written;
    }

    fs::path folder_;
    const core::Clock& clock_;
    AttemptSpec spec_;
    AttemptResult result_;
    Descriptor lock_;
    Descriptor signals_;
    Descriptor work_;
    Stage stage_;
    std::vector<JobLog> logs_;  // stdout, stderr.
    std::unique_ptr<Cgroup> group_;
    Timer wall_;
    Timer check_;
    Timer grace_;
    Time::time_point started_;
    bool stopping_ = false;
};

}  // namespace

core::Result<void> supervise(const fs::path& folder, const core::Clock& clock) {
    return Supervisor(folder, clock).run();
}

}  // namespace kapok::platform::process
