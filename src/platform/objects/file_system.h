#pragma once

// The few system calls that objects need, relative to an open folder that nothing can lead out of:
// no symbolic link is ever followed, also not one that somebody puts there meanwhile.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <sys/types.h>

#include "core/result.h"

namespace kapok::platform::objects {

class FileDescriptor {
public:
    FileDescriptor() noexcept = default;
    explicit FileDescriptor(int number) noexcept : number_(number) {}
    FileDescriptor(FileDescriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    FileDescriptor& operator=(FileDescriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    ~FileDescriptor();

    [[nodiscard]] int number() const noexcept { return number_; }

private:
    int number_ = -1;
};

// What errno means for the object or file `name`.
[[nodiscard]] core::Error error_of(int error_number, std::string_view name);

[[nodiscard]] core::Result<FileDescriptor> open_beneath(const FileDescriptor& folder,
                                                        const std::string& path, int flags,
                                                        mode_t mode = 0);
// Opens the folder `path` beneath `folder`, making what is missing, durably. "" is `folder` itself.
[[nodiscard]] core::Result<FileDescriptor> make_folders(const FileDescriptor& folder,
                                                        std::string_view path);
[[nodiscard]] core::Result<void> write_all(const FileDescriptor& file,
                                           std::span<const std::byte> bytes, std::string_view name);
// All of `bytes`; a file that ends before is kDamaged.
[[nodiscard]] core::Result<void> read_all(const FileDescriptor& file, std::span<std::byte> bytes,
                                          std::int64_t offset, std::string_view name);
[[nodiscard]] core::Result<std::int64_t> size_of(const FileDescriptor& file, std::string_view name);
[[nodiscard]] core::Result<void> sync(const FileDescriptor& file, std::string_view name);

}  // namespace kapok::platform::objects
