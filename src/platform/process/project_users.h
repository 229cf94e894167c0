#pragma once

// Which users of the node a project's jobs run as. Each project has a range of its own that no
// other ever gets, so that one project's files and processes are closed to the next by the kernel
// itself. The table is a file beside the agent's data, since ranges must outlive the agent.

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "core/result.h"
#include "platform/process/limits.h"

namespace kapok::platform::process {

struct UserRange {
    std::uint32_t first = 0;
    std::uint32_t count = kUsersPerProject;
};

// For one thread, and one agent a file.
class ProjectUsers {
public:
    // Reads the table; an empty one if there is no file yet.
    [[nodiscard]] static core::Result<ProjectUsers> open(const std::filesystem::path& file);

    // `project` is its text id. A new range is durable before it is returned.
    [[nodiscard]] core::Result<UserRange> range_of(const std::string& project);

private:
    explicit ProjectUsers(std::filesystem::path file) : file_(std::move(file)) {}

    std::filesystem::path file_;
    std::map<std::string, std::uint32_t> first_;
};

}  // namespace kapok::platform::process
