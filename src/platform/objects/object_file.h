#pragma once

// How an object lies in a file: its bytes, then the SHA-256 of each chunk of them, then a seal. All
// is in the one file, so that one rename makes it all visible, and a range can be checked without
// reading the rest. Numbers are little-endian.
//
//     bytes                      `size` of them
//     chunk digests              32 bytes for each chunk of kChunkBytes, the last one may be short
//     magic                      8 bytes, "KAPOKOB1"
//     size, stored_at            8 bytes each
//     SHA-256 of the bytes       32 bytes
//     SHA-256 of all after the bytes, up to here, 32 bytes

#include <cstdint>
#include <string>
#include <vector>

#include "core/result.h"
#include "platform/objects/file_system.h"
#include "platform/objects/object_store.h"

namespace kapok::platform::objects {

// Beyond the bytes themselves.
[[nodiscard]] std::int64_t overhead_of(std::int64_t size) noexcept;

// Collects what stands after the bytes while they go by.
class Sealer {
public:
    Sealer() : whole_(crypto::Suite::Intl), chunk_(crypto::Suite::Intl) {}

    void add(ByteView bytes);
    [[nodiscard]] std::int64_t size() const noexcept { return size_; }
    // What stands after the bytes; `info` gets size and digest.
    [[nodiscard]] Bytes seal(core::Timestamp stored_at, ObjectInfo& info);

private:
    crypto::Hasher whole_;
    crypto::Hasher chunk_;
    std::vector<crypto::Digest> digests_;
    std::int64_t size_ = 0;
    std::size_t chunk_size_ = 0;
};

struct Seal {
    ObjectInfo info;
    std::vector<crypto::Digest> digests;
};

// Reads and checks what stands after the bytes.
[[nodiscard]] core::Result<Seal> read_seal(const FileDescriptor& file, std::string name);

}  // namespace kapok::platform::objects
