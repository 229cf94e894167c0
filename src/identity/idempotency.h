#pragma once

// Writes that may be sent twice. A client that names its write (header Idempotency-Key) gets the
// same result for the same request again, and a conflict for another request under the same name.
// What is kept is only which thing was made, never a reply: replies may hold secrets. For every
// module: call recall() first in the command, remember() last.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "core/principal.h"
#include "core/result.h"
#include "platform/crypto/hash.h"
#include "platform/db/database.h"

namespace kapok::identity {

inline constexpr std::chrono::hours kIdempotencyLifetime{24};
inline constexpr std::size_t kIdempotencyKeyBytesMax = 128;

struct IdempotencyKey {
    std::string key;
    core::Uuid caller;
    platform::crypto::Digest request{};  // Of method, path and body.
};

// kBadIdempotencyKey unless `key` is 1 to 128 printable ASCII characters.
[[nodiscard]] core::Result<IdempotencyKey> make_idempotency_key(const core::Principal& caller,
                                                                std::string_view key,
                                                                std::string_view method,
                                                                std::string_view path,
                                                                std::string_view body);

// What remember() was given for the same request; nothing if it is new; kIdempotencyKeyReused if
// the key stands for another request.
[[nodiscard]] core::Result<std::optional<std::string>> recall(
    platform::db::Transaction& transaction, const IdempotencyKey& key);

// `result` is the id of what was made.
[[nodiscard]] core::Result<void> remember(platform::db::Transaction& transaction,
                                          const IdempotencyKey& key, std::string_view result);

[[nodiscard]] core::Result<std::int64_t> forget_old_keys(platform::db::Transaction& transaction);

}  // namespace kapok::identity
