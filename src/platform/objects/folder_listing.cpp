#include "platform/objects/folder_listing.h"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string_view>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/objects/errors.h"

namespace kapok::platform::objects {
namespace {

struct CloseFolder {
    void operator()(DIR* folder) const noexcept { ::closedir(folder); }
};

bool is_folder(const dirent& entry, int folder) {
    if (entry.d_type != DT_UNKNOWN) {
        return entry.d_type == DT_DIR;
    }
    struct stat status{};
    return ::fstatat(folder, entry.d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISDIR(status.st_mode);
}

// Folders end with "/", which puts everything below them where it belongs among the files.
core::Result<std::vector<std::string>> sorted_entries(const FileDescriptor& objects,
                                                      const std::string& path) {
    const auto folder = open_beneath(objects, path.empty() ? "." : path, O_RDONLY | O_DIRECTORY);
    if (!folder) {
        return std::unexpected(folder.error());
    }
    const std::unique_ptr<DIR, CloseFolder> stream(
        ::fdopendir(::fcntl(folder->number(), F_DUPFD_CLOEXEC, 0)));
    if (!stream) {
        return std::unexpected(error_of(errno, path));
    }
    std::vector<std::string> entries;
    while (const dirent* entry = ::readdir(stream.get())) {
        std::string name = entry->d_name;
        if (name != "." && name != "..") {
            entries.push_back(is_folder(*entry, folder->number()) ? name + "/" : name);
        }
    }
    std::ranges::sort(entries);
    return entries;
}

class Walk {
public:
    Walk(const FileDescriptor& objects, const ListQuery& query)
        : objects_(objects), query_(query) {}

    core::Result<void> visit(const std::string& folder) {
        const auto entries = sorted_entries(objects_, folder);
        if (!entries) {
            // Removed since it was seen.
            return entries.error().code() == kNotFound ? core::Result<void>{}
                                                       : std::unexpected(entries.error());
        }
        for (const std::string& entry : *entries) {
            if (names_.size() >= query_.count) {
                break;
            }
            const std::string path = folder + entry;
            if (!path.ends_with('/')) {
                if (path.starts_with(query_.prefix) && path > query_.after) {
                    names_.push_back(path);
                }
            } else if (may_have_wanted(path)) {
                if (auto visited = visit(path); !visited) {
                    return visited;
                }
            }
        }
        return {};
    }
    [[nodiscard]] std::vector<std::string> take() { return std::move(names_); }

private:
    [[nodiscard]] bool may_have_wanted(std::string_view folder) const {
        const std::string_view prefix = query_.prefix;
        const std::string_view after = query_.after;
        const bool prefix_fits = folder.starts_with(prefix) || prefix.starts_with(folder);
        const bool some_after = folder > after || after.starts_with(folder);
        return prefix_fits && some_after;
    }

    const FileDescriptor& objects_;
    const ListQuery& query_;
    std::vector<std::string> names_;
};

}  // namespace

core::Result<std::vector<std::string>> list_names(const FileDescriptor& objects,
                                                  const ListQuery& query) {
    Walk walk(objects, query);
    if (auto walked = walk.visit(""); !walked) {
        return std::unexpected(walked.error());
    }
    return walk.take();
}

}  // namespace kapok::platform::objects
