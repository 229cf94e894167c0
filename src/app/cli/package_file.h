#pragma once

// Takes one file out of a package: a gzip-compressed tar archive, as npm makes them. The server
// takes only plain files, so packages are opened here, on the user's own machine.

#include <filesystem>
#include <string>

#include "core/result.h"

namespace kapok::app::cli {

// Writes `member` of the archive `package` to `target`. kNoMember if it is not there, kBadPackage
// if the archive is damaged.
[[nodiscard]] core::Result<void> extract_member(const std::filesystem::path& package,
                                                const std::string& member,
                                                const std::filesystem::path& target);

}  // namespace kapok::app::cli
