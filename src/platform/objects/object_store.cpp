#include "platform/objects/object_store.h"

#include "platform/objects/errors.h"

namespace kapok::platform::objects {

core::Result<ObjectInfo> ObjectStore::put(std::string_view name, ByteView bytes,
                                          Existing existing) {
    const auto writer = create(name, existing, std::nullopt);
    if (!writer) {
        return std::unexpected(writer.error());
    }
    if (auto written = (*writer)->write(bytes); !written) {
        return std::unexpected(written.error());
    }
    return (*writer)->finish();
}

core::Result<Bytes> ObjectStore::get(std::string_view name, std::int64_t size_max) {
    const auto reader = open(name);
    if (!reader) {
        return std::unexpected(reader.error());
    }
    const std::int64_t size = (*reader)->info().size;
    if (size > size_max) {
        return core::fail(kTooLarge,
                          {{"name", std::string(name)}, {"limit", std::to_string(size_max)}});
    }
    Bytes bytes(static_cast<std::size_t>(size));
    for (std::size_t at = 0; at < bytes.size();) {
        const auto count = (*reader)->read(std::span(bytes).subspan(at));
        if (!count) {
            return std::unexpected(count.error());
        }
        at += *count;
    }
    return bytes;
}

}  // namespace kapok::platform::objects
