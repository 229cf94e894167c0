#pragma once

// The written form of API keys and enrollment tokens:
//
//     kpk_live_01JD0N8WJX7Y3K5T9QZ4V6B2CA_<40 characters of secret><6 of checksum>
//
// The prefix lets scanners of leaked secrets find it, the id makes looking it up cheap, the secret
// carries 238 bits, and the checksum (CRC-32 of all before it) refuses a mistyped or cut one before
// anything else looks at it.

#include <optional>
#include <string>
#include <string_view>

#include "core/id.h"
#include "core/random.h"
#include "core/secret.h"

namespace kapok::identity {

inline constexpr std::string_view kApiKeyPrefix = "kpk";
inline constexpr std::string_view kEnrollmentPrefix = "ket";
inline constexpr std::size_t kTokenBytesMax = 128;

struct TokenParts {
    std::string_view environment;  // Of the text that was parsed.
    core::Uuid id;
};

// 1 to 16 lower-case letters and digits: "live", "test", "guangzhou".
[[nodiscard]] bool is_environment(std::string_view name) noexcept;

// `environment` must be one.
[[nodiscard]] core::Secret make_token(std::string_view prefix, std::string_view environment,
                                      const core::Uuid& id, core::Random& random);

// Nothing unless every character is as make_token wrote it.
[[nodiscard]] std::optional<TokenParts> parse_token(std::string_view prefix, std::string_view text);

}  // namespace kapok::identity
