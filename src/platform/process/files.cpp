#include "platform/process/files.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <functional>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "platform/process/errors.h"
#include "platform/process/kernel.h"
#include "platform/process/limits.h"

namespace kapok::platform::process {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kDiskBlock = 512;  // The unit of st_blocks, whatever the file system.

struct FolderCloser {
    void operator()(DIR* folder) const noexcept { ::closedir(folder); }
};

core::Result<Descriptor> open_inside(const fs::path& folder, std::string_view name, int flags) {
    const Descriptor root(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!root) {
        return system_error("open", folder.string());
    }
    const std::string text(name);
    const bool whole = text.size() == text.find('\0') || text.find('\0') == text.npos;
    open_how how{};
    how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    Descriptor file(
        whole ? static_cast<int>(::syscall(SYS_openat2, root.get(), text.c_str(), &how, sizeof how))
              : -1);
    if (file) {
        return file;
    }
    if (whole && errno == ENOENT) {
        return core::fail(kNoSuchFile, {{"name", text}});
    }
    if (!whole || errno == EXDEV || errno == ELOOP || errno == ENOTDIR || errno == ENAMETOOLONG) {
        return core::fail(kOutsideFolder, {{"name", text.substr(0, 256)}});
    }
    return system_error("open", text);
}

using Visit = std::function<core::Result<void>(int folder, const char* name, const struct stat&)>;

// Calls `visit` for every entry below; false if something lay deeper than is looked at.
core::Result<bool> walk(int parent, const char* name, int depth, const Visit& visit) {
    const int number = ::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    const std::unique_ptr<DIR, FolderCloser> folder(number < 0 ? nullptr : ::fdopendir(number));
    if (!folder) {
        // A running job may have removed it, or shut itself out.
        return errno == ENOENT || errno == ENOTDIR || errno == ELOOP || errno == EACCES
                   ? core::Result<bool>(true)
                   : system_error("open", name);
    }
    bool complete = true;
    while (const dirent* entry = ::readdir(folder.get())) {
        const std::string_view text = entry->d_name;
        struct stat status{};
        if (text == "." || text == ".." ||
            ::fstatat(number, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
            continue;
        }
        if (auto visited = visit(number, entry->d_name, status); !visited) {
            return std::unexpected(visited.error());
        }
        if (S_ISDIR(status.st_mode)) {
            if (depth + 1 >= kFolderDepthMax) {
                complete = false;
                continue;
            }
            const auto below = walk(number, entry->d_name, depth + 1, visit);
            if (!below) {
                return below;
            }
            complete = complete && *below;
        }
    }
    return complete;
}

}  // namespace

core::Result<std::string> read_text(const fs::path& path, std::size_t bytes_max) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file) {
        return errno == ENOENT ? core::fail(kNoSuchFile, {{"name", path.string()}})
                               : system_error("open", path.string());
    }
    std::string text;
    std::array<char, 16'384> buffer;
    while (true) {
        const ssize_t count = ::read(file.get(), buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return system_error("read", path.string());
        }
        if (count == 0) {
            return text;
        }
        text.append(buffer.data(), static_cast<std::size_t>(count));
        if (text.size() > bytes_max) {
            return core::fail(kBadRecord, {{"path", path.string()},
                                           {"reason", fmt::format("> {} bytes", bytes_max)}});
        }
    }
}

core::Result<void> write_durably(const fs::path& folder, std::string_view name,
                                 std::string_view content) {
    const Descriptor root(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const std::string next = fmt::format(".{}.next", name);
    const Descriptor file(root ? ::openat(root.get(), next.c_str(),
                                          O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
                                          0600)
                               : -1);
    if (!file) {
        return system_error("create", (folder / next).string());
    }
    for (std::string_view rest = content; !rest.empty();) {
        const ssize_t count = ::write(file.get(), rest.data(), rest.size());
        if (count < 0 && errno != EINTR) {
            return system_error("write", (folder / next).string());
        }
        rest.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    }
    if (::fsync(file.get()) != 0 ||
        ::renameat(root.get(), next.c_str(), root.get(), std::string(name).c_str()) != 0 ||
        ::fsync(root.get()) != 0) {
        return system_error("rename", (folder / name).string());
    }
    return {};
}

core::Result<Descriptor> open_artifact(const fs::path& folder, std::string_view name) {
    // Not blocking, so that a pipe cannot hold the collector.
    auto file = open_inside(folder, name, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (!file) {
        return file;
    }
    struct stat status{};
    if (::fstat(file->get(), &status) != 0 || !S_ISREG(status.st_mode)) {
        return core::fail(kNotAFile, {{"name", std::string(name)}});
    }
    return file;
}

core::Result<Descriptor> open_folder(const fs::path& folder, std::string_view name) {
    return open_inside(folder, name, O_RDONLY | O_DIRECTORY);
}

core::Result<TreeSize> measure_tree(int folder) {
    TreeSize size;
    const auto walked =
        walk(folder, ".", 0, [&](int /*folder*/, const char* /*name*/, const struct stat& status) {
            const auto links = S_ISDIR(status.st_mode) ? 1 : std::max<nlink_t>(status.st_nlink, 1);
            size.bytes += static_cast<std::int64_t>(static_cast<std::uint64_t>(status.st_blocks) *
                                                    kDiskBlock / links);
            ++size.entries;
            return core::Result<void>();
        });
    if (!walked) {
        return std::unexpected(walked.error());
    }
    size.too_deep = !*walked;
    return size;
}

core::Result<void> give_tree(int folder, uid_t user, gid_t group) {
    const auto walked =
        walk(folder, ".", 0,
             [&](int parent, const char* name, const struct stat&) -> core::Result<void> {
                 if (::fchownat(parent, name, user, group, AT_SYMLINK_NOFOLLOW) != 0) {
                     return system_error("chown", name);
                 }
                 return {};
             });
    if (!walked) {
        return std::unexpected(walked.error());
    }
    if (::fchown(folder, user, group) != 0) {
        return system_error("chown", "work");
    }
    return {};
}

}  // namespace kapok::platform::process
