// Control groups, version 1: a folder in each controller's tree.

#include <algorithm>
#include <csignal>
#include <ranges>

#include <fmt/format.h>
#include <signal.h>

#include "platform/process/cgroup.h"
#include "platform/process/errors.h"
#include "platform/process/files.h"

namespace kapok::platform::process {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kPeriodUs = 100'000;
constexpr std::int64_t kQuotaUsMin = 1'000;  // The kernel takes no less.
constexpr std::int64_t kNanosPerMicro = 1'000;
constexpr std::size_t kStatisticsMax = 65'536;

class CgroupV1 final : public Cgroup {
public:
    explicit CgroupV1(CgroupPlace place) : Cgroup(std::move(place)) {}

    void kill() const override {
        // Frozen, nobody can fork while the list is read; the signal acts when they thaw.
        const auto freezer = folder_with("freezer.state");
        if (freezer) {
            static_cast<void>(write_control(*freezer / "freezer.state", "FROZEN"));
        }
        for (const pid_t pid : members()) {
            ::kill(pid, SIGKILL);
        }
        if (freezer) {
            static_cast<void>(write_control(*freezer / "freezer.state", "THAWED"));
        }
    }

    [[nodiscard]] CgroupUsage usage() const override {
        CgroupUsage usage;
        if (const auto folder = folder_with("cpuacct.usage")) {
            if (const auto nanos = read_control(*folder / "cpuacct.usage")) {
                usage.cpu_us = *nanos / kNanosPerMicro;
            }
        }
        if (const auto folder = folder_with("memory.max_usage_in_bytes")) {
            usage.memory_peak_bytes = read_control(*folder / "memory.max_usage_in_bytes");
            usage.oom_kills = read_control(*folder / "memory.oom_control", "oom_kill").value_or(0);
        }
        if (const auto folder = folder_with("blkio.throttle.io_service_bytes")) {
            read_io(*folder / "blkio.throttle.io_service_bytes", usage);
        }
        return usage;
    }

protected:
    [[nodiscard]] core::Result<void> limit(const CgroupLimits& limits) const override {
        auto done = set("memory", "memory.limit_in_bytes", limits.memory_bytes_max);
        if (done && limits.memory_bytes_max > 0 && folder_with("memory.memsw.limit_in_bytes")) {
            // Memory and swap together: a job may not swap its way past the limit.
            done = set("memory", "memory.memsw.limit_in_bytes", limits.memory_bytes_max);
        }
        if (done) {
            done = set("pids", "pids.max", limits.pids_max);
        }
        if (done && limits.cpu_milli > 0) {
            done = set("cpu", "cpu.cfs_period_us", kPeriodUs);
        }
        if (done && limits.cpu_milli > 0) {
            done = set("cpu", "cpu.cfs_quota_us",
                       std::max(kQuotaUsMin, limits.cpu_milli * (kPeriodUs / 1'000)));
        }
        return done;
    }

private:
    [[nodiscard]] std::optional<fs::path> folder_with(std::string_view file) const {
        std::error_code error;
        for (const fs::path& folder : place_.folders) {
            if (fs::exists(folder / file, error)) {
                return folder;
            }
        }
        return std::nullopt;
    }

    [[nodiscard]] core::Result<void> set(std::string_view controller, std::string_view file,
                                         std::int64_t value) const {
        if (value == 0) {
            return {};
        }
        const auto folder = folder_with(file);
        if (!folder) {
            return core::fail(kNoController, {{"controller", std::string(controller)}});
        }
        return write_control(*folder / file, fmt::format("{}", value));
    }

    // Lines "254:0 Read 4096", "254:0 Write 512", …, "Total 4608".
    static void read_io(const fs::path& file, CgroupUsage& usage) {
        const auto text = read_text(file, kStatisticsMax);
        if (!text) {
            return;
        }
        std::int64_t read = 0;
        std::int64_t written = 0;
        for (const auto part : std::views::split(*text, '\n')) {
            const std::string line{std::string_view(part)};
            const auto space = line.rfind(' ');
            if (space == line.npos) {
                continue;
            }
            const std::int64_t bytes = std::atoll(line.c_str() + space);
            read += line.find(" Read ") != line.npos ? bytes : 0;
            written += line.find(" Write ") != line.npos ? bytes : 0;
        }
        usage.read_bytes = read;
        usage.written_bytes = written;
    }
};

}  // namespace

std::unique_ptr<Cgroup> make_cgroup_v1(CgroupPlace place) {
    return std::make_unique<CgroupV1>(std::move(place));
}

}  // namespace kapok::platform::process
