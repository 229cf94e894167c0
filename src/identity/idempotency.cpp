#include "identity/idempotency.h"

#include <algorithm>

#include "identity/errors.h"
#include "platform/crypto/bytes.h"

namespace kapok::identity {

core::Result<IdempotencyKey> make_idempotency_key(const core::Principal& caller,
                                                  std::string_view key, std::string_view method,
                                                  std::string_view path, std::string_view body) {
    const bool printable = std::ranges::all_of(key, [](char c) { return c > ' ' && c <= '~'; });
    if (key.empty() || key.size() > kIdempotencyKeyBytesMax || !printable) {
        return core::fail(kBadIdempotencyKey, {{"limit", std::to_string(kIdempotencyKeyBytesMax)}});
    }
    platform::crypto::Hasher hasher(platform::crypto::Suite::Intl);
    for (const std::string_view part : {method, path}) {  // Neither has a line break in it.
        hasher.update(platform::crypto::bytes_of(part)).update(platform::crypto::bytes_of("\n"));
    }
    hasher.update(platform::crypto::bytes_of(body));
    if (caller.project) {  // What a request leaves open is taken from the project of its caller.
        hasher.update(platform::crypto::bytes_of("\n"));
        hasher.update(platform::crypto::bytes_of(caller.project->text()));
    }
    return IdempotencyKey{std::string(key), caller.organization, hasher.finish()};
}

}  // namespace kapok::identity
