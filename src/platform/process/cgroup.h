#pragma once

// A control group holds all processes of an attempt: it limits what they use together, counts it,
// and is the proof that none of them is left. Version 2 has one tree; version 1 has one a
// controller, and many machines still run it, alone or beside a version 2 without controllers
// ("hybrid").

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "core/result.h"
#include "platform/process/descriptor.h"

namespace kapok::platform::process {

struct CgroupLimits {  // 0 is no limit.
    std::int64_t memory_bytes_max = 0;
    std::int64_t cpu_milli = 0;  // Thousandths of a core.
    std::int64_t pids_max = 0;
};

struct CgroupUsage {  // Nothing where the kernel does not count it.
    std::optional<std::int64_t> cpu_us;
    std::optional<std::int64_t> memory_peak_bytes;
    std::optional<std::int64_t> read_bytes;
    std::optional<std::int64_t> written_bytes;
    std::int64_t oom_kills = 0;
};

enum class CgroupVersion : std::uint8_t { V1 = 1, V2 = 2 };

// Where this process may make groups: by controller in version 1, one under "" in version 2.
struct CgroupLayout {
    CgroupVersion version = CgroupVersion::V2;
    std::map<std::string, std::filesystem::path> parents;
};

// From the texts of /proc/self/mountinfo and /proc/self/cgroup. Groups are made below the one that
// this process is in, so that a limit set on it holds for them too.
[[nodiscard]] std::optional<CgroupLayout> detect_cgroups(std::string_view mountinfo,
                                                         std::string_view own_groups);
[[nodiscard]] std::optional<CgroupLayout> detect_cgroups();

// How a group is found again by another process.
struct CgroupPlace {
    CgroupVersion version = CgroupVersion::V2;
    std::vector<std::filesystem::path> folders;

    friend bool operator==(const CgroupPlace&, const CgroupPlace&) = default;
};

class Cgroup {
public:
    // Where create() will make it: to be written down before it is there.
    [[nodiscard]] static CgroupPlace plan(const CgroupLayout& layout, std::string_view name);
    // `name` is the attempt's. A group that exists already is an error: it is somebody else's.
    [[nodiscard]] static core::Result<std::unique_ptr<Cgroup>> create(const CgroupLayout& layout,
                                                                      std::string_view name,
                                                                      const CgroupLimits& limits);
    [[nodiscard]] static std::unique_ptr<Cgroup> open(const CgroupPlace& place);

    virtual ~Cgroup() = default;
    Cgroup(const Cgroup&) = delete;
    Cgroup& operator=(const Cgroup&) = delete;

    [[nodiscard]] const CgroupPlace& place() const noexcept { return place_; }

    // What a child writes "0" to in order to enter.
    [[nodiscard]] core::Result<std::vector<Descriptor>> entrances() const;
    // Those in the group; empty also when the group is gone.
    [[nodiscard]] std::vector<pid_t> members() const;
    // Sends SIGKILL to all, so that none can escape by forking. They may need a moment to go.
    virtual void kill() const = 0;
    [[nodiscard]] virtual CgroupUsage usage() const = 0;
    // Fails while there are members.
    [[nodiscard]] core::Result<void> remove() const;

protected:
    explicit Cgroup(CgroupPlace place) : place_(std::move(place)) {}

    [[nodiscard]] virtual core::Result<void> limit(const CgroupLimits& limits) const = 0;

    CgroupPlace place_;
};

// For the two drivers: control files hold one line or a few "name number" lines.
[[nodiscard]] core::Result<void> write_control(const std::filesystem::path& file,
                                               std::string_view text);
[[nodiscard]] std::optional<std::int64_t> read_control(const std::filesystem::path& file);
[[nodiscard]] std::optional<std::int64_t> read_control(const std::filesystem::path& file,
                                                       std::string_view name);

[[nodiscard]] std::unique_ptr<Cgroup> make_cgroup_v1(CgroupPlace place);
[[nodiscard]] std::unique_ptr<Cgroup> make_cgroup_v2(CgroupPlace place);
// Makes the parent of all attempts and hands it the controllers.
[[nodiscard]] core::Result<void> prepare_cgroups_v2(const std::filesystem::path& parent);

}  // namespace kapok::platform::process
