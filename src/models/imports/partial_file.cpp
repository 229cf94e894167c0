#include "models/imports/partial_file.h"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "models/errors.h"

namespace kapok::models {
namespace {

constexpr mode_t kFileMode = 0600;

std::unexpected<core::Error> cannot(const std::filesystem::path& path, int error_number) {
    return core::fail(kCannotKeep, {{"file", path.filename().string()},
                                    {"reason", std::generic_category().message(error_number)}});
}

}  // namespace

std::unexpected<core::Error> PartialFile::failed(int error_number) const {
    return cannot(path_, error_number);
}

core::Result<PartialFile> PartialFile::open(std::filesystem::path path, std::int64_t size) {
    std::error_code fault;
    std::filesystem::create_directories(path.parent_path(), fault);
    if (fault) {
        return cannot(path, fault.value());
    }
    platform::objects::FileDescriptor file(
        ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kFileMode));
    struct stat status{};
    if (file.number() < 0 || ::fstat(file.number(), &status) != 0) {
        return cannot(path, errno);
    }
    if (!S_ISREG(status.st_mode) || status.st_size < size) {
        return cannot(path, EIO);
    }
    PartialFile partial(std::move(path), std::move(file), size);
    if (const auto cut = partial.cut(size); !cut) {
        return std::unexpected(cut.error());
    }
    return partial;
}

core::Result<void> PartialFile::append(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::pwrite(file_.number(), bytes.data(), bytes.size(), size_);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            return failed(count == 0 ? ENOSPC : errno);
        }
        size_ += count;
        bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
    return {};
}

core::Result<void> PartialFile::sync() {
    return ::fdatasync(file_.number()) == 0 ? core::Result<void>() : failed(errno);
}

core::Result<void> PartialFile::cut(std::int64_t size) {
    if (::ftruncate(file_.number(), size) != 0) {
        return failed(errno);
    }
    size_ = size;
    return {};
}

core::Result<std::size_t> PartialFile::read(std::int64_t offset, std::span<std::byte> buffer) {
    for (;;) {
        const ssize_t count = ::pread(file_.number(), buffer.data(), buffer.size(), offset);
        if (count >= 0) {
            return static_cast<std::size_t>(count);
        }
        if (errno != EINTR) {
            return failed(errno);
        }
    }
}

core::Result<void> PartialFile::expect(std::int64_t bytes) {
    struct statvfs disk{};
    if (::fstatvfs(file_.number(), &disk) != 0) {
        return failed(errno);
    }
    const auto available = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
    if (bytes > 0 && static_cast<std::uint64_t>(bytes) > available) {
        return core::fail(
            kNoRoom, {{"available", std::to_string(available)}, {"needed", std::to_string(bytes)}});
    }
    return {};
}

}  // namespace kapok::models
