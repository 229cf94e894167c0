#pragma once

// Sealing keeps a value secret and bound to its place: a provider's API key in the database, a
// private key in a file. The associated data names the place ("models.provider prv_01J… api_key"),
// so that a sealed value copied to another row does not open there.
//
// Sealed bytes: version 1, suite, key id (4, big-endian), nonce, cipher text, tag. `intl` is
// AES-256-GCM with a random 96-bit nonce: at most 2^32 values a key. `sm` is SM4-CTR, then HMAC-SM3
// over everything. The whole header is authenticated.

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "core/random.h"
#include "core/result.h"
#include "core/secret.h"
#include "platform/crypto/hash.h"

namespace kapok::platform::crypto {

class SealingKey {
public:
    // `id` is what sealed values remember; ids are never used again for another key.
    SealingKey(Suite suite, std::uint32_t id, const std::array<std::byte, 32>& material);

    [[nodiscard]] Suite suite() const noexcept { return suite_; }
    [[nodiscard]] std::uint32_t id() const noexcept { return id_; }
    [[nodiscard]] ByteView material() const noexcept { return bytes_of(material_.reveal()); }

private:
    Suite suite_;
    std::uint32_t id_;
    core::Secret material_;
};

[[nodiscard]] Bytes seal(const SealingKey& key, ByteView plain, ByteView associated,
                         core::Random& random);

// Any of `keys` may have sealed it: the newest seals, the older ones still open.
[[nodiscard]] core::Result<core::Secret> open(std::span<const SealingKey> keys, ByteView sealed,
                                              ByteView associated);

// Which key is needed, so that values under an old one can be found and sealed again.
[[nodiscard]] std::optional<std::uint32_t> sealing_key_id(ByteView sealed) noexcept;

}  // namespace kapok::platform::crypto
