#include "platform/crypto/keys.h"

#include <algorithm>
#include <cstring>

#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <sodium.h>

#include "platform/crypto/ec_key.h"
#include "platform/crypto/encoding.h"
#include "platform/crypto/errors.h"
#include "platform/crypto/limits.h"

namespace kapok::platform::crypto {
namespace {

// GB/T 32918.2 hashes the signer's id; GM/T 0009 gives this one for "none agreed".
constexpr std::string_view kSm2UserId = "1234567812345678";

using EdSecret = std::array<std::byte, crypto_sign_SECRETKEYBYTES>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, Freer<ECDSA_SIG_free>>;

std::string_view prefix_of(Suite suite) {
    return suite == Suite::Intl ? "ed25519:" : "sm2:";
}

// `start` is EVP_DigestSignInit_ex or EVP_DigestVerifyInit_ex: they have one signature.
template <class Start>
MdContext start_sm2(Start start, EVP_PKEY* key) {
    MdContext context(EVP_MD_CTX_new());
    std::string user_id(kSm2UserId);
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_DIST_ID, user_id.data(), user_id.size()),
        OSSL_PARAM_construct_end()};
    ensure(context && start(context.get(), nullptr, "SM3", nullptr, nullptr, key, parameters) == 1,
           "SM2");
    return context;
}

std::vector<unsigned char> to_der(ByteView raw) {
    const EcdsaSignature signature(ECDSA_SIG_new());
    BigNumber r(BN_bin2bn(octets(raw.first(32)), 32, nullptr));
    BigNumber s(BN_bin2bn(octets(raw.last(32)), 32, nullptr));
    ensure(signature && r && s, "signature");
    ensure(ECDSA_SIG_set0(signature.get(), r.release(), s.release()) == 1, "signature");
    unsigned char* der = nullptr;
    const int size = i2d_ECDSA_SIG(signature.get(), &der);
    ensure(size > 0, "signature");
    std::vector<unsigned char> bytes(der, der + size);
    OPENSSL_free(der);
    return bytes;
}

Signature from_der(std::span<const unsigned char> der) {
    const unsigned char* cursor = der.data();
    const EcdsaSignature signature(d2i_ECDSA_SIG(nullptr, &cursor, static_cast<long>(der.size())));
    Signature raw;
    ensure(signature && BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), writable(raw), 32) == 32 &&
               BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), writable(std::span(raw).subspan(32)),
                            32) == 32,
           "signature");
    return raw;
}

core::Secret secret_of(ByteView bytes) {
    return core::Secret(std::string(text_of(bytes)));
}

EdSecret expand(ByteView seed, std::span<std::byte, 32> public_key) {
    EdSecret secret;
    ensure(crypto_sign_seed_keypair(writable(public_key), writable(secret), octets(seed)) == 0,
           "Ed25519");
    return secret;
}

template <std::size_t Size>
std::array<std::byte, Size> array_of(ByteView bytes) {
    std::array<std::byte, Size> array;
    std::ranges::copy(bytes, array.begin());
    return array;
}

std::string_view expected_of(Suite suite) {
    return suite == Suite::Intl ? "Ed25519" : "SM2";
}

}  // namespace

struct PublicKey::Parts {
    Suite suite;
    Bytes raw;
    EvpKey sm2;  // Null for Ed25519.
};

struct PrivateKey::Parts {
    EdSecret ed25519{};
    EvpKey sm2;  // Null for Ed25519.
    PublicKey public_key;

    Parts(const EdSecret& secret, EvpKey key, PublicKey its_public)
        : ed25519(secret), sm2(std::move(key)), public_key(std::move(its_public)) {}
    Parts(const Parts&) = delete;
    Parts& operator=(const Parts&) = delete;
    ~Parts() { sodium_memzero(ed25519.data(), ed25519.size()); }
};

