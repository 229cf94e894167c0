#include "platform/process/project_users.h"

#include <charconv>
#include <ranges>
#include <set>

#include <fmt/format.h>
#include <pwd.h>

#include "platform/process/errors.h"
#include "platform/process/files.h"

namespace kapok::platform::process {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kTableBytesMax = 4'194'304;

// Somebody may have made users in the range in spite of all.
bool is_free(std::uint32_t first) {
    for (std::uint32_t user = first; user < first + kUsersPerProject; ++user) {
        if (::getpwuid(user) != nullptr) {
            return false;
        }
    }
    return true;
}

std::unexpected<core::Error> bad_table(const fs::path& file, std::string_view line) {
    return core::fail(kBadRecord, {{"path", file.string()}, {"reason", std::string(line)}});
}

}  // namespace

core::Result<ProjectUsers> ProjectUsers::open(const fs::path& file) {
    ProjectUsers users(file);
    const auto text = read_text(file, kTableBytesMax);
    if (!text) {
        return text.error().code() == kNoSuchFile ? core::Result<ProjectUsers>(std::move(users))
                                                  : std::unexpected(text.error());
    }
    std::set<std::uint32_t> taken;
    for (const auto part : std::views::split(*text, '\n')) {
        const std::string_view line(part);
        if (line.empty()) {
            continue;
        }
        const auto space = line.find(' ');
        std::uint32_t first = 0;
        const char* const begin = line.data() + std::min(space, line.size() - 1) + 1;
        const auto [end, problem] = std::from_chars(begin, line.data() + line.size(), first);
        // A damaged table could give one project's files to another: better none.
        if (space == line.npos || space == 0 || problem != std::errc() ||
            end != line.data() + line.size() || first < kUserFirst || first >= kUserEnd ||
            (first - kUserFirst) % kUsersPerProject != 0 || !taken.insert(first).second ||
            !users.first_.emplace(line.substr(0, space), first).second) {
            return bad_table(file, line);
        }
    }
    return users;
}

core::Result<UserRange> ProjectUsers::range_of(const std::string& project) {
    if (const auto found = first_.find(project); found != first_.end()) {
        return UserRange{found->second};
    }
    if (project.empty() || project.find_first_of(" \n") != project.npos) {
        return core::fail(kBadSpec, {{"field", "project"}, {"expected", "prj_…"}});
    }
    std::uint32_t next = kUserFirst;
    for (const auto& [name, first] : first_) {
        next = std::max(next, first + kUsersPerProject);
    }
    while (next + kUsersPerProject <= kUserEnd && !is_free(next)) {
        next += kUsersPerProject;
    }
    if (next + kUsersPerProject > kUserEnd) {
        return core::fail(kNoUsersLeft, {{"limit", fmt::format("{}", first_.size())}});
    }
    std::string text;
    for (const auto& [name, first] : first_) {
        text += fmt::format("{} {}\n", name, first);
    }
    text += fmt::format("{} {}\n", project, next);
    const fs::path folder = file_.has_parent_path() ? file_.parent_path() : fs::path(".");
    if (auto written = write_durably(folder, file_.filename().string(), text); !written) {
        return std::unexpected(written.error());
    }
    first_.emplace(project, next);
    return UserRange{next};
}

}  // namespace kapok::platform::process
