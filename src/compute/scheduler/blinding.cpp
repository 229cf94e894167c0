#include "compute/scheduler/blinding.h"

#include <algorithm>
#include <array>

#include "platform/crypto/encoding.h"
#include "platform/crypto/hash.h"

namespace kapok::compute {

namespace crypto = platform::crypto;

namespace {

constexpr std::size_t kSecretBytes = 32;
constexpr std::string_view kLabel = "kapok blinded id v1\n";

template <class Id>
void replace(Id& id, const Blinding& blinding) {
    const std::string text = id.text();
    id = Id(substitute(text, blinding.opening(text)));
}

}  // namespace

Blinding Blinding::make(core::Random& random) {
    crypto::Bytes secret(kSecretBytes);
    random.fill(secret);
    return Blinding(std::move(secret));
}

std::optional<Blinding> Blinding::parse(std::string_view text) {
    auto secret = crypto::from_hex(text);
    if (!secret || secret->size() != kSecretBytes) {
        return std::nullopt;
    }
    return Blinding(*std::move(secret));
}

std::string Blinding::text() const {
    return crypto::to_hex(secret_);
}

std::string Blinding::opening(std::string_view id) const {
    return crypto::to_hex(crypto::hmac(crypto::Suite::Intl, secret_, crypto::bytes_of(id)));
}

core::Uuid substitute(std::string_view id, std::string_view opening) {
    const crypto::Digest digest = crypto::Hasher(crypto::Suite::Intl)
                                      .update(crypto::bytes_of(kLabel))
                                      .update(crypto::bytes_of(opening))
                                      .update(crypto::bytes_of(id))
                                      .finish();
    core::Uuid uuid;
    std::ranges::transform(std::span(digest).first(uuid.bytes.size()), uuid.bytes.begin(),
                           [](std::byte byte) { return std::to_integer<std::uint8_t>(byte); });
    return uuid;
}

Snapshot blinded(Snapshot snapshot, const Blinding& blinding) {
    for (PlannedNode& node : snapshot.nodes) {
        replace(node.operated_by, blinding);
    }
    for (PlannedAttempt& attempt : snapshot.attempts) {
        replace(attempt.job, blinding);
    }
    for (PlannedJob& job : snapshot.queue) {
        replace(job.id, blinding);
        replace(job.organization, blinding);
    }
    return snapshot;
}

}  // namespace kapok::compute
