#pragma once

// A backup is a plain POSIX tar file, so that `tar -t` and `sha256sum -c` look into it without
// Kapok. This writes and reads the few kinds of entries that a backup has: regular files, and the
// extended headers of pax for long names and large sizes. Links, folders and other kinds are
// refused, so that nothing in a file can lead out of the folder that it is restored into.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/result.h"
#include "platform/process/descriptor.h"

namespace kapok::app::backup {

// Puts at most as many bytes as there is room for; 0 is the end.
using ByteSource = std::function<core::Result<std::size_t>(std::span<std::byte>)>;

class ArchiveWriter {
public:
    // Until finish() the file is hidden beside its place (".NAME.partial-…"), for its owner only.
    [[nodiscard]] static core::Result<std::unique_ptr<ArchiveWriter>> create(
        const std::filesystem::path& file, core::Timestamp made_at);
    ArchiveWriter(const ArchiveWriter&) = delete;
    ArchiveWriter& operator=(const ArchiveWriter&) = delete;
    ~ArchiveWriter();

    // `source` must give exactly `size` bytes.
    [[nodiscard]] core::Result<void> add(std::string_view name, std::int64_t size,
                                         const ByteSource& source);
    [[nodiscard]] core::Result<void> add(std::string_view name, std::string_view content);
    [[nodiscard]] core::Result<void> add_file(std::string_view name,
                                              const std::filesystem::path& file);

    // "SHA-256  NAME" of each member so far, as sha256sum writes and checks it.
    [[nodiscard]] const std::string& sums() const noexcept { return sums_; }
    [[nodiscard]] std::int64_t bytes() const noexcept { return bytes_; }
    [[nodiscard]] std::int64_t members() const noexcept { return members_; }

    // The file is whole, durable and has its name, or it is not there.
    [[nodiscard]] core::Result<void> finish();

private:
    ArchiveWriter(std::filesystem::path file, std::filesystem::path partial,
                  platform::process::Descriptor descriptor, core::Timestamp made_at);
    [[nodiscard]] core::Result<void> write(std::span<const std::byte> bytes);
    [[nodiscard]] core::Result<void> write_header(std::string_view name, std::int64_t size,
                                                  char kind);
    [[nodiscard]] core::Result<void> pad();
    [[nodiscard]] std::unexpected<core::Error> failed(int reason) const;

    std::filesystem::path file_;
    std::filesystem::path partial_;  // Empty once it has its name.
    platform::process::Descriptor descriptor_;
    core::Timestamp made_at_;
    std::string sums_;
    std::int64_t bytes_ = 0;
    std::int64_t members_ = 0;
};

struct Member {
    std::string name;
    std::int64_t size = 0;
    std::int64_t offset = 0;
};

// Where the bytes of a member go.
using ByteSink = std::function<core::Result<void>(std::span<const std::byte>)>;

class ArchiveReader {
public:
    // Reads all headers, so that a file that was cut off is known before anything is done.
    [[nodiscard]] static core::Result<ArchiveReader> open(const std::filesystem::path& file);

    [[nodiscard]] const std::vector<Member>& members() const noexcept { return members_; }
    // Null if there is none.
    [[nodiscard]] const Member* find(std::string_view name) const noexcept;
    // Gives the member's bytes to `sink` and returns their SHA-256, in hexadecimal.
    [[nodiscard]] core::Result<std::string> read(const Member& member, const ByteSink& sink) const;
    [[nodiscard]] core::Result<std::string> read_text(const Member& member,
                                                      std::size_t bytes_max) const;
    [[nodiscard]] std::unexpected<core::Error> damaged(std::string what) const;

private:
    ArchiveReader(std::filesystem::path file, platform::process::Descriptor descriptor)
        : file_(std::move(file)), descriptor_(std::move(descriptor)) {}
    [[nodiscard]] core::Result<void> read_at(std::span<std::byte> bytes, std::int64_t offset) const;
    [[nodiscard]] core::Result<void> list();
    [[nodiscard]] core::Result<void> take_extended(std::int64_t offset, std::int64_t size,
                                                   Member& next) const;

    std::filesystem::path file_;
    platform::process::Descriptor descriptor_;
    std::vector<Member> members_;
};

}  // namespace kapok::app::backup
