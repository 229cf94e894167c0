#include "platform/metrics/process_status.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

#include <sys/resource.h>
#include <unistd.h>

namespace kapok::platform::metrics {
namespace {

constexpr std::int64_t kMicros = 1'000'000;

// The fields of /proc/self/stat behind the program's name, which may itself have spaces. The first
// of them is the third of proc(5).
std::vector<std::int64_t> stat_fields() {
    std::ifstream file("/proc/self/stat");
    std::string line;
    std::getline(file, line);
    const auto name_end = line.rfind(')');
    if (name_end == std::string::npos) {
        return {};
    }
    std::istringstream rest(line.substr(name_end + 1));
    std::string state;
    rest >> state;
    std::vector<std::int64_t> fields{0};
    for (std::int64_t value = 0; rest >> value;) {
        fields.push_back(value);
    }
    return fields;
}

// In seconds since 1970.
std::int64_t boot_time() {
    std::ifstream file("/proc/stat");
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("btime ")) {
            return std::stoll(line.substr(6));
        }
    }
    return 0;
}

std::int64_t open_files() {
    std::error_code fault;
    std::int64_t count = -1;  // The one that lists them.
    for (auto entry = std::filesystem::directory_iterator("/proc/self/fd", fault);
         !fault && entry != std::filesystem::directory_iterator(); entry.increment(fault)) {
        ++count;
    }
    return count < 0 ? 0 : count;
}

}  // namespace

ProcessStatus read_process_status() {
    // Numbers of proc(5), less the three that stat_fields() leaves out.
    constexpr std::size_t kUserTime = 14 - 3;
    constexpr std::size_t kSystemTime = 15 - 3;
    constexpr std::size_t kThreads = 20 - 3;
    constexpr std::size_t kStartTime = 22 - 3;
    constexpr std::size_t kVirtualBytes = 23 - 3;
    constexpr std::size_t kResidentPages = 24 - 3;
    static const std::int64_t booted_at = boot_time();

    ProcessStatus status;
    const std::vector<std::int64_t> fields = stat_fields();
    const std::int64_t ticks = ::sysconf(_SC_CLK_TCK);
    if (fields.size() > kResidentPages && ticks > 0) {
        status.cpu_us = (fields[kUserTime] + fields[kSystemTime]) * (kMicros / ticks);
        status.threads = fields[kThreads];
        status.started_at_us = booted_at * kMicros + fields[kStartTime] * (kMicros / ticks);
        status.virtual_bytes = fields[kVirtualBytes];
        status.resident_bytes = fields[kResidentPages] * ::sysconf(_SC_PAGESIZE);
    }
    status.open_fds = open_files();
    ::rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        status.max_fds = static_cast<std::int64_t>(limit.rlim_cur);
    }
    return status;
}

void describe(const ProcessStatus& status, Exposition& text) {
    using Kind = Exposition::Kind;
    text.family("process_cpu_seconds_total", "User and system time.", Kind::Counter);
    text.sample_micros(status.cpu_us);
    text.family("process_resident_memory_bytes", "Memory in use.", Kind::Gauge);
    text.sample(status.resident_bytes);
    text.family("process_virtual_memory_bytes", "Address space.", Kind::Gauge);
    text.sample(status.virtual_bytes);
    text.family("process_threads", "Threads.", Kind::Gauge);
    text.sample(status.threads);
    text.family("process_open_fds", "Open file descriptors.", Kind::Gauge);
    text.sample(status.open_fds);
    text.family("process_max_fds", "How many file descriptors there may be.", Kind::Gauge);
    text.sample(status.max_fds);
    text.family("process_start_time_seconds", "When the process started, since 1970.", Kind::Gauge);
    text.sample_micros(status.started_at_us);
}

}  // namespace kapok::platform::metrics
