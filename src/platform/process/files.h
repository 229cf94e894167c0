#pragma once

// Files as the supervisor and the agent need them: records that appear whole and durable, and
// folders that belong to somebody hostile. Nothing here follows a link that a job has made.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include <sys/types.h>

#include "core/result.h"
#include "platform/process/descriptor.h"

namespace kapok::platform::process {

[[nodiscard]] core::Result<std::string> read_text(const std::filesystem::path& path,
                                                  std::size_t bytes_max);

// Replaces `folder`/`name`: the old content or the new one, also after a power failure.
[[nodiscard]] core::Result<void> write_durably(const std::filesystem::path& folder,
                                               std::string_view name, std::string_view content);

// Opens a file that a job has made, for reading. `name` is relative to `folder` and cannot lead out
// of it, by whatever links; only regular files are given. This is how artefacts are collected.
[[nodiscard]] core::Result<Descriptor> open_artifact(const std::filesystem::path& folder,
                                                     std::string_view name);
// The same for a folder inside it; "." is the folder itself.
[[nodiscard]] core::Result<Descriptor> open_folder(const std::filesystem::path& folder,
                                                   std::string_view name);

struct TreeSize {
    std::int64_t bytes = 0;  // As kept on disk; a file with several names counts once.
    std::int64_t entries = 0;
    bool too_deep = false;  // Deeper than kFolderDepthMax: not all was counted.
};
[[nodiscard]] core::Result<TreeSize> measure_tree(int folder);

// Gives everything in the folder, and the folder, to a user. Before a job starts, never after.
[[nodiscard]] core::Result<void> give_tree(int folder, uid_t user, gid_t group);

}  // namespace kapok::platform::process
