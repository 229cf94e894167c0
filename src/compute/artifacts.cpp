#include "compute/artifacts.h"

#include <span>
#include <utility>

#include "compute/limits.h"
#include "platform/crypto/encoding.h"
#include "platform/crypto/hash.h"

namespace kapok::compute {

namespace asio = boost::asio;
namespace objects = platform::objects;

namespace {

constexpr std::string_view kPrefix = "sha256:";

std::string name_of(core::OrganizationId organization, std::string_view digest) {
    const std::string hex(digest.substr(kPrefix.size()));
    return "artifacts/" + organization.text() + "/" + hex.substr(0, 2) + "/" + hex;
}

}  // namespace

std::string digest_of(std::string_view bytes) {
    const auto digest =
        platform::crypto::hash(platform::crypto::Suite::Intl, std::as_bytes(std::span(bytes)));
    return std::string(kPrefix) + platform::crypto::to_hex(digest);
}

asio::awaitable<core::Result<StoredBytes>> Artifacts::put(core::OrganizationId organization,
                                                          std::string bytes) {
    auto work = [this, organization, bytes = std::move(bytes)]() -> core::Result<StoredBytes> {
        const StoredBytes stored{digest_of(bytes), static_cast<std::int64_t>(bytes.size())};
        const std::string name = name_of(organization, stored.digest);
        const auto found = objects_.find(name);
        if (!found) {
            return std::unexpected(found.error());
        }
        if (*found) {
            return stored;
        }
        const auto put = objects_.put(name, std::as_bytes(std::span(bytes)));
        return put ? core::Result<StoredBytes>(stored) : std::unexpected(put.error());
    };
    auto done = co_await pool_.run(std::move(work));
    co_return done;
}

asio::awaitable<core::Result<std::string>> Artifacts::get(core::OrganizationId organization,
                                                          std::string digest) {
    auto work = [this, organization, digest = std::move(digest)]() -> core::Result<std::string> {
        const auto bytes = objects_.get(name_of(organization, digest), kArtifactBytesMax);
        if (!bytes) {
            return std::unexpected(bytes.error());
        }
        return std::string(reinterpret_cast<const char*>(bytes->data()),  // NOLINT: bytes as text.
                           bytes->size());
    };
    auto done = co_await pool_.run(std::move(work));
    co_return done;
}

asio::awaitable<core::Result<bool>> Artifacts::has(core::OrganizationId organization,
                                                   std::string digest) {
    auto work = [this, organization, digest = std::move(digest)]() -> core::Result<bool> {
        const auto found = objects_.find(name_of(organization, digest));
        return found ? core::Result<bool>(found->has_value()) : std::unexpected(found.error());
    };
    auto done = co_await pool_.run(std::move(work));
    co_return done;
}

}  // namespace kapok::compute
