#include "platform/crypto/passphrase.h"

#include <array>
#include <string>

#include <sodium.h>

#include "platform/crypto/errors.h"
#include "platform/crypto/limits.h"

namespace kapok::platform::crypto {

core::Result<SealingKey> key_of_passphrase(Suite suite, const core::Secret& passphrase,
                                           const PasswordCost& cost, ByteView salt) {
    static_assert(kPassphraseSaltSize == crypto_pwhash_argon2id_SALTBYTES);
    if (passphrase.reveal().size() > kPasswordBytesMax) {
        return core::fail(kPasswordTooLong, {{"limit", std::to_string(kPasswordBytesMax)}});
    }
    std::array<std::byte, 32> material;
    const int status = salt.size() != kPassphraseSaltSize
                           ? -1
                           : crypto_pwhash_argon2id(
                                 reinterpret_cast<unsigned char*>(material.data()), material.size(),
                                 passphrase.reveal().data(), passphrase.reveal().size(),
                                 reinterpret_cast<const unsigned char*>(salt.data()), cost.passes,
                                 cost.memory_bytes, crypto_pwhash_argon2id_ALG_ARGON2ID13);
    if (status != 0) {  // A cost or a salt that never came from here, or no memory.
        return core::fail(kCannotOpen);
    }
    SealingKey key(suite, 1, material);
    sodium_memzero(material.data(), material.size());
    return key;
}

}  // namespace kapok::platform::crypto