core::Result<PublicKey> PublicKey::parse(std::string_view text) {
    for (const Suite suite : {Suite::Intl, Suite::Sm}) {
        if (text.starts_with(prefix_of(suite))) {
            const auto raw = from_base64url(text.substr(prefix_of(suite).size()));
            auto key = raw ? from_raw(suite, *raw) : core::fail(kBadKeyText);
            if (key) {
                return key;
            }
        }
    }
    return core::fail(kBadKeyText);
}

core::Result<PublicKey> PublicKey::from_raw(Suite suite, ByteView raw) {
    EvpKey sm2;
    if (suite == Suite::Intl) {
        if (raw.size() != crypto_sign_PUBLICKEYBYTES ||
            crypto_core_ed25519_is_valid_point(octets(raw)) != 1) {
            return core::fail(kBadKey, {{"expected", "Ed25519"}});
        }
    } else {
        auto key = raw.size() == sizeof(Point)
                       ? key_of_point(Curve::Sm2, array_of<sizeof(Point)>(raw))
                       : std::nullopt;
        if (!key) {
            return core::fail(kBadKey, {{"expected", "SM2"}});
        }
        sm2 = std::move(*key);
    }
    return PublicKey(
        std::make_shared<const Parts>(Parts{suite, Bytes(raw.begin(), raw.end()), std::move(sm2)}));
}

core::Result<PublicKey> PublicKey::from_pem(std::string_view pem) {
    const EvpKey key(pem.size() <= kPemBytesMax ? PEM_read_bio_PUBKEY(reader_of(pem).get(), nullptr,
                                                                      no_passphrase, nullptr)
                                                : nullptr);
    ERR_clear_error();
    if (key && EVP_PKEY_is_a(key.get(), "ED25519") == 1) {
        std::array<std::byte, 32> raw;
        std::size_t size = raw.size();
        ensure(EVP_PKEY_get_raw_public_key(key.get(), writable(raw), &size) == 1, "PEM");
        return from_raw(Suite::Intl, raw);
    }
    const auto point = key && is_on(Curve::Sm2, key.get()) ? point_of(key.get()) : std::nullopt;
    if (!point) {
        return core::fail(kBadKey, {{"expected", "PEM PUBLIC KEY (Ed25519, SM2)"}});
    }
    return from_raw(Suite::Sm, *point);
}

Suite PublicKey::suite() const noexcept {
    return parts_->suite;
}

ByteView PublicKey::raw() const noexcept {
    return parts_->raw;
}

std::string PublicKey::text() const {
    return std::string(prefix_of(suite())) + to_base64url(raw());
}

std::string PublicKey::pem() const {
    EvpKey own;
    const EVP_PKEY* key = parts_->sm2.get();
    if (key == nullptr) {
        own.reset(
            EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, octets(raw()), raw().size()));
        key = own.get();
    }
    const Bio bio = writer();
    ensure(key != nullptr && PEM_write_bio_PUBKEY(bio.get(), key) == 1, "PEM");
    return written(bio);
}

std::string PublicKey::id() const {
    return to_hex(ByteView(hash(suite(), bytes_of(text()))).first(8));
}

core::Result<void> PublicKey::verify(ByteView message, ByteView signature) const {
    if (signature.size() != sizeof(Signature)) {
        return core::fail(kBadSignature);
    }
    bool valid = false;
    if (suite() == Suite::Intl) {
        valid = crypto_sign_verify_detached(octets(signature), octets(message), message.size(),
                                            octets(raw())) == 0;
    } else {
        const MdContext context = start_sm2(EVP_DigestVerifyInit_ex, parts_->sm2.get());
        const auto der = to_der(signature);
        valid = EVP_DigestVerify(context.get(), der.data(), der.size(), octets(message),
                                 message.size()) == 1;
        ERR_clear_error();
    }
    if (!valid) {
        return core::fail(kBadSignature);
    }
    return {};
}

PrivateKey PrivateKey::make(Suite suite, core::Random& random) {
    Scalar raw;
    if (suite == Suite::Intl) {
        random.fill(raw);
    } else {
        raw = draw_scalar(Curve::Sm2, random);
    }
    auto key = from_raw(suite, raw);
    sodium_memzero(raw.data(), raw.size());
    return std::move(*key);
}

