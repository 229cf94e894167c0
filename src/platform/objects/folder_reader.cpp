#include "platform/objects/folder_reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "platform/objects/errors.h"
#include "platform/objects/limits.h"

namespace kapok::platform::objects {
namespace {

constexpr auto kChunk = static_cast<std::int64_t>(kChunkBytes);

class FolderReader final : public ObjectReader {
public:
    FolderReader(FileDescriptor file, Seal seal, std::int64_t begin, std::int64_t end)
        : file_(std::move(file)), seal_(std::move(seal)), at_(begin), end_(end) {}

    const ObjectInfo& info() const noexcept override { return seal_.info; }

    core::Result<std::size_t> read(std::span<std::byte> buffer) override {
        if (at_ == end_ || buffer.empty()) {
            return 0;
        }
        if (auto loaded = load(at_ / kChunk); !loaded) {
            return std::unexpected(loaded.error());
        }
        const auto from = static_cast<std::size_t>(at_ % kChunk);
        const std::size_t count =
            std::min({buffer.size(), chunk_.size() - from, static_cast<std::size_t>(end_ - at_)});
        std::memcpy(buffer.data(), chunk_.data() + from, count);
        at_ += static_cast<std::int64_t>(count);
        return count;
    }

private:
    core::Result<void> load(std::int64_t number) {
        if (number == chunk_number_) {
            return {};
        }
        chunk_number_ = -1;
        const std::int64_t offset = number * kChunk;
        chunk_.resize(static_cast<std::size_t>(std::min(kChunk, seal_.info.size - offset)));
        if (auto read = read_all(file_, chunk_, offset, seal_.info.name); !read) {
            return read;
        }
        if (crypto::hash(crypto::Suite::Intl, chunk_) !=
            seal_.digests.at(static_cast<std::size_t>(number))) {
            return core::fail(kDamaged, {{"name", seal_.info.name}});
        }
        chunk_number_ = number;
        return {};
    }

    FileDescriptor file_;
    Seal seal_;
    std::int64_t at_;
    std::int64_t end_;
    Bytes chunk_;
    std::int64_t chunk_number_ = -1;
};

}  // namespace

core::Result<std::unique_ptr<ObjectReader>> make_folder_reader(FileDescriptor file, Seal seal,
                                                               Range range) {
    const std::int64_t size = seal.info.size;
    const bool begins_inside = range.offset >= 0 && range.offset <= size;
    const std::int64_t rest = begins_inside ? size - range.offset : 0;
    const std::int64_t wanted = range.size.value_or(rest);
    if (!begins_inside || wanted < 0 || wanted > rest) {
        return core::fail(kBadRange, {{"size", std::to_string(size)}, {"name", seal.info.name}});
    }
    return std::make_unique<FolderReader>(std::move(file), std::move(seal), range.offset,
                                          range.offset + wanted);
}

}  // namespace kapok::platform::objects
