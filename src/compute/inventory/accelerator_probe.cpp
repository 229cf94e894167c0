#include <algorithm>
#include <array>
#include <cctype>
#include <map>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "compute/inventory/probe.h"
#include "compute/inventory/text.h"

namespace kapok::compute {

namespace {

constexpr std::int64_t kMebibyte = 1024 * 1024;

constexpr std::array<std::string_view, 3> kNvidiaCommand{
    "nvidia-smi", "--query-gpu=index,uuid,name,memory.total,driver_version,pci.bus_id",
    "--format=csv,noheader,nounits"};
constexpr std::array<std::string_view, 2> kHuaweiCommand{"npu-smi", "info"};
constexpr std::array<std::string_view, 8> kAmdCommand{
    "rocm-smi", "--showproductname",   "--showuniqueid", "--showbus", "--showmeminfo",
    "vram",     "--showdriverversion", "--json"};

constexpr std::array<VendorTool, 3> kVendorTools{{
    {"nvidia", kNvidiaCommand, parse_nvidia_smi},
    {"huawei", kHuaweiCommand, parse_npu_smi},
    {"amd", kAmdCommand, parse_rocm_smi},
}};

// PCI addresses come as 00000000:3B:00.0 and 0000:3b:00.0; the kernel's spelling is the second.
std::string bus_address(std::string_view written) {
    std::string bus(text::trim(written));
    std::ranges::transform(bus, bus.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const auto colon = bus.find(':');
    if (colon != bus.npos && colon > 4) {
        bus.erase(0, colon - 4);
    }
    return bus;
}

// The cells of "| 0     910B3   | OK   | 93.6  40  0 / 0 |", trimmed; empty for a ruled line.
std::vector<std::string_view> table_cells(std::string_view line) {
    std::string_view row = text::trim(line);
    if (!row.starts_with('|') || !row.ends_with('|') || row.size() < 2) {
        return {};
    }
    auto cells = text::split(row.substr(1, row.size() - 2), '|');
    for (auto& cell : cells) {
        cell = text::trim(cell);
    }
    return cells;
}

// "3161 / 65536" is used and total.
std::optional<std::int64_t> total_of(std::string_view cell) {
    const auto slash = cell.rfind('/');
    return slash == cell.npos ? std::nullopt : text::number(cell.substr(slash + 1));
}

std::string member(const boost::json::object& object,
                   std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names) {
        if (const auto* value = object.if_contains(name); value != nullptr && value->is_string()) {
            return std::string(value->get_string());
        }
    }
    return {};
}

struct PciVendor {
    std::int64_t number;
    std::string_view name;
};

constexpr std::array<PciVendor, 10> kPciVendors{{{0x1002, "amd"},
                                                 {0x10de, "nvidia"},
                                                 {0x19e5, "huawei"},
                                                 {0x1d22, "kunlunxin"},
                                                 {0x1d94, "hygon"},
                                                 {0x1e36, "enflame"},
                                                 {0x1e3e, "iluvatar"},
                                                 {0x1ed5, "moore_threads"},
                                                 {0x9999, "metax"},
                                                 {0xcabc, "cambricon"}}};

}  // namespace

std::span<const VendorTool> vendor_tools() {
    return kVendorTools;
}

std::optional<std::vector<Accelerator>> parse_nvidia_smi(std::string_view output) {
    std::vector<Accelerator> found;
    for (const std::string_view line : text::split(output, '\n')) {
        if (text::trim(line).empty()) {
            continue;
        }
        const auto cells = text::split(line, ',');
        const auto index = text::number(cells[0]);
        if (cells.size() != 6 || !index) {
            return std::nullopt;
        }
        Accelerator card;
        card.vendor = "nvidia";
        card.index = *index;
        card.serial = text::trim(cells[1]);
        card.model = text::trim(cells[2]);
        // A card that fell off the bus answers "[N/A]" or "[Unknown Error]" here.
        const auto memory = text::number(cells[3]);
        card.memory_bytes = memory.value_or(0) * kMebibyte;
        card.healthy = memory.has_value();
        card.driver = text::trim(cells[4]);
        card.bus = bus_address(cells[5]);
        found.push_back(std::move(card));
    }
    return found;
}

// Two rows a chip: "| 0 910B3 | OK | power temperature hugepages |" and
// "| 0 | 0000:C1:00.0 | AICore memory HBM |". Cards with two chips repeat both rows.
std::optional<std::vector<Accelerator>> parse_npu_smi(std::string_view output) {
    std::vector<Accelerator> found;
    std::string driver;
    std::optional<Accelerator> open;
    for (const std::string_view line : text::split(output, '\n')) {
        const auto cells = table_cells(line);
        if (cells.size() == 1) {
            const auto at = cells[0].find("Version:");
            if (at != cells[0].npos) {
                driver = text::trim(cells[0].substr(at + 8));
            }
            // After this come the processes that use the cards.
            if (cells[0].starts_with("NPU") && !found.empty()) {
                break;
            }
        }
        if (cells.size() != 3) {
            continue;
        }
        const auto first = text::words(cells[0]);
        if (first.empty() || !text::number(first[0])) {
            continue;  // A heading.
        }
        if (!open && first.size() >= 2) {
            open.emplace();
            open->vendor = "huawei";
            open->model = first[1];
            open->healthy = cells[1] == "OK";
        } else if (open) {
            open->index = static_cast<std::int64_t>(found.size());
            open->bus = bus_address(cells[1]);
            open->memory_bytes = total_of(cells[2]).value_or(0) * kMebibyte;
            open->driver = driver;
            found.push_back(*std::move(open));
            open.reset();
        }
    }
    return driver.empty() ? std::nullopt : std::optional(std::move(found));
}

std::optional<std::vector<Accelerator>> parse_rocm_smi(std::string_view output) {
    boost::system::error_code code;
    const auto parsed = boost::json::parse(output, code);
    if (code || !parsed.is_object()) {
        return std::nullopt;
    }
    std::string driver;
    std::vector<Accelerator> found;
    for (const auto& [key, value] : parsed.get_object()) {
        const std::string_view name(key.data(), key.size());
        if (!value.is_object()) {
            continue;
        }
        if (name == "system") {
            driver = member(value.get_object(), {"Driver version"});
        }
        const auto index =
            name.starts_with("card") ? text::number(name.substr(4)) : std::optional<std::int64_t>{};
        if (index) {
            const auto& card = value.get_object();
            const auto memory = text::number(member(card, {"VRAM Total Memory (B)"}));
            found.push_back({"amd",
                             member(card, {"Card Series", "Card series", "Card Model"}),
                             *index,
                             member(card, {"Unique ID"}),
                             bus_address(member(card, {"PCI Bus"})),
                             memory.value_or(0),
                             {},
                             memory.has_value()});
        }
    }
    std::ranges::sort(found, {}, &Accelerator::index);
    for (auto& card : found) {
        card.driver = driver;
    }
    return found;
}

std::vector<Accelerator> probe_accelerators(const ToolRunner& run) {
    std::vector<Accelerator> all;
    for (const VendorTool& tool : vendor_tools()) {
        const std::vector<std::string> command(tool.command.begin(), tool.command.end());
        const auto output = run(command);
        if (!output) {
            continue;
        }
        if (auto cards = tool.parse(*output)) {
            std::ranges::move(*cards, std::back_inserter(all));
        }
    }
    return all;
}

std::vector<UnmanagedCard> probe_unmanaged_cards(const std::filesystem::path& root,
                                                 std::span<const Accelerator> managed) {
    std::vector<UnmanagedCard> cards;
    std::error_code code;
    for (const auto& entry :
         std::filesystem::directory_iterator(root / "sys/bus/pci/devices", code)) {
        std::string kind(text::trim(text::read(entry.path() / "class")));
        // 0x0302 is a 3D controller without a screen, 0x1200 a processing accelerator.
        if (!kind.starts_with("0x0302") && !kind.starts_with("0x1200")) {
            continue;
        }
        const std::string bus = bus_address(entry.path().filename().string());
        if (std::ranges::find(managed, bus, &Accelerator::bus) != managed.end()) {
            continue;
        }
        std::string vendor(text::trim(text::read(entry.path() / "vendor")));
        const auto number = vendor.starts_with("0x")
                                ? text::number(std::string_view(vendor).substr(2), 16)
                                : std::nullopt;
        const auto known = std::ranges::find(kPciVendors, number.value_or(-1), &PciVendor::number);
        cards.push_back({known == kPciVendors.end() ? vendor : std::string(known->name), bus});
    }
    std::ranges::sort(cards, {}, &UnmanagedCard::bus);
    return cards;
}

}  // namespace kapok::compute
