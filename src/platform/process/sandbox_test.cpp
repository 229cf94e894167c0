// bubblewrap's command line: what every job gets, and that nothing of a job is read as an option.

#include "platform/process/sandbox.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace kapok::platform::process {
namespace {

Sandbox example() {
    Sandbox sandbox;
    sandbox.bubblewrap = "/usr/bin/bwrap";
    sandbox.command = {"--share-net", "--bind", "/", "/"};
    sandbox.binds = {{"/tmp/0", "/workspace", true}, {"/tmp/1", "/data", false}};
    sandbox.system = {{{"/bin", "usr/bin"}}, {"/usr"}};
    sandbox.folder = "/workspace";
    sandbox.temporary_bytes_max = 1'000;
    sandbox.seccomp = 11;
    sandbox.status = 12;
    sandbox.passwd = 13;
    return sandbox;
}

bool contains(const std::vector<std::string>& list, const std::vector<std::string>& part) {
    return !std::ranges::search(list, part).empty();
}

TEST(SandboxArguments, UnshareEverythingAndBindOnlyWhatIsGiven) {
    const auto list = sandbox_arguments(example());
    for (const char* const option :
         {"--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-uts", "--unshare-net",
          "--unshare-cgroup-try", "--die-with-parent", "--new-session"}) {
        EXPECT_TRUE(contains(list, {option})) << option;
    }
    EXPECT_TRUE(contains(list, {"--ro-bind", "/usr", "/usr"}));
    EXPECT_TRUE(contains(list, {"--symlink", "usr/bin", "/bin"}));
    EXPECT_TRUE(contains(list, {"--bind", "/tmp/0", "/workspace"}));
    EXPECT_TRUE(contains(list, {"--ro-bind", "/tmp/1", "/data"}));
    EXPECT_TRUE(contains(list, {"--size", "1000", "--tmpfs", "/tmp"}));
    EXPECT_TRUE(contains(list, {"--seccomp", "11", "--json-status-fd", "12"}));
    EXPECT_TRUE(contains(list, {"--ro-bind-data", "13", "/etc/passwd"}));
    EXPECT_FALSE(contains(list, {"/etc"}));
    EXPECT_FALSE(contains(list, {"/etc/resolv.conf"}));
}

TEST(SandboxArguments, KeepTheCommandApart) {
    const auto list = sandbox_arguments(example());
    const auto dashes = std::ranges::find(list, "--");
    ASSERT_NE(dashes, list.end());
    const std::vector<std::string> command(dashes, list.end());
    EXPECT_EQ(command, (std::vector<std::string>{"--", "/bin/sh", "-c", "exec \"$@\"", "job",
                                                 "--share-net", "--bind", "/", "/"}));
}

TEST(SandboxArguments, GrantTheNetworkWhole) {
    Sandbox sandbox = example();
    sandbox.network = Network::Host;
    const auto list = sandbox_arguments(sandbox);
    EXPECT_FALSE(contains(list, {"--unshare-net"}));
    EXPECT_TRUE(contains(list, {"--ro-bind-try", "/etc/resolv.conf", "/etc/resolv.conf"}));
}

TEST(SystemFolders, OfThisMachineHoldAShell) {
    const SystemFolders system = find_system_folders();
    EXPECT_EQ(system.folders.front(), "/usr");
    const bool linked =
        std::ranges::any_of(system.links, [](const auto& link) { return link.first == "/bin"; });
    EXPECT_TRUE(linked || std::ranges::find(system.folders, "/bin") != system.folders.end());
}

}  // namespace
}  // namespace kapok::platform::process
