#include "platform/objects/file_system.h"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "platform/objects/errors.h"

namespace kapok::platform::objects {
namespace {

constexpr mode_t kFolderMode = 0700;

// One level; made if it is missing.
core::Result<FileDescriptor> make_folder(const FileDescriptor& folder, const std::string& name) {
    constexpr int kFlags = O_RDONLY | O_DIRECTORY;
    auto opened = open_beneath(folder, name, kFlags);
    if (opened || opened.error().code() != kNotFound) {
        return opened;
    }
    if (::mkdirat(folder.number(), name.c_str(), kFolderMode) != 0 && errno != EEXIST) {
        return std::unexpected(error_of(errno, name));
    }
    if (auto synced = sync(folder, name); !synced) {
        return std::unexpected(synced.error());
    }
    return open_beneath(folder, name, kFlags);
}

}  // namespace

FileDescriptor::~FileDescriptor() {
    if (number_ >= 0) {
        ::close(number_);
    }
}

core::Error error_of(int error_number, std::string_view name) {
    const std::string shown(name);
    switch (error_number) {
        case ENOENT: return {kNotFound, {{"name", shown}}, {}};
        case EEXIST: return {kExists, {{"name", shown}}, {}};
        case EISDIR:
        case ENOTDIR:
        case ENOTEMPTY: return {kNameTaken, {{"name", shown}}, {}};
        case ENOSPC:
        case EDQUOT: return {kDiskFull, {}, {}};
        default: break;
    }
    return {kUnreadable,
            {{"name", shown}, {"detail", std::generic_category().message(error_number)}},
            {}};
}

core::Result<FileDescriptor> open_beneath(const FileDescriptor& folder, const std::string& path,
                                          int flags, mode_t mode) {
    open_how how{};
    how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
    how.mode = mode;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    long number = -1;
    do {
        number = ::syscall(SYS_openat2, folder.number(), path.c_str(), &how, sizeof how);
    } while (number < 0 && (errno == EINTR || errno == EAGAIN));
    if (number < 0) {
        return std::unexpected(error_of(errno, path));
    }
    return FileDescriptor(static_cast<int>(number));
}

core::Result<FileDescriptor> make_folders(const FileDescriptor& folder, std::string_view path) {
    auto current = open_beneath(folder, ".", O_RDONLY | O_DIRECTORY);
    while (current && !path.empty()) {
        const auto slash = path.find('/');
        current = make_folder(*current, std::string(path.substr(0, slash)));
        path.remove_prefix(slash == path.npos ? path.size() : slash + 1);
    }
    return current;
}

core::Result<void> write_all(const FileDescriptor& file, std::span<const std::byte> bytes,
                             std::string_view name) {
    while (!bytes.empty()) {
        const ssize_t count = ::write(file.number(), bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            return std::unexpected(error_of(count == 0 ? ENOSPC : errno, name));
        }
        bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
    return {};
}

core::Result<void> read_all(const FileDescriptor& file, std::span<std::byte> bytes,
                            std::int64_t offset, std::string_view name) {
    while (!bytes.empty()) {
        const ssize_t count = ::pread(file.number(), bytes.data(), bytes.size(), offset);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return std::unexpected(error_of(errno, name));
        }
        if (count == 0) {
            return core::fail(kDamaged, {{"name", std::string(name)}});
        }
        bytes = bytes.subspan(static_cast<std::size_t>(count));
        offset += count;
    }
    return {};
}

core::Result<std::int64_t> size_of(const FileDescriptor& file, std::string_view name) {
    struct stat status{};
    if (::fstat(file.number(), &status) != 0) {
        return std::unexpected(error_of(errno, name));
    }
    if (S_ISDIR(status.st_mode)) {
        return core::fail(kNotFound, {{"name", std::string(name)}});
    }
    return static_cast<std::int64_t>(status.st_size);
}

core::Result<void> sync(const FileDescriptor& file, std::string_view name) {
    if (::fsync(file.number()) != 0) {
        return std::unexpected(error_of(errno, name));
    }
    return {};
}

}  // namespace kapok::platform::objects
