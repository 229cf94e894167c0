// Goal: what the kernel and the vendors' tools print becomes an inventory, and what they don't
// print stays empty. Method: a small tree of files in the form of /proc and /sys, and answers of
// tools as their users have published them.

#include "compute/inventory/probe.h"

#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "compute/canonical_json.h"

namespace kapok::compute {
namespace {

class Tree {
public:
    Tree() {
        std::string name = (std::filesystem::temp_directory_path() / "kapok-probe-XXXXXX").string();
        root_ = ::mkdtemp(name.data());
    }
    Tree(const Tree&) = delete;
    Tree& operator=(const Tree&) = delete;
    ~Tree() { std::filesystem::remove_all(root_); }

    void write(const std::string& path, std::string_view content) const {
        std::filesystem::create_directories((root_ / path).parent_path());
        std::ofstream(root_ / path) << content;
    }
    [[nodiscard]] const std::filesystem::path& root() const { return root_; }

private:
    std::filesystem::path root_;
};

std::optional<std::string> no_tools(std::span<const std::string> /*command*/) {
    return std::nullopt;
}

std::string logical_cpu(int processor, int socket, int core) {
    return "processor\t: " + std::to_string(processor) +
           "\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel name\t: Intel(R) Xeon(R) Gold 6430"
           "\ncpu MHz\t\t: 2100.042\nphysical id\t: " +
           std::to_string(socket) + "\ncore id\t\t: " + std::to_string(core) +
           "\nflags\t\t: fpu sse4_2 avx avx2 fma avx512f avx512_vnni amx_int8 rdrand\n\n";
}

// Two sockets of two cores with two threads each.
void write_server(const Tree& tree) {
    std::string cpuinfo;
    for (int processor = 0; processor < 8; ++processor) {
        cpuinfo += logical_cpu(processor, processor / 2 % 2, processor % 2);
        const std::string cpu = "sys/devices/system/cpu/cpu" + std::to_string(processor);
        tree.write(cpu + "/cache/index0/level", "1\n");
        tree.write(cpu + "/cache/index0/size", "48K\n");
        tree.write(cpu + "/cache/index3/level", "3\n");
        tree.write(cpu + "/cache/index3/size", "61440K\n");
        tree.write(cpu + "/cache/index3/shared_cpu_list", processor / 2 % 2 == 0 ? "0-1" : "2-3");
    }
    tree.write("proc/cpuinfo", cpuinfo);
    tree.write("proc/meminfo", "MemTotal:       65536 kB\nMemFree: 1 kB\nSwapTotal:  1024 kB\n");
    tree.write("proc/sys/kernel/hostname", "n1\n");
    tree.write("proc/sys/kernel/random/boot_id", "3e2c5b0e-0001\n");
    tree.write("etc/os-release", "ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n");
    tree.write("sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq", "3400000\n");
    tree.write("sys/devices/system/node/node0/cpulist", "0-1,4-5\n");
    tree.write("sys/devices/system/node/node0/meminfo", "Node 0 MemTotal:   32768 kB\n");
    tree.write("sys/block/nvme0n1/size", "2000\n");
    tree.write("sys/block/nvme0n1/device/model", "SAMSUNG MZQL2  \n");
    tree.write("sys/block/nvme0n1/queue/rotational", "0\n");
    tree.write("sys/block/loop0/size", "8\n");
}

TEST(Probe, ReadsAServer) {
    const Tree tree;
    write_server(tree);
    const Inventory found = probe({tree.root(), no_tools, 0});
    EXPECT_EQ(found.hostname, "n1");
    EXPECT_EQ(found.operating_system, "Debian GNU/Linux 12 (bookworm)");
    EXPECT_EQ(found.cpu.threads, 8);
    EXPECT_EQ(found.cpu.cores, 4);
    EXPECT_EQ(found.cpu.sockets, 2);
    EXPECT_EQ(found.cpu.frequency_khz, 2'100'000);
    EXPECT_EQ(found.cpu.frequency_max_khz, 3'400'000);
    EXPECT_EQ(found.cpu.cache_bytes, 2 * 61'440 * 1024);
    EXPECT_EQ(found.cpu.isa, (std::vector<std::string>{"amx_int8", "avx", "avx2", "avx512_vnni",
                                                       "avx512f", "fma", "sse4_2"}));
    EXPECT_EQ(found.memory_bytes, 65'536 * 1024);
    EXPECT_EQ(found.swap_bytes, 1024 * 1024);
    EXPECT_EQ(found.numa, (std::vector<NumaNode>{{0, "0-1,4-5", 32'768 * 1024}}));
    EXPECT_EQ(found.disks, (std::vector<Disk>{{"nvme0n1", "SAMSUNG MZQL2", 1'024'000, false}}));
    EXPECT_EQ(found.usable_cpu_milli, 8'000);
    EXPECT_EQ(found.usable_memory_bytes, 65'536 * 1024);
}

TEST(Probe, IsBoundByTheTightestCgroupAndByAffinity) {
    const Tree tree;
    write_server(tree);
    tree.write("proc/self/cgroup", "4:memory:/pod/box\n2:cpu,cpuacct:/pod\n0::/slice/job\n");
    tree.write("sys/fs/cgroup/memory/pod/memory.limit_in_bytes", "33554432\n");
    tree.write("sys/fs/cgroup/memory/pod/box/memory.limit_in_bytes", "9223372036854771712\n");
    tree.write("sys/fs/cgroup/cpu/pod/cpu.cfs_quota_us", "250000\n");
    tree.write("sys/fs/cgroup/cpu/pod/cpu.cfs_period_us", "100000\n");
    tree.write("sys/fs/cgroup/slice/memory.max", "max\n");
    tree.write("sys/fs/cgroup/slice/job/cpu.max", "max 100000\n");
    EXPECT_EQ(probe({tree.root(), no_tools, 0}).usable_memory_bytes, 33'554'432);
    EXPECT_EQ(probe({tree.root(), no_tools, 0}).usable_cpu_milli, 2'500);
    EXPECT_EQ(probe({tree.root(), no_tools, 1}).usable_cpu_milli, 1'000);
    tree.write("sys/fs/cgroup/slice/cpu.max", "50000 100000\n");
    EXPECT_EQ(probe({tree.root(), no_tools, 0}).usable_cpu_milli, 500);
}

TEST(Probe, OfAnEmptyTreeFindsNothingAndDoesNotFail) {
    const Tree tree;
    const Inventory found = probe({tree.root(), no_tools, 0});
    EXPECT_EQ(found.cpu.threads, 0);
    EXPECT_EQ(found.usable_cpu_milli, 0);
    EXPECT_TRUE(found.disks.empty());
}

TEST(Probe, OfThisMachineIsPlausibleAndSurvivesJson) {
    const Inventory found = probe({"/", run_tool, affinity_of_this_process()});
    EXPECT_GT(found.cpu.threads, 0);
    EXPECT_GE(found.cpu.threads, found.cpu.cores);
    EXPECT_GT(found.memory_bytes, 64 << 20);
    EXPECT_LE(found.usable_memory_bytes, found.memory_bytes);
    EXPECT_FALSE(found.boot_id.empty());
    const auto text = to_canonical(to_json(found));
    ASSERT_TRUE(text.has_value());
    const auto again = parse_canonical(*text);
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(inventory_from_json(again->as_object()), found);
}

TEST(Inventory, RefusesAReportThatLacksOrAddsAMember) {
    auto object = to_json(Inventory{});
    EXPECT_TRUE(inventory_from_json(object).has_value());
    object["memory_bytes"] = "64";
    EXPECT_EQ(inventory_from_json(object).error().pointer(), "/memory_bytes");
    object = to_json(Inventory{});
    object["surprise"] = 1;
    EXPECT_EQ(inventory_from_json(object).error().pointer(), "/surprise");
    object = to_json(Inventory{});
    object["cpu"].as_object().erase("isa");
    EXPECT_EQ(inventory_from_json(object).error().pointer(), "/cpu/isa");
}

TEST(NvidiaSmi, ListsCardsAndMarksALostOne) {
    const auto cards = parse_nvidia_smi(
        "0, GPU-5a1c, NVIDIA H100 80GB HBM3, 81559, 550.54.15, 00000000:3B:00.0\n"
        "1, GPU-77e0, NVIDIA H100 80GB HBM3, [Unknown Error], 550.54.15, 00000000:5E:00.0\n");
    ASSERT_TRUE(cards.has_value());
    ASSERT_EQ(cards->size(), 2);
    EXPECT_EQ(cards->at(0),
              (Accelerator{"nvidia", "NVIDIA H100 80GB HBM3", 0, "GPU-5a1c", "0000:3b:00.0",
                           81'559LL * 1024 * 1024, "550.54.15", true}));
    EXPECT_FALSE(cards->at(1).healthy);
    EXPECT_FALSE(parse_nvidia_smi("No devices were found\n").has_value());
    EXPECT_EQ(parse_nvidia_smi("")->size(), 0);
}

constexpr std::string_view kOneChip = R"(
+------------------------------------------------------------------------------------------------+
| npu-smi 25.2.0                   Version: 25.2.0                                               |
+---------------------------+---------------+----------------------------------------------------+
| NPU   Name                | Health        | Power(W)    Temp(C)           Hugepages-Usage(page)|
| Chip                      | Bus-Id        | AICore(%)   Memory-Usage(MB)  HBM-Usage(MB)        |
+===========================+===============+====================================================+
| 0     910B4-1             | OK            | 91.3        33                0    / 0             |
| 0                         | 0000:C1:00.0  | 0           0    / 0          3197 / 65536         |
+===========================+===============+====================================================+
| 1     910B4-1             | Alarm         | 88.1        32                0    / 0             |
| 0                         | 0000:C2:00.0  | 0           0    / 0          3197 / 65536         |
+===========================+===============+====================================================+
+---------------------------+---------------+----------------------------------------------------+
| NPU     Chip              | Process id    | Process name             | Process memory(MB)      |
+===========================+===============+====================================================+
| No running processes found in NPU 0                                                            |
+===========================+===============+====================================================+
)";

constexpr std::string_view kTwoChips = R"(
+----------------------------------------------------------------------------------------------+
| npu-smi 26.0.rc2                            Version: 26.0.rc2                                  |
+---------------------------+---------------+----------------------------------------------------+
| NPU   Name                | Health        | Power(W)    Temp(C)           Hugepages-Usage(page)|
| Chip  Phy-ID              | Bus-Id        | AICore(%)   Memory-Usage(MB)  HBM-Usage(MB)        |
+===========================+===============+====================================================+
| 0     Ascend910           | OK            | 162.6       34                0    / 0             |
| 0     0                   | 0000:9D:00.0  | 0           0    / 0          3419 / 65536         |
+------------------------------------------------------------------------------------------------+
| 0     Ascend910           | OK            | -           34                0    / 0             |
| 1     1                   | 0000:9F:00.0  | 0           0    / 0          2874 / 65536         |
+===========================+===============+====================================================+
)";

TEST(NpuSmi, ListsChipsOfBothLayouts) {
    const auto one = parse_npu_smi(kOneChip);
    ASSERT_TRUE(one.has_value());
    ASSERT_EQ(one->size(), 2);
    EXPECT_EQ(one->at(0), (Accelerator{"huawei", "910B4-1", 0, "", "0000:c1:00.0",
                                       65'536LL * 1024 * 1024, "25.2.0", true}));
    EXPECT_FALSE(one->at(1).healthy);
    const auto two = parse_npu_smi(kTwoChips);
    ASSERT_TRUE(two.has_value());
    ASSERT_EQ(two->size(), 2);
    EXPECT_EQ(two->at(1).index, 1);
    EXPECT_EQ(two->at(1).bus, "0000:9f:00.0");
    EXPECT_FALSE(parse_npu_smi("DrvMngGetConsoleLogLevel failed.").has_value());
}

TEST(RocmSmi, ReadsJsonAndKnowsThatACardWithoutMemoryIsIll) {
    const auto cards = parse_rocm_smi(
        R"json({"card1": {"Card Series": "Raphael", "VRAM Total Memory (B)": "N/A"},
            "card0": {"Unique ID": "0x9246", "VRAM Total Memory (B)": "17163091968",
                      "Card Series": "Radeon RX 6800", "PCI Bus": "0000:C4:00.0"},
            "system": {"Driver version": "6.10.5"}})json");
    ASSERT_TRUE(cards.has_value());
    ASSERT_EQ(cards->size(), 2);
    EXPECT_EQ(cards->at(0), (Accelerator{"amd", "Radeon RX 6800", 0, "0x9246", "0000:c4:00.0",
                                         17'163'091'968, "6.10.5", true}));
    EXPECT_FALSE(cards->at(1).healthy);
    EXPECT_FALSE(parse_rocm_smi("ERROR: no AMD GPUs").has_value());
}

// Whatever a tool prints, its parser returns: cut anywhere, and with any byte replaced.
TEST(VendorTools, SurviveDamagedAnswers) {
    const std::string nvidia = "0, GPU-5a1c, NVIDIA H100, 81559, 550.54, 00000000:3B:00.0\n";
    for (const std::string& sample : {nvidia, std::string(kOneChip), std::string(kTwoChips)}) {
        for (std::size_t at = 0; at < sample.size(); ++at) {
            for (const VendorTool& tool : vendor_tools()) {
                (void)tool.parse(std::string_view(sample).substr(0, at));
                std::string damaged = sample;
                damaged[at] = at % 2 == 0 ? '|' : '\xff';
                (void)tool.parse(damaged);
            }
        }
    }
}

TEST(Probe, AsksToolsAndReportsCardsThatNoToolAnsweredFor) {
    const Tree tree;
    tree.write("sys/bus/pci/devices/0000:3b:00.0/class", "0x030200\n");
    tree.write("sys/bus/pci/devices/0000:3b:00.0/vendor", "0x10de\n");
    tree.write("sys/bus/pci/devices/0000:5e:00.0/class", "0x120000\n");
    tree.write("sys/bus/pci/devices/0000:5e:00.0/vendor", "0xcabc\n");
    tree.write("sys/bus/pci/devices/0000:00:01.0/class", "0x060400\n");
    const auto nvidia_only = [](std::span<const std::string> command) {
        return command[0] == "nvidia-smi"
                   ? std::optional<std::string>("0, u, H100, 81559, 550, 00000000:3B:00.0\n")
                   : std::nullopt;
    };
    const Inventory found = probe({tree.root(), nvidia_only, 0});
    ASSERT_EQ(found.accelerators.size(), 1);
    EXPECT_EQ(found.unmanaged_cards, (std::vector<UnmanagedCard>{{"cambricon", "0000:5e:00.0"}}));
}

TEST(RunTool, ReturnsOutputOfSuccessOnly) {
    const std::vector<std::string> echo{"echo", "hello"};
    const std::vector<std::string> fails{"false"};
    const std::vector<std::string> absent{"kapok-no-such-tool"};
    EXPECT_EQ(run_tool(echo), "hello\n");
    EXPECT_EQ(run_tool(fails), std::nullopt);
    EXPECT_EQ(run_tool(absent), std::nullopt);
    EXPECT_EQ(run_tool({}), std::nullopt);
}

TEST(RunTool, GivesUpOnEndlessOutput) {
    const std::vector<std::string> endless{"yes"};
    EXPECT_EQ(run_tool(endless), std::nullopt);
}

}  // namespace
}  // namespace kapok::compute
