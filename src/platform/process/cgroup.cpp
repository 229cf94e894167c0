#include "platform/process/cgroup.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <ranges>
#include <set>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/process/errors.h"
#include "platform/process/files.h"
#include "platform/process/kernel.h"

namespace kapok::platform::process {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kControlFileMax = 1'048'576;
constexpr std::string_view kGroupName = "kapok";
constexpr std::array<std::string_view, 6> kControllers{"memory", "cpu",     "cpuacct",
                                                       "pids",   "freezer", "blkio"};

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    for (const auto part : std::views::split(text, separator)) {
        parts.emplace_back(std::string_view(part));
    }
    return parts;
}

// Spaces and the like are written as \040.
std::string unescape(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned value = 0;
        if (text[i] == '\\' && i + 3 < text.size() &&
            std::from_chars(text.data() + i + 1, text.data() + i + 4, value, 8).ec == std::errc()) {
            plain.push_back(static_cast<char>(value));
            i += 3;
        } else {
            plain.push_back(text[i]);
        }
    }
    return plain;
}

struct CgroupMount {
    std::string root;  // The group that shows at `point`: not "/" in containers.
    fs::path point;
    bool version_2 = false;
    std::vector<std::string> options;
};

std::vector<CgroupMount> parse_mounts(std::string_view mountinfo) {
    std::vector<CgroupMount> mounts;
    for (const std::string& line : split(mountinfo, '\n')) {
        const auto words = split(line, ' ');
        const auto dash = std::ranges::find(words, "-");
        if (words.size() < 6 || words.end() - dash < 4) {
            continue;
        }
        const std::string& type = dash[1];
        if (type == "cgroup" || type == "cgroup2") {
            mounts.push_back(
                {unescape(words[3]), unescape(words[4]), type == "cgroup2", split(dash[3], ',')});
        }
    }
    return mounts;
}

// From lines "4:memory:/user/x" and "0::/user/x"; version 2 is under "".
std::map<std::string, std::string> parse_own_groups(std::string_view text) {
    std::map<std::string, std::string> groups;
    for (const std::string& line : split(text, '\n')) {
        const auto first = line.find(':');
        const auto second = line.find(':', first + 1);
        if (first == line.npos || second == line.npos) {
            continue;
        }
        const auto names = std::string_view(line).substr(first + 1, second - first - 1);
        for (const std::string& controller :
             names.empty() ? std::vector<std::string>{""} : split(names, ',')) {
            groups[controller] = line.substr(second + 1);
        }
    }
    return groups;
}

// Our group's folder under this mount; the mount itself if our group does not show there.
fs::path own_folder(const CgroupMount& mount, const std::string& group) {
    std::string_view below = group;
    if (mount.root != "/" && below.starts_with(mount.root)) {
        below.remove_prefix(mount.root.size());
    }
    const fs::path inner = fs::path(below).relative_path();
    std::error_code error;
    const bool shows = !inner.empty() && group.find("..") == group.npos &&
                       fs::is_directory(mount.point / inner, error);
    return shows ? mount.point / inner : mount.point;
}

bool has_controllers(const fs::path& folder) {
    const auto text = read_text(folder / "cgroup.controllers", kControlFileMax);
    if (!text) {
        return false;
    }
    const auto words = split(std::string_view(*text).substr(0, text->find('\n')), ' ');
    return std::ranges::all_of(std::array{"memory", "cpu", "pids"}, [&](const char* controller) {
        return std::ranges::find(words, controller) != words.end();
    });
}

core::Result<void> make_folder(const fs::path& folder, bool may_exist) {
    if (::mkdir(folder.c_str(), 0755) == 0 || (may_exist && errno == EEXIST)) {
        return {};
    }
    if (errno == EACCES || errno == EROFS || errno == EPERM) {
        return core::fail(kCgroupsNotDelegated,
                          {{"reason", folder.string() + ": " + std::strerror(errno)}});
    }
    return system_error("mkdir", folder.string());
}

}  // namespace

std::optional<CgroupLayout> detect_cgroups(std::string_view mountinfo,
                                           std::string_view own_groups) {
    const auto mounts = parse_mounts(mountinfo);
    const auto groups = parse_own_groups(own_groups);
    const auto group_of = [&](const std::string& controller) {
        const auto found = groups.find(controller);
        return found == groups.end() ? std::string("/") : found->second;
    };
    CgroupLayout v1{CgroupVersion::V1, {}};
    for (const CgroupMount& mount : mounts) {
        if (mount.version_2 && has_controllers(mount.point)) {
            return CgroupLayout{CgroupVersion::V2, {{"", own_folder(mount, group_of(""))}}};
        }
        for (const std::string& option : mount.options) {
            if (!mount.version_2 && std::ranges::find(kControllers, option) != kControllers.end()) {
                v1.parents.emplace(option, own_folder(mount, group_of(option)));
            }
        }
    }
    return v1.parents.empty() ? std::nullopt : std::optional(std::move(v1));
}

