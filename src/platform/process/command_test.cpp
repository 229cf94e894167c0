// Helper programs and the start of a child: what gets through, what is cut, what is told.

#include "platform/process/command.h"

#include <csignal>

#include <gtest/gtest.h>

#include "platform/process/errors.h"

namespace kapok::platform::process {
namespace {

CommandOutput run(std::string script, Command command = {}) {
    command.arguments = {"sh", "-c", std::move(script)};
    return run_command(command).value();
}

TEST(Command, GivesOutputErrorAndStatus) {
    const CommandOutput ran = run("echo out; echo err >&2; exit 3");
    EXPECT_EQ(ran.output, "out\n");
    EXPECT_EQ(ran.error, "err\n");
    EXPECT_EQ(ran.status.code, 3);
    EXPECT_FALSE(ran.succeeded());
    EXPECT_TRUE(run("true").succeeded());
    EXPECT_EQ(run("kill -9 $$").status.signal, SIGKILL);
}

TEST(Command, GetsItsInputAndOnlyItsEnvironment) {
    ::setenv("KAPOK_TEST_SECRET", "leaked", 1);
    const CommandOutput ran = run("cat; env | sort", {.environment = {"A=1"}, .input = "given\n"});
    ::unsetenv("KAPOK_TEST_SECRET");
    EXPECT_TRUE(ran.output.starts_with("given\nA=1\nLANG=C.UTF-8\n")) << ran.output;
    EXPECT_EQ(ran.output.find("leaked"), std::string::npos);
}

TEST(Command, IsKilledWithItsChildrenWhenItsTimeIsOver) {
    const CommandOutput ran =
        run("sleep 1000 & echo started; sleep 1000", {.timeout = std::chrono::milliseconds(300)});
    EXPECT_TRUE(ran.timed_out);
    EXPECT_EQ(ran.output, "started\n");
    EXPECT_FALSE(ran.succeeded());
}

TEST(Command, DoesNotWaitForWhatItLeftBehind) {
    const CommandOutput ran = run("sleep 2 & echo done", {.timeout = std::chrono::seconds(60)});
    EXPECT_TRUE(ran.succeeded());
    EXPECT_EQ(ran.output, "done\n");
    EXPECT_LT(ran.status.cpu, std::chrono::seconds(2));
}

TEST(Command, CutsWhatIsTooLong) {
    const CommandOutput ran = run("head -c 3000000 /dev/zero", {.output_bytes_max = 1'000});
    EXPECT_TRUE(ran.truncated);
    EXPECT_EQ(ran.output.size(), 1'000U);
    EXPECT_TRUE(ran.succeeded());
}

TEST(Command, SaysWhenItCannotStart) {
    EXPECT_EQ(run_command({.arguments = {"no-such-program"}}).error().code(), kProgramMissing);
    EXPECT_EQ(run_command({.arguments = {"/etc/passwd"}}).error().code(), kCannotStart);
    EXPECT_EQ(run_command({.arguments = {"true"}, .folder = "/no/such"}).error().code(),
              kCannotStart);
}

TEST(Child, LeavesNoOpenFileAndNoSignalOfItsParent) {
    Descriptor leaked(::dup(0));  // Not closed on exec, as other libraries' files may be.
    ::signal(SIGPIPE, SIG_IGN);
    const CommandOutput ran = run("ls /proc/self/fd | wc -l; grep SigIgn /proc/self/status");
    ::signal(SIGPIPE, SIG_DFL);
    EXPECT_EQ(ran.output, "4\nSigIgn:\t0000000000000000\n");
}

TEST(Child, CannotRaiseItsLimits) {
    Launch launch;
    launch.arguments = {"/bin/sh", "-c", "[ $(ulimit -n) = 64 ] && ! ulimit -n 128"};
    launch.limits = {{RLIMIT_NOFILE, 64}};
    launch.no_new_privileges = true;
    if (::geteuid() == 0) {
        launch.user = User{12'345, 12'345};
    }
    auto child = Child::start(launch);
    ASSERT_TRUE(child.has_value());
    EXPECT_EQ(child->wait(std::chrono::seconds(60))->code, 0);
}

}  // namespace
}  // namespace kapok::platform::process
