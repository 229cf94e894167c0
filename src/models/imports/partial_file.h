#pragma once

// What is here of a file that is still coming. It grows at its end and survives restarts; only what
// was synced counts. Blocking.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "core/result.h"
#include "platform/objects/file_system.h"

namespace kapok::models {

class PartialFile {
public:
    // Opens the file, making it and its folder if they are missing, and cuts off what lies beyond
    // `size`: bytes that were never known to be durable. A file that is shorter is kCannotKeep.
    [[nodiscard]] static core::Result<PartialFile> open(std::filesystem::path path,
                                                        std::int64_t size);

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    [[nodiscard]] std::int64_t size() const noexcept { return size_; }
    [[nodiscard]] core::Result<void> append(std::span<const std::byte> bytes);
    [[nodiscard]] core::Result<void> sync();
    [[nodiscard]] core::Result<void> cut(std::int64_t size);
    // From any place; 0 at the end.
    [[nodiscard]] core::Result<std::size_t> read(std::int64_t offset, std::span<std::byte> buffer);
    // Refuses (kNoRoom) what the disk would not hold.
    [[nodiscard]] core::Result<void> expect(std::int64_t bytes);

private:
    PartialFile(std::filesystem::path path, platform::objects::FileDescriptor file,
                std::int64_t size)
        : path_(std::move(path)), file_(std::move(file)), size_(size) {}

    [[nodiscard]] std::unexpected<core::Error> failed(int error_number) const;

    std::filesystem::path path_;
    platform::objects::FileDescriptor file_;
    std::int64_t size_;
};

}  // namespace kapok::models