std::optional<CgroupLayout> detect_cgroups() {
    const auto mountinfo = read_text("/proc/self/mountinfo", kControlFileMax);
    const auto own_groups = read_text("/proc/self/cgroup", kControlFileMax);
    return mountinfo && own_groups ? detect_cgroups(*mountinfo, *own_groups) : std::nullopt;
}

CgroupPlace Cgroup::plan(const CgroupLayout& layout, std::string_view name) {
    std::set<fs::path> folders;  // Two controllers may share a tree ("cpu,cpuacct").
    for (const auto& [controller, parent] : layout.parents) {
        folders.insert(parent / kGroupName / name);
    }
    return {layout.version, {folders.begin(), folders.end()}};
}

core::Result<std::unique_ptr<Cgroup>> Cgroup::create(const CgroupLayout& layout,
                                                     std::string_view name,
                                                     const CgroupLimits& limits) {
    const CgroupPlace place = plan(layout, name);
    if (layout.version == CgroupVersion::V2) {
        if (auto prepared = prepare_cgroups_v2(layout.parents.at("")); !prepared) {
            return std::unexpected(prepared.error());
        }
    }
    for (const fs::path& folder : place.folders) {
        auto made = make_folder(folder.parent_path(), true);
        if (made) {
            made = make_folder(folder, false);
        }
        if (!made) {
            static_cast<void>(open(place)->remove());
            return std::unexpected(made.error());
        }
    }
    auto group = open(place);
    if (auto limited = group->limit(limits); !limited) {
        static_cast<void>(group->remove());
        return std::unexpected(limited.error());
    }
    return group;
}

std::unique_ptr<Cgroup> Cgroup::open(const CgroupPlace& place) {
    return place.version == CgroupVersion::V1 ? make_cgroup_v1(place) : make_cgroup_v2(place);
}

core::Result<std::vector<Descriptor>> Cgroup::entrances() const {
    std::vector<Descriptor> files;
    for (const fs::path& folder : place_.folders) {
        const fs::path file = folder / "cgroup.procs";
        files.emplace_back(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
        if (!files.back()) {
            return system_error("open", file.string());
        }
    }
    return files;
}

std::vector<pid_t> Cgroup::members() const {
    std::set<pid_t> pids;
    for (const fs::path& folder : place_.folders) {
        const auto text = read_text(folder / "cgroup.procs", kControlFileMax);
        for (const std::string& line : split(text ? *text : std::string(), '\n')) {
            pid_t pid = 0;
            if (std::from_chars(line.data(), line.data() + line.size(), pid).ec == std::errc()) {
                pids.insert(pid);
            }
        }
    }
    return {pids.begin(), pids.end()};
}

core::Result<void> Cgroup::remove() const {
    for (const fs::path& folder : place_.folders) {
        if (::rmdir(folder.c_str()) != 0 && errno != ENOENT) {
            return system_error("rmdir", folder.string());
        }
    }
    return {};
}

core::Result<void> write_control(const fs::path& file, std::string_view text) {
    // A control file is never made: O_CREAT lets a test's tree, which is empty, take its place.
    const Descriptor control(::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    if (!control || ::write(control.get(), text.data(), text.size()) != std::ssize(text)) {
        return system_error("write", file.string());
    }
    return {};
}

std::optional<std::int64_t> read_control(const fs::path& file) {
    const auto text = read_text(file, kControlFileMax);
    std::int64_t number = 0;
    if (!text ||
        std::from_chars(text->data(), text->data() + text->size(), number).ec != std::errc()) {
        return std::nullopt;
    }
    return number;
}

std::optional<std::int64_t> read_control(const fs::path& file, std::string_view name) {
    const auto text = read_text(file, kControlFileMax);
    for (const std::string& line : split(text ? *text : std::string(), '\n')) {
        std::int64_t number = 0;
        if (line.size() > name.size() && line.starts_with(name) && line[name.size()] == ' ' &&
            std::from_chars(line.data() + name.size() + 1, line.data() + line.size(), number).ec ==
                std::errc()) {
            return number;
        }
    }
    return std::nullopt;
}

}  // namespace kapok::platform::process
