#pragma once

// Reads a node's inventory from /proc and /sys below a root that tests replace, and from vendors'
// tools through one table. A file or tool that is not there leaves its part of the inventory empty.

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "compute/inventory/inventory.h"

namespace kapok::compute {

// Runs a program found on PATH and returns what it printed; nothing if it is absent, fails, prints
// too much or takes longer than kProbeTimeout.
using ToolRunner = std::function<std::optional<std::string>(std::span<const std::string> command)>;

[[nodiscard]] std::optional<std::string> run_tool(std::span<const std::string> command);

struct ProbeSource {
    std::filesystem::path root = "/";
    ToolRunner run = run_tool;
    // How many logical CPUs this process may use; 0 if affinity is not to be asked.
    std::int64_t affinity = 0;
};

[[nodiscard]] std::int64_t affinity_of_this_process();
[[nodiscard]] Inventory probe(const ProbeSource& source);

// The host's load average of one minute, thousandths; 0 if it has none.
[[nodiscard]] std::int64_t load_milli();

// The parts, for their tests.
[[nodiscard]] Cpu probe_cpu(const std::filesystem::path& root);
[[nodiscard]] std::vector<Disk> probe_disks(const std::filesystem::path& root);
[[nodiscard]] std::vector<NumaNode> probe_numa(const std::filesystem::path& root);

// A vendor's tool: how it is asked, and what its answer means. A new vendor is a row of
// kVendorTools and a parser. A parser returns nothing for a text that it doesn't understand.
struct VendorTool {
    std::string_view vendor;
    std::span<const std::string_view> command;
    std::optional<std::vector<Accelerator>> (*parse)(std::string_view output);
};

[[nodiscard]] std::span<const VendorTool> vendor_tools();
[[nodiscard]] std::optional<std::vector<Accelerator>> parse_nvidia_smi(std::string_view output);
[[nodiscard]] std::optional<std::vector<Accelerator>> parse_npu_smi(std::string_view output);
[[nodiscard]] std::optional<std::vector<Accelerator>> parse_rocm_smi(std::string_view output);

[[nodiscard]] std::vector<Accelerator> probe_accelerators(const ToolRunner& run);
// Cards by PCI class that are not among `managed`.
[[nodiscard]] std::vector<UnmanagedCard> probe_unmanaged_cards(
    const std::filesystem::path& root, std::span<const Accelerator> managed);

}  // namespace kapok::compute
