#pragma once

// The two ciphers as the standards define them, with key and nonce from outside: for sealing.cpp
// and for the standards' test vectors. Whoever has something to keep secret uses seal() and open().

#include <optional>

#include "platform/crypto/bytes.h"

namespace kapok::platform::crypto {

inline constexpr std::size_t kGcmNonceSize = 12;
inline constexpr std::size_t kGcmTagSize = 16;
inline constexpr std::size_t kSm4BlockSize = 16;

// NIST SP 800-38D with a 32-byte key and a 12-byte nonce; the tag follows the cipher text.
[[nodiscard]] Bytes aes256_gcm_encrypt(ByteView key, ByteView nonce, ByteView associated,
                                       ByteView plain);
[[nodiscard]] std::optional<Bytes> aes256_gcm_decrypt(ByteView key, ByteView nonce,
                                                      ByteView associated, ByteView sealed);

// GB/T 32907 in counter mode with a 16-byte key and first counter block; its own inverse.
[[nodiscard]] Bytes sm4_ctr(ByteView key, ByteView counter, ByteView text);

}  // namespace kapok::platform::crypto
