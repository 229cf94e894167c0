#pragma once

// Writes that may be sent twice. A client that names its write (header Idempotency-Key) gets what
// the same request made before, and a conflict for another request under the same name. Names are
// those of the caller's organization: whoever of it sends the write again, it is done once. What is
// kept is only which thing was made, never a reply: replies may hold secrets.
//
// For every module: decide first whether the caller may do this at all, then call claim() or
// claim_id(), and only then do the work. The name is taken in the command's own transaction, so a
// write that fails leaves its name free, and of two that run at once, on one server or on two, the
// second waits for the first and then finds what it made.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "core/clock.h"
#include "core/principal.h"
#include "core/result.h"
#include "platform/crypto/hash.h"
#include "platform/db/database.h"

namespace kapok::identity {

inline constexpr std::chrono::hours kIdempotencyLifetime{24};
inline constexpr std::size_t kIdempotencyKeyBytesMax = 128;

struct IdempotencyKey {
    std::string key;
    core::OrganizationId organization;   // Whose name it is.
    platform::crypto::Digest request{};  // Of method, path, query and body.
};

// kBadIdempotencyKey unless `key` is 1 to 128 printable ASCII characters.
[[nodiscard]] core::Result<IdempotencyKey> make_idempotency_key(const core::Principal& caller,
                                                                std::string_view key,
                                                                std::string_view method,
                                                                std::string_view path,
                                                                std::string_view body);

// What the same request made before; nothing if it is new; kIdempotencyKeyReused if the key stands
// for another request.
[[nodiscard]] core::Result<std::optional<std::string>> recall(platform::db::Reader& reader,
                                                              const IdempotencyKey& key,
                                                              core::Timestamp now);

// The same, and if it is new, the key stands for `result`, the id of what is about to be made.
[[nodiscard]] core::Result<std::optional<std::string>> claim(platform::db::Transaction& transaction,
                                                             const IdempotencyKey& key,
                                                             std::string_view result);

// The thing that the same request made before; else nothing, and `fresh` is about to be made.
template <class Id>
[[nodiscard]] core::Result<std::optional<Id>> claim_id(platform::db::Transaction& transaction,
                                                       const std::optional<IdempotencyKey>& key,
                                                       Id fresh) {
    if (!key) {
        return std::optional<Id>();
    }
    const auto earlier = claim(transaction, *key, fresh.text());
    if (!earlier) {
        return std::unexpected(earlier.error());
    }
    const std::optional<std::string>& text = *earlier;
    return text ? Id::parse(*text) : std::nullopt;
}

[[nodiscard]] core::Result<std::int64_t> forget_old_keys(platform::db::Transaction& transaction);

}  // namespace kapok::identity
