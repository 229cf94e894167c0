#include "compute/inventory/probe.h"

#include <algorithm>
#include <array>
#include <cctype>

#include <sched.h>
#include <unistd.h>

#include "compute/inventory/text.h"

namespace kapok::compute {

namespace {

// "MemTotal:       24684100 kB" of /proc/meminfo, or "Node 0 MemTotal: …" of a NUMA node.
std::int64_t meminfo_bytes(std::string_view meminfo, std::string_view name) {
    for (const std::string_view line : text::split(meminfo, '\n')) {
        const auto at = line.find(name);
        if (at == line.npos) {
            continue;
        }
        const auto found = text::words(line.substr(at + name.size()));
        if (!found.empty()) {
            return 1024 * text::number(found.front()).value_or(0);
        }
    }
    return 0;
}

std::string os_release(const std::filesystem::path& root) {
    const std::string release = text::read(root / "etc/os-release");
    for (const std::string_view line : text::split(release, '\n')) {
        constexpr std::string_view kName = "PRETTY_NAME=";
        if (line.starts_with(kName)) {
            std::string name(text::trim(line.substr(kName.size())));
            std::erase(name, '"');
            return name;
        }
    }
    return {};
}

void lower_limit(std::int64_t& limit, std::optional<std::int64_t> value) {
    if (value && *value > 0) {
        limit = std::min(limit, *value);
    }
}

// v1 writes quota and period in two files and -1 for none; v2 in one, and "max".
std::optional<std::int64_t> cpu_milli(std::optional<std::int64_t> quota,
                                      std::optional<std::int64_t> period) {
    if (!quota || !period || *quota <= 0 || *period <= 0) {
        return std::nullopt;
    }
    return *quota * 1000 / *period;
}

void apply_cgroup(const std::filesystem::path& folder, Inventory& inventory) {
    lower_limit(inventory.usable_memory_bytes, text::read_number(folder / "memory.max"));
    lower_limit(inventory.usable_memory_bytes, text::read_number(folder / "memory.limit_in_bytes"));
    lower_limit(inventory.usable_cpu_milli,
                cpu_milli(text::read_number(folder / "cpu.cfs_quota_us"),
                          text::read_number(folder / "cpu.cfs_period_us")));
    const std::string quota_and_period = text::read(folder / "cpu.max");
    const auto both = text::words(quota_and_period);
    if (both.size() == 2) {
        lower_limit(inventory.usable_cpu_milli,
                    cpu_milli(text::number(both[0]), text::number(both[1])));
    }
}

// A limit on any ancestor holds, so every folder from ours up to the controller's mount is read.
void apply_cgroups(const std::filesystem::path& root, Inventory& inventory) {
    const std::string own = text::read(root / "proc/self/cgroup");
    for (const std::string_view line : text::split(own, '\n')) {
        const auto parts = text::split(line, ':');
        if (parts.size() != 3) {
            continue;
        }
        for (const std::string_view controller : text::split(parts[1], ',')) {
            const auto mount = root / "sys/fs/cgroup" / controller;
            auto folder = std::filesystem::path(parts[2]).relative_path();
            for (; !folder.empty(); folder = folder.parent_path()) {
                apply_cgroup(mount / folder, inventory);
            }
            apply_cgroup(mount, inventory);
        }
    }
}

}  // namespace

std::vector<NumaNode> probe_numa(const std::filesystem::path& root) {
    std::vector<NumaNode> nodes;
    std::error_code code;
    for (const auto& entry :
         std::filesystem::directory_iterator(root / "sys/devices/system/node", code)) {
        const std::string name = entry.path().filename().string();
        const auto index = name.starts_with("node") ? text::number(std::string_view(name).substr(4))
                                                    : std::nullopt;
        if (index) {
            nodes.push_back({*index, std::string(text::trim(text::read(entry.path() / "cpulist"))),
                             meminfo_bytes(text::read(entry.path() / "meminfo"), "MemTotal:")});
        }
    }
    std::ranges::sort(nodes, {}, &NumaNode::index);
    return nodes;
}

std::vector<Disk> probe_disks(const std::filesystem::path& root) {
    constexpr std::int64_t kSectorBytes = 512;  // Of /sys/block/*/size, whatever the disk has.
    std::vector<Disk> disks;
    std::error_code code;
    for (const auto& entry : std::filesystem::directory_iterator(root / "sys/block", code)) {
        const std::int64_t sectors = text::read_number(entry.path() / "size").value_or(0);
        // Loops, memory disks and empty slots are no capacity.
        if (sectors <= 0 || !std::filesystem::exists(entry.path() / "device", code)) {
            continue;
        }
        disks.push_back({entry.path().filename().string(),
                         std::string(text::trim(text::read(entry.path() / "device/model"))),
                         sectors * kSectorBytes,
                         text::read_number(entry.path() / "queue/rotational").value_or(0) != 0});
    }
    std::ranges::sort(disks, {}, &Disk::name);
    return disks;
}

std::int64_t affinity_of_this_process() {
    cpu_set_t set;
    CPU_ZERO(&set);
    return ::sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 0;
}

Inventory probe(const ProbeSource& source) {
    const auto& root = source.root;
    Inventory inventory;
    inventory.hostname = text::trim(text::read(root / "proc/sys/kernel/hostname"));
    inventory.kernel = text::trim(text::read(root / "proc/sys/kernel/osrelease"));
    inventory.boot_id = text::trim(text::read(root / "proc/sys/kernel/random/boot_id"));
    inventory.operating_system = os_release(root);
    inventory.cpu = probe_cpu(root);
    const std::string meminfo = text::read(root / "proc/meminfo");
    inventory.memory_bytes = meminfo_bytes(meminfo, "MemTotal:");
    inventory.swap_bytes = meminfo_bytes(meminfo, "SwapTotal:");
    inventory.usable_memory_bytes = inventory.memory_bytes;
    inventory.usable_cpu_milli = inventory.cpu.threads * 1000;
    if (source.affinity > 0) {
        lower_limit(inventory.usable_cpu_milli, source.affinity * 1000);
    }
    apply_cgroups(root, inventory);
    inventory.numa = probe_numa(root);
    inventory.disks = probe_disks(root);
    inventory.accelerators = probe_accelerators(source.run);
    inventory.unmanaged_cards = probe_unmanaged_cards(root, inventory.accelerators);
    return inventory;
}

std::int64_t load_milli() {
    double load = 0.0;
    return ::getloadavg(&load, 1) == 1 ? static_cast<std::int64_t>(load * 1'000.0) : 0;
}

}  // namespace kapok::compute
