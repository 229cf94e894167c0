#include "platform/objects/folders.h"

#include <cerrno>
#include <filesystem>
#include <limits>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/objects/errors.h"
#include "platform/objects/folder_listing.h"

namespace kapok::platform::objects {
namespace {

constexpr mode_t kLockMode = 0600;

core::Result<std::vector<std::string>> all_names(const FileDescriptor& folder) {
    ListQuery everything;
    everything.count = std::numeric_limits<std::size_t>::max();
    return list_names(folder, everything);
}

// Only if nobody else has the folder open. Then, or otherwise, others may come.
core::Result<void> clean_incoming(const Folders& folders) {
    if (::flock(folders.lock.number(), LOCK_EX | LOCK_NB) == 0) {
        const auto names = all_names(folders.incoming);
        if (!names) {
            return std::unexpected(names.error());
        }
        for (const std::string& name : *names) {
            ::unlinkat(folders.incoming.number(), name.c_str(), 0);
        }
    }
    if (::flock(folders.lock.number(), LOCK_SH) != 0) {
        return std::unexpected(error_of(errno, "lock"));
    }
    return {};
}

core::Result<std::int64_t> measure(const FileDescriptor& objects) {
    const auto names = all_names(objects);
    if (!names) {
        return std::unexpected(names.error());
    }
    std::int64_t total = 0;
    for (const std::string& name : *names) {
        total += size_under(objects, name);
    }
    return total;
}

core::Result<FileDescriptor> open_root(const std::filesystem::path& path) {
    std::error_code failed;
    std::filesystem::create_directories(path, failed);
    const int number = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (failed || number < 0) {
        return std::unexpected(error_of(failed ? failed.value() : errno, path.string()));
    }
    return FileDescriptor(number);
}

// One folder of the store.
core::Result<void> open_into(FileDescriptor& to, const FileDescriptor& root,
                             std::string_view name) {
    auto opened = make_folders(root, name);
    if (!opened) {
        return std::unexpected(opened.error());
    }
    to = *std::move(opened);
    return {};
}

core::Result<void> open_all(Folders& folders) {
    auto done = open_into(folders.objects, folders.root, "objects");
    done = done ? open_into(folders.incoming, folders.root, "incoming") : done;
    if (!done) {
        return done;
    }
    auto lock = open_beneath(folders.root, "lock", O_RDWR | O_CREAT, kLockMode);
    if (!lock) {
        return std::unexpected(lock.error());
    }
    folders.lock = *std::move(lock);
    return clean_incoming(folders);
}

}  // namespace

std::pair<std::string_view, std::string> split_name(std::string_view name) {
    const auto slash = name.rfind('/');
    return slash == name.npos
               ? std::pair(std::string_view(), std::string(name))
               : std::pair(name.substr(0, slash), std::string(name.substr(slash + 1)));
}

std::int64_t size_under(const FileDescriptor& folder, const std::string& file) {
    struct stat status{};
    const bool found = ::fstatat(folder.number(), file.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
    return found && S_ISREG(status.st_mode) ? status.st_size : 0;
}

core::Result<std::shared_ptr<Folders>> open_folders(const FolderOptions& options) {
    auto root = open_root(options.folder);
    if (!root) {
        return std::unexpected(root.error());
    }
    const std::int64_t limit =
        options.total_bytes_max.value_or(std::numeric_limits<std::int64_t>::max() / 2);
    auto folders = std::make_shared<Folders>(*std::move(root), limit);
    if (auto opened = open_all(*folders); !opened) {
        return std::unexpected(opened.error());
    }
    const auto used = measure(folders->objects);
    if (!used) {
        return std::unexpected(used.error());
    }
    folders->quota.count(*used);
    return folders;
}

}  // namespace kapok::platform::objects
