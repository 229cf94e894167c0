#pragma once

// Limits of crypto.

#include <chrono>
#include <cstddef>

namespace kapok::platform::crypto {

inline constexpr std::size_t kPasswordBytesMax = 1'024;  // More is an attack on argon2id.
inline constexpr std::size_t kPemBytesMax = 65'536;
inline constexpr std::size_t kKeyFileBytesMax = 4'096;
inline constexpr std::size_t kCommonNameBytesMax = 64;  // RFC 5280, ub-common-name.
inline constexpr std::size_t kSubjectNamesMax = 100;
inline constexpr std::chrono::minutes kClockSkew{5};  // Certificates begin so long before now.

}  // namespace kapok::platform::crypto
