#pragma once

// Where artefacts and files are kept: bytes under a name, whole or not at all, with a checksum that
// is checked whenever they are read. The port has a folder behind it (folder_store.h), and an S3
// endpoint later.
//
// Names are relative paths ("jobs/job_01J…/stdout.log") of parts in UTF-8. A name cannot be a
// folder of others at the same time. All functions are safe to call from any thread, and block:
// coroutines call them through a BlockingPool.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/result.h"
#include "platform/crypto/hash.h"

namespace kapok::platform::objects {

using ByteView = std::span<const std::byte>;
using Bytes = std::vector<std::byte>;

struct ObjectInfo {
    std::string name;
    std::int64_t size = 0;
    crypto::Digest sha256{};
    core::Timestamp stored_at;

    friend bool operator==(const ObjectInfo&, const ObjectInfo&) = default;
};

// An object on its way in. Nobody sees it before finish(), and never if the writer goes without.
class ObjectWriter {
public:
    virtual ~ObjectWriter() = default;
    // After an error nothing more can be written.
    [[nodiscard]] virtual core::Result<void> write(ByteView bytes) = 0;
    // The object is durable and visible, with this name, when it returns.
    [[nodiscard]] virtual core::Result<ObjectInfo> finish() = 0;
};

// An object on its way out. It stays readable when it is replaced or removed meanwhile.
class ObjectReader {
public:
    virtual ~ObjectReader() = default;
    [[nodiscard]] virtual const ObjectInfo& info() const noexcept = 0;
    // How many bytes were put into `buffer`; 0 is the end. Bytes that do not have the checksum they
    // were stored with are never given out: kDamaged.
    [[nodiscard]] virtual core::Result<std::size_t> read(std::span<std::byte> buffer) = 0;
};

enum class Existing : bool { Refuse, Replace };

struct Range {
    std::int64_t offset = 0;
    std::optional<std::int64_t> size;  // Without it, to the end.
};

struct ListQuery {
    std::string prefix;  // Of the name, not only of whole parts.
    std::string after;   // The last name of the page before.
    std::size_t count = 100;
};

class ObjectStore {
public:
    virtual ~ObjectStore() = default;

    // `size_max` bounds this object below the store's own limit.
    [[nodiscard]] virtual core::Result<std::unique_ptr<ObjectWriter>> create(
        std::string_view name, Existing existing, std::optional<std::int64_t> size_max) = 0;
    [[nodiscard]] core::Result<std::unique_ptr<ObjectWriter>> create(std::string_view name) {
        return create(name, Existing::Replace, std::nullopt);
    }
    // Makes an object of a file on this host, which is gone afterwards: without a second copy where
    // the store is a folder on the file's own disk. If it fails, the file is as it was.
    [[nodiscard]] virtual core::Result<ObjectInfo> take(std::string_view name,
                                                        const std::filesystem::path& file) = 0;
    // A range that reaches beyond the object is kBadRange.
    [[nodiscard]] virtual core::Result<std::unique_ptr<ObjectReader>> open(std::string_view name,
                                                                           Range range) = 0;
    [[nodiscard]] core::Result<std::unique_ptr<ObjectReader>> open(std::string_view name) {
        return open(name, Range{});
    }
    // Nothing if there is none.
    [[nodiscard]] virtual core::Result<std::optional<ObjectInfo>> find(std::string_view name) = 0;
    // kNotFound if there is none.
    [[nodiscard]] virtual core::Result<void> remove(std::string_view name) = 0;
    // In the order of the names' bytes.
    [[nodiscard]] virtual core::Result<std::vector<ObjectInfo>> list(const ListQuery& query) = 0;

    // The whole object at once, for small ones.
    [[nodiscard]] core::Result<ObjectInfo> put(std::string_view name, ByteView bytes,
                                               Existing existing = Existing::Replace);
    // An object of more than `size_max` bytes is kTooLarge.
    [[nodiscard]] core::Result<Bytes> get(std::string_view name, std::int64_t size_max);
};

}  // namespace kapok::platform::objects
