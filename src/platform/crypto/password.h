#pragma once

// Passwords are kept as argon2id hashes in PHC form ($argon2id$v=19$m=…,t=…,p=1$salt$hash), which
// carry their own cost: raising the cost leaves old hashes valid, and needs_rehash() finds them at
// the next sign-in. These calls take as long and as much memory as the cost says, on purpose: run
// them on a pool of their own, never on a thread that serves connections.

#include <cstdint>
#include <string>
#include <string_view>

#include "core/random.h"
#include "core/result.h"
#include "core/secret.h"

namespace kapok::platform::crypto {

// RFC 9106 section 4 recommends three passes over 64 MiB where memory is limited.
struct PasswordCost {
    std::uint32_t passes = 3;
    std::uint64_t memory_bytes = 64ULL * 1'024 * 1'024;
};
// Only for tests: the least that libsodium accepts.
inline constexpr PasswordCost kCheapestPasswordCost{1, 8'192};

[[nodiscard]] core::Result<std::string> hash_password(const core::Secret& password,
                                                      const PasswordCost& cost,
                                                      core::Random& random);

// False also for a text that is no such hash.
[[nodiscard]] bool verify_password(const core::Secret& password, const std::string& stored);

[[nodiscard]] bool needs_rehash(const std::string& stored, const PasswordCost& cost);

}  // namespace kapok::platform::crypto