core::Result<PrivateKey> PrivateKey::from_raw(Suite suite, ByteView raw) {
    if (raw.size() != sizeof(Scalar)) {
        return core::fail(kBadKey, {{"expected", std::string(expected_of(suite))}});
    }
    if (suite == Suite::Intl) {
        std::array<std::byte, 32> its_public;
        EdSecret secret = expand(raw, its_public);
        auto public_key = PublicKey::from_raw(suite, its_public);
        ensure(public_key.has_value(), "Ed25519");
        auto parts = std::make_shared<const Parts>(secret, EvpKey(), std::move(*public_key));
        sodium_memzero(secret.data(), secret.size());
        return PrivateKey(std::move(parts));
    }
    auto key = key_of_scalar(Curve::Sm2, array_of<sizeof(Scalar)>(raw));
    if (!key) {
        return core::fail(kBadKey, {{"expected", "SM2"}});
    }
    const auto point = point_of(key->get());
    ensure(point.has_value(), "SM2");
    auto public_key = PublicKey::from_raw(suite, *point);
    ensure(public_key.has_value(), "SM2");
    return PrivateKey(
        std::make_shared<const Parts>(EdSecret{}, std::move(*key), std::move(*public_key)));
}

core::Result<PrivateKey> PrivateKey::from_pem(const core::Secret& pem) {
    const auto text = pem.reveal();
    const EvpKey key(
        text.size() <= kPemBytesMax
            ? PEM_read_bio_PrivateKey(reader_of(text).get(), nullptr, no_passphrase, nullptr)
            : nullptr);
    ERR_clear_error();
    if (key && EVP_PKEY_is_a(key.get(), "ED25519") == 1) {
        std::array<std::byte, 32> raw;
        std::size_t size = raw.size();
        ensure(EVP_PKEY_get_raw_private_key(key.get(), writable(raw), &size) == 1, "PEM");
        return from_raw(Suite::Intl, raw);
    }
    const auto scalar = key && is_on(Curve::Sm2, key.get()) ? scalar_of(key.get()) : std::nullopt;
    if (!scalar) {
        return core::fail(kBadKey, {{"expected", "PEM PRIVATE KEY (Ed25519, SM2)"}});
    }
    return from_raw(Suite::Sm, *scalar);
}

const PublicKey& PrivateKey::public_key() const noexcept {
    return parts_->public_key;
}

core::Secret PrivateKey::raw() const {
    if (parts_->sm2 == nullptr) {
        return secret_of(ByteView(parts_->ed25519).first(32));  // The seed comes first.
    }
    return secret_of(ensured(scalar_of(parts_->sm2.get()), "SM2"));
}

core::Secret PrivateKey::pem() const {
    EvpKey own;
    const EVP_PKEY* key = parts_->sm2.get();
    if (key == nullptr) {
        own.reset(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr,
                                               octets(ByteView(parts_->ed25519)), 32));
        key = own.get();
    }
    const Bio bio = writer();
    ensure(key != nullptr && PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0,
                                                           nullptr, nullptr) == 1,
           "PEM");
    return core::Secret(written(bio));
}

Signature PrivateKey::sign(ByteView message) const {
    if (parts_->sm2 == nullptr) {
        Signature signature;
        ensure(crypto_sign_detached(writable(signature), nullptr, octets(message), message.size(),
                                    octets(ByteView(parts_->ed25519))) == 0,
               "Ed25519");
        return signature;
    }
    const MdContext context = start_sm2(EVP_DigestSignInit_ex, parts_->sm2.get());
    std::array<unsigned char, 80> der;  // Two numbers of 33 bytes and their headers need 72.
    std::size_t size = der.size();
    ensure(EVP_DigestSign(context.get(), der.data(), &size, octets(message), message.size()) == 1,
           "SM2");
    return from_der(std::span(der).first(size));
}

}  // namespace kapok::platform::crypto
