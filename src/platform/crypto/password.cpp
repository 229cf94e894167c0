#include "platform/crypto/password.h"

#include <array>
#include <new>

#include <fmt/format.h>
#include <sodium.h>

#include "platform/crypto/bytes.h"
#include "platform/crypto/errors.h"
#include "platform/crypto/limits.h"

namespace kapok::platform::crypto {
namespace {

constexpr int kVariant = sodium_base64_VARIANT_ORIGINAL_NO_PADDING;

std::string to_base64(ByteView bytes) {
    std::string text(sodium_base64_encoded_len(bytes.size(), kVariant), '\0');
    sodium_bin2base64(text.data(), text.size(),
                      reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), kVariant);
    text.pop_back();
    return text;
}

}  // namespace

core::Result<std::string> hash_password(const core::Secret& password, const PasswordCost& cost,
                                        core::Random& random) {
    if (password.reveal().size() > kPasswordBytesMax) {
        return core::fail(kPasswordTooLong, {{"limit", std::to_string(kPasswordBytesMax)}});
    }
    std::array<std::byte, crypto_pwhash_argon2id_SALTBYTES> salt;
    random.fill(salt);
    std::array<std::byte, 32> key;
    const int status = crypto_pwhash_argon2id(
        reinterpret_cast<unsigned char*>(key.data()), key.size(), password.reveal().data(),
        password.reveal().size(), reinterpret_cast<const unsigned char*>(salt.data()), cost.passes,
        cost.memory_bytes, crypto_pwhash_argon2id_ALG_ARGON2ID13);
    if (status != 0) {
        throw std::bad_alloc();  // The only other reason is a cost out of range, which is a bug.
    }
    return fmt::format("$argon2id$v=19$m={},t={},p=1${}${}", cost.memory_bytes / 1'024, cost.passes,
                       to_base64(salt), to_base64(key));
}

bool verify_password(const core::Secret& password, const std::string& stored) {
    return password.reveal().size() <= kPasswordBytesMax &&
           stored.size() < crypto_pwhash_argon2id_STRBYTES &&
           crypto_pwhash_argon2id_str_verify(stored.c_str(), password.reveal().data(),
                                             password.reveal().size()) == 0;
}

bool needs_rehash(const std::string& stored, const PasswordCost& cost) {
    return stored.size() >= crypto_pwhash_argon2id_STRBYTES ||
           crypto_pwhash_argon2id_str_needs_rehash(stored.c_str(), cost.passes,
                                                   cost.memory_bytes) != 0;
}

}  // namespace kapok::platform::crypto
