// Where groups are found on each kind of machine, what the version 2 driver writes (on a tree of
// plain files: this needs no such machine), and real groups where the machine has them.

#include "platform/process/cgroup.h"

#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/process/errors.h"
#include "platform/process/files.h"
#include "platform/process/spawn.h"

namespace kapok::platform::process {
namespace {

namespace fs = std::filesystem;

class Tree : public testing::Test {
protected:
    fs::path root;

    void SetUp() override {
        std::string name = (fs::temp_directory_path() / "kapok_cgroup_XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        root = name;
    }
    void TearDown() override { fs::remove_all(root); }

    void write(const fs::path& file, std::string_view text) const {
        fs::create_directories((root / file).parent_path());
        std::ofstream(root / file) << text;
    }
    [[nodiscard]] std::string read(const fs::path& file) const {
        return read_text(root / file, 10'000).value_or("nothing");
    }
    [[nodiscard]] std::string v2_mount(std::string_view shown = "/") const {
        return "30 23 0:26 " + std::string(shown) + " " + root.string() +
               " rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";
    }
};

TEST_F(Tree, OfVersion2IsFoundBelowOurOwnGroup) {
    write("cgroup.controllers", "cpuset cpu io memory hugetlb pids\n");
    fs::create_directories(root / "system.slice/kapok.service");
    const auto layout = detect_cgroups(v2_mount(), "0::/system.slice/kapok.service\n");
    ASSERT_TRUE(layout.has_value());
    EXPECT_EQ(layout->version, CgroupVersion::V2);
    EXPECT_EQ(layout->parents.at(""), root / "system.slice/kapok.service");
    // In a container the mount shows a part of the tree, and our path may be outside of it.
    fs::create_directories(root / "app");
    EXPECT_EQ(detect_cgroups(v2_mount("/docker/abc"), "0::/docker/abc/app\n")->parents.at(""),
              root / "app");
    EXPECT_EQ(detect_cgroups(v2_mount(), "0::/../../elsewhere\n")->parents.at(""), root);
    EXPECT_EQ(detect_cgroups(v2_mount(), "0::/gone\n")->parents.at(""), root);
}

TEST_F(Tree, OfVersion1IsFoundByController) {
    fs::create_directories(root / "memory/agents/a");
    const std::string mounts =
        "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n"
        "32 31 0:29 / " +
        (root / "cpu,cpuacct").string() +
        " rw - cgroup cgroup rw,cpu,cpuacct\n"
        "35 31 0:32 / " +
        (root / "memory").string() +
        " rw shared:1 - cgroup cgroup rw,memory\n"
        "39 31 0:36 / " +
        (root / "with\\040space").string() +
        " rw - cgroup cgroup rw,pids\n"
        "40 31 0:37 / " +
        (root / "systemd").string() +
        " rw - cgroup cgroup rw,name=systemd\n"
        "41 31 0:38 / " +
        (root / "unified").string() +
        " rw - cgroup2 cgroup2 rw\n"
        "damaged line\n";
    const auto layout = detect_cgroups(mounts, "4:memory:/agents/a\n1:cpu,cpuacct:/\n0::/\nbad\n");
    ASSERT_TRUE(layout.has_value());
    EXPECT_EQ(layout->version, CgroupVersion::V1);
    EXPECT_EQ(layout->parents.at("memory"), root / "memory/agents/a");
    EXPECT_EQ(layout->parents.at("pids"), root / "with space");
    EXPECT_EQ(layout->parents.size(), 4U);
    // cpu and cpuacct are one tree here, so one folder.
    EXPECT_EQ(Cgroup::plan(*layout, "att").folders.size(), 3U);
}

TEST(Layout, OfNothingIsNothing) {
    EXPECT_FALSE(detect_cgroups("", "").has_value());
    EXPECT_FALSE(detect_cgroups("31 23 0:28 / / rw - ext4 /dev/vda rw\n", "0::/\n").has_value());
}

TEST_F(Tree, OfVersion2GetsItsLimits) {
    write("cgroup.controllers", "cpu io memory pids\n");
    const auto layout = detect_cgroups(v2_mount(), "0::/\n");
    const auto group = Cgroup::create(*layout, "att_1", {67'108'864, 1'500, 20});
    ASSERT_TRUE(group.has_value());
    EXPECT_EQ(read("kapok/att_1/memory.max"), "67108864");
    EXPECT_EQ(read("kapok/att_1/memory.swap.max"), "0");
    EXPECT_EQ(read("kapok/att_1/memory.oom.group"), "1");
    EXPECT_EQ(read("kapok/att_1/pids.max"), "20");
    EXPECT_EQ(read("kapok/att_1/cpu.max"), "150000 100000");
    EXPECT_NE(read("cgroup.subtree_control"), "nothing");
    EXPECT_NE(read("kapok/cgroup.subtree_control"), "nothing");
    // The same name again would be two attempts in one group.
    EXPECT_EQ(Cgroup::create(*layout, "att_1", {}).error().code(), kSystem);

    const auto unlimited = Cgroup::create(*layout, "att_2", {});
    ASSERT_TRUE(unlimited.has_value());
    EXPECT_EQ(read("kapok/att_2/memory.max"), "nothing");
    const auto tiny = Cgroup::create(*layout, "att_3", {.cpu_milli = 1});
    EXPECT_EQ(read("kapok/att_3/cpu.max"), "1000 100000");
}

TEST_F(Tree, OfVersion2IsReadAndEmptied) {
    write("cgroup.controllers", "cpu io memory pids\n");
    const auto layout = detect_cgroups(v2_mount(), "0::/\n");
    const auto group = Cgroup::create(*layout, "att_1", {});
    ASSERT_TRUE(group.has_value());
    EXPECT_TRUE((*group)->members().empty());
    EXPECT_EQ((*group)->usage().cpu_us, std::nullopt);
    write("kapok/att_1/cpu.stat", "usage_usec 1234\nuser_usec 1000\n");
    write("kapok/att_1/memory.peak", "4096\n");
    write("kapok/att_1/memory.events", "low 0\nmax 3\noom 1\noom_kill 2\noom_group_kill 1\n");
    write("kapok/att_1/io.stat", "254:0 rbytes=10 wbytes=20 rios=1\n8:0 rbytes=1 wbytes=2\n");
    write("kapok/att_1/cgroup.procs", "17\n42\n");
    const CgroupUsage usage = (*group)->usage();
    EXPECT_EQ(usage.cpu_us, 1'234);
    EXPECT_EQ(usage.memory_peak_bytes, 4'096);
    EXPECT_EQ(usage.oom_kills, 2);
    EXPECT_EQ(usage.read_bytes, 11);
    EXPECT_EQ(usage.written_bytes, 22);
    EXPECT_EQ((*group)->members(), (std::vector<pid_t>{17, 42}));
    EXPECT_EQ(Cgroup::open((*group)->place())->members().size(), 2U);
    EXPECT_FALSE((*group)->remove().has_value());
    (*group)->kill();
    EXPECT_EQ(read("kapok/att_1/cgroup.kill"), "1");
}

TEST_F(Tree, ThatHandsNothingDownSaysWhatToDo) {
    write("cgroup.controllers", "cpu io memory pids\n");
    fs::create_directories(root / "cgroup.subtree_control");  // Cannot be written to.
    const auto layout = detect_cgroups(v2_mount(), "0::/\n");
    const auto refused = Cgroup::create(*layout, "att_1", {});
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code(), kCgroupsNotDelegated);
    EXPECT_NE(core::render(refused.error(), core::Language::Zh).find("Delegate=yes"),
              std::string::npos);
}

// Entering, looking, killing and leaving, in the groups of this machine.
void try_real_group(const CgroupLayout& layout) {
    const auto group = Cgroup::create(layout, "test-" + std::to_string(::getpid()), {});
    ASSERT_TRUE(group.has_value()) << core::render(group.error(), core::Language::En);
    const auto entrances = (*group)->entrances();
    Launch launch;
    launch.arguments = {"/bin/sh", "-c", "sleep 1000 & setsid sleep 1000 & wait"};
    for (const Descriptor& entrance : *entrances) {
        launch.cgroups.push_back(entrance.get());
    }
    auto child = Child::start(launch);
    ASSERT_TRUE(child.has_value()) << core::render(child.error(), core::Language::En);
    for (int i = 0; i < 6'000 && (*group)->members().size() < 3; ++i) {
        EXPECT_FALSE(child->wait(std::chrono::milliseconds(10)).has_value());
    }
    EXPECT_EQ((*group)->members().size(), 3U);
    EXPECT_FALSE((*group)->remove().has_value());
    (*group)->kill();
    EXPECT_EQ(child->wait(std::chrono::seconds(60))->signal, 9);
    for (int i = 0; i < 6'000 && !(*group)->members().empty(); ++i) {
        ::usleep(10'000);
    }
    EXPECT_TRUE((*group)->remove().has_value());
    EXPECT_TRUE((*group)->members().empty());
}

TEST(RealGroups, AreEnteredKilledAndLeft) {
    const auto layout = detect_cgroups();
    if (::geteuid() != 0 || !layout) {
        GTEST_SKIP() << "making cgroups needs root and a mounted cgroup file system";
    }
    try_real_group(*layout);
}

TEST(RealGroups, OfVersion2AreToo) {
    const fs::path folders[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"};
    const auto found = std::ranges::find_if(
        folders, [](const fs::path& folder) { return fs::exists(folder / "cgroup.controllers"); });
    if (::geteuid() != 0 || found == std::end(folders)) {
        GTEST_SKIP() << "making cgroups needs root and a mounted cgroup2 file system";
    }
    // Without controllers too (a hybrid machine) groups can be made, entered and killed.
    CgroupPlace place{CgroupVersion::V2, {*found / ("kapok-test-" + std::to_string(::getpid()))}};
    ASSERT_EQ(::mkdir(place.folders[0].c_str(), 0755), 0);
    const auto group = Cgroup::open(place);
    const auto entrances = group->entrances();
    Launch launch;
    launch.arguments = {"/bin/sleep", "1000"};
    launch.cgroups = {entrances->front().get()};
    auto child = Child::start(launch);
    ASSERT_TRUE(child.has_value());
    EXPECT_EQ(group->members(), std::vector{child->pid()});
    group->kill();
    EXPECT_EQ(child->wait(std::chrono::seconds(60))->signal, 9);
    EXPECT_TRUE(group->members().empty());
    EXPECT_TRUE(group->remove().has_value());
}

}  // namespace
}  // namespace kapok::platform::process
