#pragma once

// Signing keys of the two suites: Ed25519 (RFC 8032) for `intl`, SM2 with SM3 and the default user
// id (GB/T 32918.2, GM/T 0009) for `sm`. A signature is 64 bytes in both: for SM2 that is r and s,
// not their DER form, so one signature has one text. Keys are cheap to copy and safe to use from
// any thread.
//
// What is signed must say what it is: put a label such as "kapok checkpoint v1" in front of the
// message, so that a signature for one purpose never serves another.

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "core/random.h"
#include "core/result.h"
#include "core/secret.h"
#include "platform/crypto/hash.h"

namespace kapok::platform::crypto {

using Signature = std::array<std::byte, 64>;

class PublicKey {
public:
    // The text that `--trust` takes: "ed25519:" or "sm2:" and the raw key in base64url.
    [[nodiscard]] static core::Result<PublicKey> parse(std::string_view text);
    // 32 bytes for Ed25519; 65 for SM2 (04, x, y).
    [[nodiscard]] static core::Result<PublicKey> from_raw(Suite suite, ByteView raw);
    [[nodiscard]] static core::Result<PublicKey> from_pem(std::string_view pem);

    [[nodiscard]] Suite suite() const noexcept;
    [[nodiscard]] ByteView raw() const noexcept;
    [[nodiscard]] std::string text() const;
    [[nodiscard]] std::string pem() const;
    // 16 hex digits of the digest of the text, for logs and for choosing among keys.
    [[nodiscard]] std::string id() const;

    [[nodiscard]] core::Result<void> verify(ByteView message, ByteView signature) const;

    friend bool operator==(const PublicKey& left, const PublicKey& right) noexcept {
        return left.suite() == right.suite() && equal_constant_time(left.raw(), right.raw());
    }

private:
    friend class PrivateKey;
    struct Parts;
    explicit PublicKey(std::shared_ptr<const Parts> parts) : parts_(std::move(parts)) {}

    std::shared_ptr<const Parts> parts_;
};

class PrivateKey {
public:
    [[nodiscard]] static PrivateKey make(Suite suite, core::Random& random);
    // 32 bytes: the seed of Ed25519, the scalar of SM2.
    [[nodiscard]] static core::Result<PrivateKey> from_raw(Suite suite, ByteView raw);
    // PKCS #8 without a passphrase.
    [[nodiscard]] static core::Result<PrivateKey> from_pem(const core::Secret& pem);

    [[nodiscard]] const PublicKey& public_key() const noexcept;
    [[nodiscard]] core::Secret raw() const;
    [[nodiscard]] core::Secret pem() const;

    // An Ed25519 signature is a function of key and message. SM2 needs a fresh secret number each
    // time, which OpenSSL draws itself: two signatures of one message differ.
    [[nodiscard]] Signature sign(ByteView message) const;

private:
    struct Parts;
    explicit PrivateKey(std::shared_ptr<const Parts> parts) : parts_(std::move(parts)) {}

    std::shared_ptr<const Parts> parts_;
};

}  // namespace kapok::platform::crypto
