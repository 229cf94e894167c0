#pragma once

// The key that a passphrase stands for (argon2id), for what leaves the installation, such as the
// keys in a backup.

#include <cstddef>

#include "core/result.h"
#include "core/secret.h"
#include "platform/crypto/password.h"
#include "platform/crypto/sealing.h"

namespace kapok::platform::crypto {

inline constexpr std::size_t kPassphraseSaltSize = 16;

// `cost` and `salt` are kept beside what the key sealed. kCannotOpen for a salt of another size
// than kPassphraseSaltSize, or a cost that no computer here can pay.
[[nodiscard]] core::Result<SealingKey> key_of_passphrase(Suite suite,
                                                         const core::Secret& passphrase,
                                                         const PasswordCost& cost, ByteView salt);

}  // namespace kapok::platform::crypto
