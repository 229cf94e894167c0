#include "platform/crypto/sealing.h"

#include <algorithm>
#include <string>

#include <sodium.h>

#include "platform/crypto/ciphers.h"
#include "platform/crypto/errors.h"

namespace kapok::platform::crypto {
namespace {

constexpr std::byte kVersion{1};
constexpr std::size_t kHeaderSize = 6;

struct Header {
    Suite suite;
    std::uint32_t key_id;
};

void append_number(Bytes& bytes, std::uint64_t number, int size) {
    for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) {
        bytes.push_back(static_cast<std::byte>(number >> static_cast<unsigned>(shift)));
    }
}

void append(Bytes& bytes, ByteView more) {
    bytes.insert(bytes.end(), more.begin(), more.end());
}

std::optional<Header> read_header(ByteView sealed) noexcept {
    if (sealed.size() < kHeaderSize || sealed[0] != kVersion) {
        return std::nullopt;
    }
    const auto suite = static_cast<Suite>(sealed[1]);
    if (suite != Suite::Intl && suite != Suite::Sm) {
        return std::nullopt;
    }
    std::uint32_t key_id = 0;
    for (const std::byte byte : sealed.subspan(2, 4)) {
        key_id = key_id << 8U | static_cast<std::uint32_t>(byte);
    }
    return Header{suite, key_id};
}

// One key a purpose, so that neither the cipher nor the authenticator can weaken the other.
struct SmKeys {
    Bytes cipher;
    Bytes authenticator;

    explicit SmKeys(const SealingKey& key)
        : cipher(hkdf(Suite::Sm, key.material(), {}, bytes_of("kapok seal sm4-ctr"), 16)),
          authenticator(hkdf(Suite::Sm, key.material(), {}, bytes_of("kapok seal hmac-sm3"), 32)) {}
    SmKeys(const SmKeys&) = delete;
    SmKeys& operator=(const SmKeys&) = delete;
    ~SmKeys() {
        sodium_memzero(cipher.data(), cipher.size());
        sodium_memzero(authenticator.data(), authenticator.size());
    }
};

// The length in front makes where associated data ends unambiguous.
Digest authenticate(const SmKeys& keys, ByteView associated, ByteView body) {
    Bytes message;
    message.reserve(8 + associated.size() + body.size());
    append_number(message, associated.size(), 8);
    append(message, associated);
    append(message, body);
    return hmac(Suite::Sm, keys.authenticator, message);
}

// The header belongs to what AES-GCM authenticates but does not encrypt.
Bytes gcm_associated(ByteView header, ByteView associated) {
    Bytes bytes(header.begin(), header.end());
    append(bytes, associated);
    return bytes;
}

std::optional<Bytes> open_sm(const SealingKey& key, ByteView sealed, ByteView associated) {
    if (sealed.size() < kHeaderSize + kSm4BlockSize + sizeof(Digest)) {
        return std::nullopt;
    }
    const SmKeys keys(key);
    const ByteView body = sealed.first(sealed.size() - sizeof(Digest));
    if (!equal_constant_time(authenticate(keys, associated, body), sealed.last(sizeof(Digest)))) {
        return std::nullopt;
    }
    const ByteView text = body.subspan(kHeaderSize);
    return sm4_ctr(keys.cipher, text.first(kSm4BlockSize), text.subspan(kSm4BlockSize));
}

std::optional<Bytes> open_intl(const SealingKey& key, ByteView sealed, ByteView associated) {
    if (sealed.size() < kHeaderSize + kGcmNonceSize + kGcmTagSize) {
        return std::nullopt;
    }
    const ByteView text = sealed.subspan(kHeaderSize);
    return aes256_gcm_decrypt(key.material(), text.first(kGcmNonceSize),
                              gcm_associated(sealed.first(kHeaderSize), associated),
                              text.subspan(kGcmNonceSize));
}

}  // namespace

SealingKey::SealingKey(Suite suite, std::uint32_t id, const std::array<std::byte, 32>& material)
    : suite_(suite), id_(id), material_(std::string(text_of(material))) {}

Bytes seal(const SealingKey& key, ByteView plain, ByteView associated, core::Random& random) {
    Bytes sealed{kVersion, static_cast<std::byte>(key.suite())};
    append_number(sealed, key.id(), 4);
    if (key.suite() == Suite::Intl) {
        std::array<std::byte, kGcmNonceSize> nonce;
        random.fill(nonce);
        const Bytes text =
            aes256_gcm_encrypt(key.material(), nonce, gcm_associated(sealed, associated), plain);
        append(sealed, nonce);
        append(sealed, text);
        return sealed;
    }
    const SmKeys keys(key);
    std::array<std::byte, kSm4BlockSize> counter;
    random.fill(counter);
    append(sealed, counter);
    append(sealed, sm4_ctr(keys.cipher, counter, plain));
    append(sealed, authenticate(keys, associated, sealed));
    return sealed;
}

core::Result<core::Secret> open(std::span<const SealingKey> keys, ByteView sealed,
                                ByteView associated) {
    const auto header = read_header(sealed);
    if (!header) {
        return core::fail(kCannotOpen);
    }
    const auto key = std::ranges::find_if(keys, [&](const SealingKey& candidate) {
        return candidate.id() == header->key_id && candidate.suite() == header->suite;
    });
    if (key == keys.end()) {
        return core::fail(kUnknownSealingKey, {{"key", std::to_string(header->key_id)}});
    }
    auto plain = header->suite == Suite::Intl ? open_intl(*key, sealed, associated)
                                              : open_sm(*key, sealed, associated);
    if (!plain) {
        return core::fail(kCannotOpen);
    }
    core::Secret secret{std::string(text_of(*plain))};
    sodium_memzero(plain->data(), plain->size());
    return secret;
}

std::optional<std::uint32_t> sealing_key_id(ByteView sealed) noexcept {
    const auto header = read_header(sealed);
    return header ? std::optional(header->key_id) : std::nullopt;
}

}  // namespace kapok::platform::crypto
