#include <cassert>
#include <chrono>

#include "identity/agent_service.h"
#include "platform/crypto/bytes.h"

namespace kapok::identity {
namespace {

namespace crypto = platform::crypto;
using core::Result;

constexpr std::string_view kName = "agents";
constexpr std::string_view kSealedFor = "identity.certificate_authorities agents";
constexpr std::chrono::hours kValidity{24 * 365 * 10};

Result<crypto::CertificateAuthority> open_authority(const store::StoredAuthority& stored,
                                                    const crypto::SealingKey& key) {
    auto opened = crypto::open(std::span(&key, 1), stored.sealed_key, crypto::bytes_of(kSealedFor));
    if (!opened) {
        return std::unexpected(opened.error());
    }
    return crypto::CertificateAuthority::load({*std::move(opened), stored.certificate_pem});
}

}  // namespace

Result<crypto::CertificateAuthority> load_or_create_authority(platform::db::Database& database,
                                                              const crypto::SealingKey& key,
                                                              const core::Clock& clock,
                                                              core::Random& random) {
    const auto look = [](platform::db::Reader& reader) {
        return store::system_find_authority(reader, kName);
    };
    const auto present = database.read_blocking(look);
    if (!present) {
        return std::unexpected(present.error());
    }
    if (const auto& stored = *present) {
        return open_authority(*stored, key);
    }
    const auto made =
        crypto::CertificateAuthority::create("Kapok agents", kValidity, clock, random);
    if (!made) {
        return std::unexpected(made.error());
    }
    const auto sealed = crypto::seal(key, crypto::bytes_of(made->private_key_pem.reveal()),
                                     crypto::bytes_of(kSealedFor), random);
    const auto kept = database.write_blocking([&](platform::db::Transaction& transaction) {
        return store::system_insert_authority(transaction, kName, {made->certificate_pem, sealed});
    });
    if (!kept) {
        return std::unexpected(kept.error());
    }
    // Of several servers that start at once the first one's counts.
    const auto stored = database.read_blocking(look);
    if (!stored) {
        return std::unexpected(stored.error());
    }
    const auto& first = *stored;
    assert(first.has_value());  // It was there already, or has just been inserted.
    return open_authority(*first, key);
}

}  // namespace kapok::identity
