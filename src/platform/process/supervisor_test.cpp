// Jobs in their real sandbox: what ends them, what they may use, what they cannot reach.

#include "platform/process/supervisor.h"

#include <csignal>

#include <arpa/inet.h>
#include <sys/socket.h>

#include "platform/process/errors.h"
#include "platform/process/test_attempts.h"

namespace kapok::platform::process {
namespace {

using Supervised = Attempts;

TEST_F(Supervised, TellsHowAJobEnded) {
    AttemptSpec spec = shell("ends", "echo out; echo err >&2; exit 7");
    const AttemptResult result = run(spec);
    EXPECT_EQ(result.attempt, spec.attempt);
    EXPECT_EQ(result.ending, Ending::Exited);
    EXPECT_EQ(result.exit_code, 7);
    EXPECT_EQ(result.signal(), std::nullopt);
    EXPECT_EQ(output(spec, kOutputFile), "out\n");
    EXPECT_EQ(output(spec, kErrorFile), "err\n");
    EXPECT_GT(result.usage.wall_us, 0);
    EXPECT_GT(result.usage.cpu_us.value_or(0), 0);
    EXPECT_GT(result.usage.memory_peak_bytes.value_or(0), 0);
    EXPECT_TRUE(is_gone(*read_state(root / spec.attempt).value()->cgroup));
}

TEST_F(Supervised, TellsWhichSignalEndedAJob) {
    const AttemptResult result = run(shell("signal", "kill -SEGV $$"));
    EXPECT_EQ(result.ending, Ending::Exited);
    EXPECT_EQ(result.signal(), SIGSEGV);
}

TEST_F(Supervised, TellsAMissingProgramFromAFailedSandbox) {
    AttemptSpec missing = shell("missing", "");
    missing.command = {"/workspace/no-such-program"};
    EXPECT_EQ(run(missing).exit_code, 127);
    AttemptSpec forbidden = shell("forbidden", "");
    forbidden.command = {"/etc/passwd"};
    EXPECT_EQ(run(forbidden).exit_code, 126);

    AttemptSpec nowhere = shell("nowhere", "true");
    nowhere.folder = "/nowhere";
    const AttemptResult result = run(nowhere);
    EXPECT_EQ(result.ending, Ending::NotStarted);
    ASSERT_TRUE(result.problem.has_value());
    EXPECT_EQ(result.problem->code(), kSandboxFailed);
    EXPECT_NE(core::render(*result.problem, core::Language::En).find("/nowhere"),
              std::string::npos);

    AttemptSpec unmounted = shell("unmounted", "true");
    unmounted.mounts = {{(root / "gone").string(), "/data", false}};
    EXPECT_EQ(run(unmounted).problem->code(), kSystem);
}

TEST_F(Supervised, EndsAJobAtItsWallClockLimit) {
    AttemptSpec spec = shell("wall", "trap 'echo bye; exit 3' TERM; sleep 100 & wait");
    spec.limits.wall_ms_max = 2'000;  // Long enough for the trap to be set on a busy machine.
    spec.limits.grace_ms = 20'000;
    const AttemptResult polite = run(spec);
    EXPECT_EQ(polite.ending, Ending::Stopped);
    EXPECT_TRUE(polite.wall_exceeded);
    EXPECT_EQ(polite.exit_code, 3);
    EXPECT_EQ(output(spec, kOutputFile), "bye\n");
    EXPECT_GE(polite.usage.wall_us, 2'000'000);

    AttemptSpec deaf = shell("deaf", "trap '' TERM; while :; do sleep 0.05; done");
    deaf.limits.wall_ms_max = 2'000;
    const AttemptResult killed = run(deaf);
    EXPECT_EQ(killed.ending, Ending::Stopped);
    EXPECT_TRUE(killed.wall_exceeded);
    EXPECT_EQ(killed.signal(), SIGKILL);
}

TEST_F(Supervised, EndsAJobThatNeedsTooMuchMemory) {
    AttemptSpec spec = shell("memory", "tail /dev/zero; sleep 100");
    const AttemptResult result = run(spec);
    EXPECT_TRUE(result.oom_killed);
    EXPECT_FALSE(result.wall_exceeded);
    EXPECT_LE(result.usage.memory_peak_bytes.value_or(INT64_MAX), 67'108'864);
}

TEST_F(Supervised, CountsPrivateTemporaryFilesAsMemory) {
    AttemptSpec spec = shell("tmpfs", "head -c 200000000 /dev/zero > /tmp/large; echo done");
    spec.limits.file_bytes_max = 0;
    const AttemptResult result = run(spec);
    EXPECT_TRUE(result.oom_killed);
}

TEST_F(Supervised, BoundsAForkBomb) {
    AttemptSpec spec = shell("bomb", "(f() { f | f & }; f) & exec sleep 100");
    spec.limits.wall_ms_max = 1'000;
    const AttemptResult result = run(spec);
    EXPECT_EQ(result.ending, Ending::Stopped);
    EXPECT_TRUE(prove_empty(*read_state(root / spec.attempt).value()));

    AttemptSpec counted = shell("count", "for i in $(seq 100); do sleep 100 & echo $i; done");
    counted.limits.pids_max = 10;
    run(counted);
    const std::string lines = output(counted, kOutputFile);
    EXPECT_LE(std::ranges::count(lines, '\n'), 10);
    EXPECT_GE(std::ranges::count(lines, '\n'), 7);
}

TEST_F(Supervised, LeavesNothingBehind) {
    AttemptSpec spec = shell("behind", "setsid sleep 1000 & sleep 1000 & exit 0");
    const AttemptResult result = run(spec);
    EXPECT_EQ(result.ending, Ending::Exited);
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_TRUE(processes_of(kTestUser).empty());
}

TEST_F(Supervised, KeepsAJobToItsShareOfTheProcessor) {
    AttemptSpec spec = shell("cpu", "while :; do :; done");
    spec.limits.cpu_milli = 200;
    spec.limits.wall_ms_max = 2'000;
    const AttemptResult result = run(spec);
    EXPECT_LT(result.usage.cpu_us.value_or(INT64_MAX), 1'000'000);
    EXPECT_GT(result.usage.cpu_us.value_or(0), 50'000);
}

TEST_F(Supervised, BoundsWhatAJobWrites) {
    AttemptSpec file = shell("file", "exec head -c 50000000 /dev/zero > /workspace/large");
    const AttemptResult one = run(file);
    EXPECT_TRUE(one.file_exceeded);
    EXPECT_EQ(one.signal(), SIGXFSZ);
    EXPECT_EQ(std::filesystem::file_size(root / file.attempt / "work/large"), 10'000'000U);

    AttemptSpec many = shell("many",
                             "for i in 1 2 3 4 5 6; do head -c 9000000 /dev/zero > $i; done; "
                             "sleep 100");
    const AttemptResult full = run(many);
    EXPECT_EQ(full.ending, Ending::Stopped);
    EXPECT_TRUE(full.folder_exceeded);
    EXPECT_GT(full.usage.folder_bytes, 30'000'000);

    AttemptSpec entries = shell("entries", "for i in $(seq 200); do : > $i; done; sleep 100");
    entries.limits.folder_entries_max = 100;
    EXPECT_TRUE(run(entries).folder_exceeded);

    AttemptSpec deep = shell("deep", "for i in $(seq 300); do mkdir d; cd d; done; sleep 100");
    EXPECT_TRUE(run(deep).folder_exceeded);
}

TEST_F(Supervised, BoundsWhatAJobLogsWithoutEndingIt) {
    AttemptSpec log = shell("log", "head -c 5000000 /dev/zero; echo x > /dev/stderr; exit 4");
    log.limits.log_bytes_max = 1'000'000;
    const AttemptResult cut = run(log);
    EXPECT_EQ(cut.exit_code, 4);
    EXPECT_TRUE(cut.log_truncated);
    EXPECT_EQ(output(log, kOutputFile).size(), 1'000'000U);
    EXPECT_EQ(output(log, kErrorFile), "x\n");

    AttemptSpec service = shell("service", "for i in $(seq 300); do echo $i; done");
    service.limits.log_bytes_max = 1'000;
    service.log_overflow = LogOverflow::Rotate;
    EXPECT_FALSE(run(service).log_truncated);
    EXPECT_TRUE(output(service, kOutputFile).ends_with("300\n"));
    EXPECT_LE(output(service, kOutputFile).size(), 1'000U);
}

TEST_F(Supervised, RunsAsTheGivenUserWithNothingOfTheAgent) {
    ::setenv("KAPOK_TEST_SECRET", "leaked", 1);
    AttemptSpec spec = shell("user",
                             "id -u; id -g; id -G; env | sort; grep -E 'CapEff|CapBnd|NoNewPrivs' "
                             "/proc/self/status; ls /proc/self/fd | wc -l");
    spec.environment = {{"GREETING", "木棉 \"quoted\"\n"}, {"HOME", "/tmp"}};
    run(spec);
    ::unsetenv("KAPOK_TEST_SECRET");
    const std::string text = output(spec, kOutputFile);
    const std::string user = std::to_string(kTestUser);
    EXPECT_TRUE(text.starts_with(user + "\n" + user + "\n" + user + "\n")) << text;
    EXPECT_EQ(text.find("KAPOK_TEST_SECRET"), std::string::npos);
    EXPECT_NE(text.find("GREETING=木棉 \"quoted\"\n"), std::string::npos);
    EXPECT_NE(text.find("HOME=/tmp\n"), std::string::npos);
    EXPECT_NE(text.find("CapEff:\t0000000000000000"), std::string::npos);
    EXPECT_NE(text.find("CapBnd:\t0000000000000000"), std::string::npos);
    EXPECT_NE(text.find("NoNewPrivs:\t1"), std::string::npos);
    EXPECT_TRUE(text.ends_with("\n4\n")) << text;  // 0, 1, 2 and ls's own.
}

TEST_F(Supervised, SeesOnlyWhatItWasGiven) {
    AttemptSpec other = shell("other", "echo secret > /workspace/private");
    run(other);
    const std::filesystem::path data = root / "data";
    std::filesystem::create_directory(data);
    ASSERT_TRUE(write_durably(data, "readme", "shared\n").has_value());
    std::filesystem::permissions(data / "readme", std::filesystem::perms(0444));
    AttemptSpec spec = shell(
        "sees", "cat /data/readme; for p in /root /home /var /run /srv /boot '" + root.string() +
                    "' /etc/shadow /etc/ssh /etc/hostname; do [ -e \"$p\" ] && echo \"sees $p\"; "
                    "done; touch /data/x /usr/x /x /etc/x 2>/dev/null && echo wrote; "
                    "ls /proc | grep -c '^[0-9]'; hostname; echo end");
    spec.mounts = {{data.string(), "/data", false}};
    const AttemptResult result = run(spec);
    EXPECT_EQ(result.exit_code, 0) << output(spec, kErrorFile);
    const std::string text = output(spec, kOutputFile);
    EXPECT_TRUE(text.starts_with("shared\n")) << text;
    EXPECT_EQ(text.find("sees "), std::string::npos) << text;
    EXPECT_EQ(text.find("wrote"), std::string::npos) << text;
    EXPECT_TRUE(text.ends_with("job\nend\n")) << text;
}

TEST_F(Supervised, IsRefusedTheCallsThatBreakSandboxes) {
    AttemptSpec spec = shell("calls", "");
    // The tests' program itself, in the role that tries them one by one.
    const std::filesystem::path program = own_program();
    spec.command = {"/opt/program", "intrude", "calls"};
    spec.mounts = {{program.string(), "/opt/program", false}};
    spec.environment = {{"ASAN_OPTIONS", "detect_leaks=0"}};  // It would trace itself.
    spec.limits.memory_bytes_max = 0;
    const AttemptResult result = run(spec);
    EXPECT_EQ(result.exit_code, 0) << output(spec, kOutputFile) << output(spec, kErrorFile);
    EXPECT_TRUE(output(spec, kOutputFile).ends_with("all refused\n")) << output(spec, kOutputFile);
}

// A listener of the node that jobs without a network must not reach.
class NodeListener {
public:
    NodeListener() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        EXPECT_EQ(::listen(socket_.get(), 8), 0);
        socklen_t size = sizeof address;
        ::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
    }
    [[nodiscard]] std::string port() const { return std::to_string(port_); }

private:
    Descriptor socket_;
    std::uint16_t port_ = 0;
};

TEST_F(Supervised, HasNoNetworkUnlessGranted) {
    const NodeListener listener;
    AttemptSpec spec = shell("offline", "");
    spec.command = {"/opt/program", "connect", listener.port()};
    spec.mounts = {{own_program(), "/opt/program", false}};
    spec.environment = {{"ASAN_OPTIONS", "detect_leaks=0"}};
    spec.limits.memory_bytes_max = 0;
    EXPECT_EQ(run(spec).exit_code, 1) << output(spec, kErrorFile);
    spec.attempt += "-online";
    spec.network = Network::Host;
    EXPECT_EQ(run(spec).exit_code, 0) << output(spec, kErrorFile);
}

TEST_F(Supervised, RefusesARootUserAndADamagedSpec) {
    AttemptSpec spec = shell("root", "id -u");
    spec.user = 0;
    EXPECT_FALSE(write_spec(root, spec).has_value());
    spec.user = {};
    const AttemptResult result = run(spec);
    EXPECT_EQ(result.ending, Ending::NotStarted);
    EXPECT_EQ(result.problem->code(), kBadSpec);

    const std::filesystem::path damaged = root / "damaged";
    ASSERT_TRUE(make_attempt_folder(damaged).has_value());
    ASSERT_TRUE(write_durably(damaged, kSpecFile, "{\"attempt\": ").has_value());
    EXPECT_TRUE(start(damaged).wait(kPatience).has_value());
    EXPECT_EQ(read_result(damaged).value()->ending, Ending::NotStarted);
}

TEST_F(Supervised, RunsWithoutASandboxAtThePublishedLevel) {
    AttemptSpec spec = shell("plain",
                             "id -u; grep -E 'NoNewPrivs|Seccomp:' /proc/self/status; pwd; echo x "
                             "> file && cat file; setsid sleep 1000 & exit 5");
    spec.confinement = Confinement::Plain;
    const AttemptResult result = run(spec);
    EXPECT_EQ(result.exit_code, 5) << output(spec, kErrorFile);
    const std::string text = output(spec, kOutputFile);
    EXPECT_TRUE(text.starts_with(std::to_string(kTestUser) + "\nNoNewPrivs:\t1\nSeccomp:\t2\n"))
        << text;
    EXPECT_TRUE(text.ends_with("x\n"));
    EXPECT_TRUE(std::filesystem::exists(root / spec.attempt / "work/file"));
    EXPECT_TRUE(processes_of(kTestUser).empty());
    spec.attempt += "-wall";
    spec.command = {"/bin/sh", "-c", "sleep 1000"};
    spec.limits.wall_ms_max = 200;
    EXPECT_TRUE(run(spec).wall_exceeded);
}

TEST_F(Supervised, GivesArtifactsThatCannotLeadElsewhere) {
    AttemptSpec spec = shell("artifacts",
                             "echo good > result.txt; mkdir sub; echo deep > sub/x; ln -s "
                             "/etc/shadow shadow; ln -s ../../../.. up; ln -s result.txt link; "
                             "mkfifo pipe; ln -s sub folder");
    run(spec);
    const std::filesystem::path work = root / spec.attempt / kWorkFolder;
    EXPECT_TRUE(open_artifact(work, "result.txt").has_value());
    EXPECT_TRUE(open_artifact(work, "sub/x").has_value());
    for (const std::string_view name :
         {"shadow", "up/etc/shadow", "link", "folder/x", "../spec.json", "/etc/shadow",
          "sub/../../spec.json", "result.txt/x"}) {
        EXPECT_EQ(open_artifact(work, name).error().code(), kOutsideFolder) << name;
    }
    EXPECT_EQ(open_artifact(work, "pipe").error().code(), kNotAFile);
    EXPECT_EQ(open_artifact(work, "sub").error().code(), kNotAFile);
    EXPECT_EQ(open_artifact(work, "none").error().code(), kNoSuchFile);
}

}  // namespace
}  // namespace kapok::platform::process
