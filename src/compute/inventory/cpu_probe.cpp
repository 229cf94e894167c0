#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include <sys/utsname.h>

#include "compute/inventory/probe.h"
#include "compute/inventory/text.h"

namespace kapok::compute {

namespace {

// Flags that decide how fast matrix kernels can be; the other hundred are left to /proc/cpuinfo.
constexpr std::array<std::string_view, 20> kSpeedFlags{
    "amx_bf16", "amx_int8",    "amx_tile",    "asimd",       "asimddp",  "asimdhp", "avx",
    "avx2",     "avx512_bf16", "avx512_fp16", "avx512_vnni", "avx512bw", "avx512f", "avx512vl",
    "avx_vnni", "bf16",        "fma",         "i8mm",        "sse4_2",   "sve"};

// The blocks of /proc/cpuinfo, one a logical CPU.
std::vector<std::map<std::string, std::string, std::less<>>> cpu_blocks(std::string_view text) {
    std::vector<std::map<std::string, std::string, std::less<>>> blocks(1);
    for (const std::string_view line : text::split(text, '\n')) {
        const auto colon = line.find(':');
        if (text::trim(line).empty()) {
            if (!blocks.back().empty()) {
                blocks.emplace_back();
            }
        } else if (colon != line.npos) {
            blocks.back().emplace(text::trim(line.substr(0, colon)),
                                  text::trim(line.substr(colon + 1)));
        }
    }
    if (blocks.back().empty()) {
        blocks.pop_back();
    }
    return blocks;
}

std::string first_of(const std::vector<std::map<std::string, std::string, std::less<>>>& blocks,
                     std::initializer_list<std::string_view> names) {
    for (const auto& block : blocks) {
        for (const std::string_view name : names) {
            if (const auto found = block.find(name); found != block.end()) {
                return found->second;
            }
        }
    }
    return {};
}

// "32768K", "1M" or plain bytes.
std::int64_t cache_size(std::string_view written) {
    const std::string_view size = text::trim(written);
    if (size.empty()) {
        return 0;
    }
    const std::int64_t unit = size.back() == 'K' ? 1024 : size.back() == 'M' ? 1024 * 1024 : 1;
    return unit * text::number(size.substr(0, size.size() - (unit > 1 ? 1 : 0))).value_or(0);
}

// Each cache counts once, however many CPUs share it; only those of the highest level there is.
std::int64_t last_level_cache(const std::filesystem::path& cpus) {
    std::map<std::int64_t, std::map<std::string, std::int64_t>> by_level;
    std::error_code code;
    for (const auto& cpu : std::filesystem::directory_iterator(cpus, code)) {
        if (!cpu.path().filename().string().starts_with("cpu")) {
            continue;
        }
        for (const auto& index : std::filesystem::directory_iterator(cpu.path() / "cache", code)) {
            if (const auto level = text::read_number(index.path() / "level")) {
                const std::string shared(text::trim(text::read(index.path() / "shared_cpu_list")));
                by_level[*level][shared] = cache_size(text::read(index.path() / "size"));
            }
        }
    }
    std::int64_t bytes = 0;
    if (!by_level.empty()) {
        for (const auto& [shared, size] : by_level.rbegin()->second) {
            bytes += size;
        }
    }
    return bytes;
}

void count_cores(const std::vector<std::map<std::string, std::string, std::less<>>>& blocks,
                 Cpu& cpu) {
    std::set<std::pair<std::string, std::string>> cores;
    std::set<std::string> sockets;
    for (const auto& block : blocks) {
        const auto core = block.find("core id");
        const auto socket = block.find("physical id");
        if (core != block.end() && socket != block.end()) {
            cores.emplace(socket->second, core->second);
            sockets.insert(socket->second);
        }
    }
    // ARM kernels name neither; a thread is a core there.
    cpu.cores = cores.empty() ? cpu.threads : static_cast<std::int64_t>(cores.size());
    cpu.sockets = sockets.empty() ? 1 : static_cast<std::int64_t>(sockets.size());
}

}  // namespace

Cpu probe_cpu(const std::filesystem::path& root) {
    auto blocks = cpu_blocks(text::read(root / "proc/cpuinfo"));
    // ARM ends with a block about the board, which is not a CPU.
    const auto threads = std::ranges::count_if(
        blocks, [](const auto& block) { return block.contains("processor"); });
    Cpu cpu;
    utsname names{};
    if (::uname(&names) == 0) {
        cpu.architecture = names.machine;
    }
    cpu.vendor = first_of(blocks, {"vendor_id", "CPU implementer"});
    cpu.model = first_of(blocks, {"model name", "CPU part"});
    cpu.family = text::number(first_of(blocks, {"cpu family"})).value_or(0);
    cpu.threads = threads;
    const std::string flags = first_of(blocks, {"flags", "Features"});
    for (const std::string_view flag : text::words(flags)) {
        if (std::ranges::find(kSpeedFlags, flag) != kSpeedFlags.end()) {
            cpu.isa.emplace_back(flag);
        }
    }
    std::ranges::sort(cpu.isa);
    count_cores(blocks, cpu);
    const std::string megahertz = first_of(blocks, {"cpu MHz"});
    if (!megahertz.empty()) {
        const auto dot = megahertz.find('.');
        cpu.frequency_khz = 1000 * text::number(megahertz.substr(0, dot)).value_or(0);
    }
    const auto cpus = root / "sys/devices/system/cpu";
    cpu.frequency_max_khz = text::read_number(cpus / "cpu0/cpufreq/cpuinfo_max_freq").value_or(0);
    cpu.cache_bytes = last_level_cache(cpus);
    return cpu;
}

}  // namespace kapok::compute
