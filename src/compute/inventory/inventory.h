#pragma once

// What a node is made of, as its own kernel and its vendors' tools tell it. Nothing here is a
// promise of speed: that is measured. What could not be learned is absent, never guessed.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "core/result.h"

namespace kapok::compute {

struct Cpu {
    std::string architecture;  // "x86_64", "aarch64"
    std::string vendor;
    std::string model;
    std::int64_t family = 0;       // As CPUID gives it; 0 where there is none.
    std::vector<std::string> isa;  // Those that decide speed, sorted: "avx2", "avx512_vnni".
    std::int64_t sockets = 0;
    std::int64_t cores = 0;              // Physical.
    std::int64_t threads = 0;            // Logical, online.
    std::int64_t frequency_khz = 0;      // What the kernel says now.
    std::int64_t frequency_max_khz = 0;  // The highest it may reach; 0 where the kernel hides it.
    std::int64_t cache_bytes = 0;        // All last-level caches together.

    friend bool operator==(const Cpu&, const Cpu&) = default;
};

struct NumaNode {
    std::int64_t index = 0;
    std::string cpus;  // The kernel's list form: "0-15,32-47".
    std::int64_t memory_bytes = 0;

    friend bool operator==(const NumaNode&, const NumaNode&) = default;
};

struct Disk {
    std::string name;  // "nvme0n1"
    std::string model;
    std::int64_t capacity_bytes = 0;
    bool rotational = false;

    friend bool operator==(const Disk&, const Disk&) = default;
};

struct Accelerator {
    std::string vendor;  // "nvidia", "huawei", "amd"
    std::string model;
    std::int64_t index = 0;
    std::string serial;  // The vendor's own unique id, where there is one.
    std::string bus;     // PCI address, lower case.
    std::int64_t memory_bytes = 0;
    std::string driver;
    bool healthy = true;

    friend bool operator==(const Accelerator&, const Accelerator&) = default;
};

// A card that is plugged in but that no tool of its vendor answered for.
struct UnmanagedCard {
    std::string vendor;  // By PCI vendor number, or that number where we don't know it.
    std::string bus;

    friend bool operator==(const UnmanagedCard&, const UnmanagedCard&) = default;
};

struct Inventory {
    std::string hostname;
    std::string operating_system;  // "Debian GNU/Linux 12 (bookworm)"
    std::string kernel;
    std::string boot_id;  // Another one means that nothing of before runs any more.
    Cpu cpu;
    std::int64_t memory_bytes = 0;
    std::int64_t swap_bytes = 0;
    // What work may really use: affinity and the cgroup limits around us can leave less.
    std::int64_t usable_cpu_milli = 0;
    std::int64_t usable_memory_bytes = 0;
    std::vector<NumaNode> numa;
    std::vector<Disk> disks;
    std::vector<Accelerator> accelerators;
    std::vector<UnmanagedCard> unmanaged_cards;

    friend bool operator==(const Inventory&, const Inventory&) = default;
};

[[nodiscard]] boost::json::object to_json(const Inventory& inventory);
[[nodiscard]] core::Result<Inventory> inventory_from_json(const boost::json::object& object);

}  // namespace kapok::compute
