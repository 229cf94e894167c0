#pragma once

// Limits of the gateway.

#include <cstdint>

namespace kapok::models {

inline constexpr std::int64_t kChoicesMax = 128;   // `n` of a call.
inline constexpr std::int64_t kInputsMax = 2'048;  // Texts of one embeddings call.
inline constexpr std::int64_t kModelNameBytesMax = 128;
inline constexpr std::int64_t kTokensMax = 100'000'000;     // Of one call; beyond any context.
inline constexpr std::int64_t kMessageOverheadTokens = 64;  // Of a chat template, per message.
inline constexpr std::int64_t kTemplateOverheadTokens = 1'024;

}  // namespace kapok::models
