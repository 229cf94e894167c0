#include "platform/objects/object_file.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "core/timestamp.h"
#include "platform/objects/errors.h"
#include "platform/objects/limits.h"

namespace kapok::platform::objects {
namespace {

constexpr std::string_view kMagic = "KAPOKOB1";
constexpr std::size_t kDigestBytes = sizeof(crypto::Digest);
constexpr std::size_t kFooterBytes = 8 + 8 + 8 + kDigestBytes + kDigestBytes;

std::int64_t chunks_of(std::int64_t size) noexcept {
    constexpr auto kChunk = static_cast<std::int64_t>(kChunkBytes);
    return size / kChunk + (size % kChunk == 0 ? 0 : 1);
}

void append(Bytes& to, ByteView bytes) {
    to.insert(to.end(), bytes.begin(), bytes.end());
}

void append_number(Bytes& to, std::int64_t number) {
    auto bits = static_cast<std::uint64_t>(number);
    for (int i = 0; i < 8; ++i) {
        to.push_back(static_cast<std::byte>(bits & 0xFFU));
        bits >>= 8U;
    }
}

std::int64_t number_at(ByteView bytes, std::size_t at) {
    std::uint64_t bits = 0;
    for (std::size_t i = 8; i-- > 0;) {
        bits = bits << 8U | std::to_integer<std::uint64_t>(bytes[at + i]);
    }
    return static_cast<std::int64_t>(bits);
}

crypto::Digest digest_at(ByteView bytes, std::size_t at) {
    crypto::Digest digest;
    std::ranges::copy(bytes.subspan(at, kDigestBytes), digest.begin());
    return digest;
}

core::Error damaged(const std::string& name) {
    return {kDamaged, {{"name", name}}, {}};
}

}  // namespace

std::int64_t overhead_of(std::int64_t size) noexcept {
    return chunks_of(size) * static_cast<std::int64_t>(kDigestBytes) +
           static_cast<std::int64_t>(kFooterBytes);
}

void Sealer::add(ByteView bytes) {
    whole_.update(bytes);
    size_ += static_cast<std::int64_t>(bytes.size());
    while (!bytes.empty()) {
        const std::size_t count = std::min(bytes.size(), kChunkBytes - chunk_size_);
        chunk_.update(bytes.first(count));
        chunk_size_ += count;
        bytes = bytes.subspan(count);
        if (chunk_size_ == kChunkBytes) {
            digests_.push_back(chunk_.finish());
            chunk_size_ = 0;
        }
    }
}

Bytes Sealer::seal(core::Timestamp stored_at, ObjectInfo& info) {
    if (chunk_size_ > 0) {
        digests_.push_back(chunk_.finish());
        chunk_size_ = 0;
    }
    info.size = size_;
    info.sha256 = whole_.finish();
    info.stored_at = stored_at;
    Bytes seal;
    for (const crypto::Digest& digest : digests_) {
        append(seal, digest);
    }
    append(seal, std::as_bytes(std::span(kMagic)));
    append_number(seal, size_);
    append_number(seal, core::to_micros(stored_at));
    append(seal, info.sha256);
    append(seal, crypto::hash(crypto::Suite::Intl, seal));
    return seal;
}

core::Result<Seal> read_seal(const FileDescriptor& file, std::string name) {
    const auto file_size = size_of(file, name);
    if (!file_size) {
        return std::unexpected(file_size.error());
    }
    Bytes footer(kFooterBytes);
    const std::int64_t footer_at = *file_size - static_cast<std::int64_t>(kFooterBytes);
    if (footer_at < 0) {
        return std::unexpected(damaged(name));
    }
    if (auto read = read_all(file, footer, footer_at, name); !read) {
        return std::unexpected(read.error());
    }
    const std::int64_t size = number_at(footer, kMagic.size());
    if (std::memcmp(footer.data(), kMagic.data(), kMagic.size()) != 0 || size < 0 ||
        size > kObjectBytesMax || size + overhead_of(size) != *file_size) {
        return std::unexpected(damaged(name));
    }
    Bytes seal(static_cast<std::size_t>(overhead_of(size)));
    if (auto read = read_all(file, seal, size, name); !read) {
        return std::unexpected(read.error());
    }
    const ByteView sealed = ByteView(seal).first(seal.size() - kDigestBytes);
    if (crypto::hash(crypto::Suite::Intl, sealed) != digest_at(seal, sealed.size())) {
        return std::unexpected(damaged(name));
    }
    const std::size_t at = seal.size() - kFooterBytes;
    Seal result{ObjectInfo{std::move(name), size, digest_at(seal, at + 24),
                           core::from_micros(number_at(seal, at + 16))},
                {}};
    for (std::size_t chunk = 0; chunk < at; chunk += kDigestBytes) {
        result.digests.push_back(digest_at(seal, chunk));
    }
    return result;
}

}  // namespace kapok::platform::objects
