// Control groups, version 2: one folder.

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ranges>

#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>

#include "platform/process/cgroup.h"
#include "platform/process/errors.h"
#include "platform/process/files.h"

namespace kapok::platform::process {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kPeriodUs = 100'000;
constexpr std::int64_t kQuotaUsMin = 1'000;
constexpr std::size_t kStatisticsMax = 1'048'576;

class CgroupV2 final : public Cgroup {
public:
    explicit CgroupV2(CgroupPlace place) : Cgroup(std::move(place)) {}

    void kill() const override {
        if (write_control(folder() / "cgroup.kill", "1")) {
            return;
        }
        for (const pid_t pid : members()) {  // Linux before 5.14.
            ::kill(pid, SIGKILL);
        }
    }

    [[nodiscard]] CgroupUsage usage() const override {
        CgroupUsage usage;
        usage.cpu_us = read_control(folder() / "cpu.stat", "usage_usec");
        usage.memory_peak_bytes = read_control(folder() / "memory.peak");  // Linux 5.19.
        usage.oom_kills = read_control(folder() / "memory.events", "oom_kill").value_or(0);
        if (const auto text = read_text(folder() / "io.stat", kStatisticsMax)) {
            usage.read_bytes = sum(*text, "rbytes=");
            usage.written_bytes = sum(*text, "wbytes=");
        }
        return usage;
    }

protected:
    [[nodiscard]] core::Result<void> limit(const CgroupLimits& limits) const override {
        std::vector<std::pair<std::string_view, std::string>> settings;
        if (limits.memory_bytes_max > 0) {
            settings.emplace_back("memory.max", fmt::format("{}", limits.memory_bytes_max));
            // A job whose largest process is taken away is rarely still the job: all of it goes.
            settings.emplace_back("memory.oom.group", "1");
        }
        if (limits.pids_max > 0) {
            settings.emplace_back("pids.max", fmt::format("{}", limits.pids_max));
        }
        if (limits.cpu_milli > 0) {
            const auto quota = std::max(kQuotaUsMin, limits.cpu_milli * (kPeriodUs / 1'000));
            settings.emplace_back("cpu.max", fmt::format("{} {}", quota, kPeriodUs));
        }
        for (const auto& [file, value] : settings) {
            if (!write_control(folder() / file, value)) {
                return core::fail(kNoController,
                                  {{"controller", std::string(file.substr(0, file.find('.')))}});
            }
        }
        if (limits.memory_bytes_max > 0) {  // Absent in kernels without swap.
            static_cast<void>(write_control(folder() / "memory.swap.max", "0"));
        }
        return {};
    }

private:
    [[nodiscard]] const fs::path& folder() const { return place_.folders.front(); }

    // Lines "254:0 rbytes=1 wbytes=2 …".
    static std::int64_t sum(std::string_view text, std::string_view name) {
        std::int64_t total = 0;
        for (auto at = text.find(name); at != text.npos; at = text.find(name, at + 1)) {
            total += std::atoll(text.data() + at + name.size());
        }
        return total;
    }
};

bool hand_down(const fs::path& folder) {
    bool all = true;
    for (const std::string_view controller : {"+memory", "+cpu", "+pids"}) {
        all = write_control(folder / "cgroup.subtree_control", controller).has_value() && all;
    }
    static_cast<void>(write_control(folder / "cgroup.subtree_control", "+io"));  // Only counts.
    return all;
}

std::unexpected<core::Error> not_delegated(const fs::path& folder) {
    return core::fail(kCgroupsNotDelegated,
                      {{"reason", folder.string() + ": " + std::strerror(errno)}});
}

}  // namespace

std::unique_ptr<Cgroup> make_cgroup_v2(CgroupPlace place) {
    return std::make_unique<CgroupV2>(std::move(place));
}

core::Result<void> prepare_cgroups_v2(const fs::path& parent) {
    const fs::path ours = parent / "kapok";
    if (::mkdir(ours.c_str(), 0755) != 0 && errno != EEXIST) {
        return not_delegated(ours);
    }
    if (!hand_down(parent)) {
        // A group that has processes of its own hands nothing down. Ours is moved aside, as systemd
        // asks of services with Delegate=yes; if others are there, the second try says so.
        const fs::path aside = parent / "kapok-agent";
        if (::mkdir(aside.c_str(), 0755) != 0 && errno != EEXIST) {
            return not_delegated(aside);
        }
        static_cast<void>(write_control(aside / "cgroup.procs", "0"));
        if (!hand_down(parent)) {
            return not_delegated(parent);
        }
    }
    return hand_down(ours) ? core::Result<void>() : not_delegated(ours);
}

}  // namespace kapok::platform::process
