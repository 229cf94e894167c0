#include "compute/artifacts.h"

#include <span>
#include <stdexcept>
#include <utility>

#include "compute/api.h"
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

// Reads on the pool's threads: the server's never wait for a disk.
class ObjectStream final : public platform::http::BodyStream {
public:
    ObjectStream(std::unique_ptr<objects::ObjectReader> reader, objects::BlockingPool& pool)
        : reader_(std::move(reader)), pool_(pool) {}

    asio::awaitable<std::optional<std::string>> next() override {
        auto read = [reader = reader_]() -> core::Result<std::string> {
            std::string piece(kStreamPieceBytes, '\0');
            const auto count = reader->read(std::as_writable_bytes(std::span(piece)));
            if (!count) {
                return std::unexpected(count.error());
            }
            piece.resize(*count);
            return piece;
        };
        auto piece = co_await pool_.run(std::move(read));
        if (!piece) {  // Breaks the answer off, so that nobody takes it for whole.
            throw std::runtime_error(core::render(piece.error(), core::Language::En));
        }
        co_return piece->empty() ? std::optional<std::string>() : *std::move(piece);
    }

private:
    std::shared_ptr<objects::ObjectReader> reader_;
    objects::BlockingPool& pool_;
};

}  // namespace

std::string digest_of(std::string_view bytes) {
    const auto digest =
        platform::crypto::hash(platform::crypto::Suite::Intl, std::as_bytes(std::span(bytes)));
    return std::string(kPrefix) + platform::crypto::to_hex(digest);
}

asio::awaitable<core::Result<StoredBytes>> Artifacts::put(core::OrganizationId organization,
                                                          std::string bytes) {
    auto work = [this, organization, bytes = std::move(bytes)]() -> core::Result<StoredBytes> {
        StoredBytes stored{digest_of(bytes), static_cast<std::int64_t>(bytes.size())};
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

asio::awaitable<core::Result<OpenObject>> Artifacts::open_object(std::string name,
                                                                 std::int64_t offset) {
    using Reader = std::unique_ptr<objects::ObjectReader>;
    auto work = [this, name = std::move(name), offset]() -> core::Result<Reader> {
        return objects_.open(name, {offset, std::nullopt});
    };
    auto reader = co_await pool_.run(std::move(work));
    if (!reader) {
        co_return std::unexpected(reader.error());
    }
    const std::int64_t bytes = (*reader)->info().size - offset;
    co_return OpenObject{bytes, std::make_shared<ObjectStream>(*std::move(reader), pool_)};
}

asio::awaitable<core::Result<OpenObject>> Artifacts::open(core::OrganizationId organization,
                                                          std::string digest, std::int64_t offset) {
    auto opened = co_await open_object(name_of(organization, digest), offset);
    co_return opened;
}

asio::awaitable<core::Result<OpenObject>> Artifacts::open_model(std::string digest,
                                                                std::int64_t offset) {
    auto opened = co_await open_object(model_object_name(digest), offset);
    co_return opened;
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
