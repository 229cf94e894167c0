#pragma once

// Inputs and outputs of jobs: bytes under their own digest, each organization's apart, so that no
// organization can learn what another one has. The right to read one is a row of compute_artifact.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "core/id.h"
#include "core/result.h"
#include "platform/http/message.h"
#include "platform/objects/blocking_pool.h"
#include "platform/objects/object_store.h"

namespace kapok::compute {

struct StoredBytes {
    std::string digest;  // "sha256:…"
    std::int64_t bytes = 0;
};

// Bytes that are read from the store as they leave.
struct OpenObject {
    std::int64_t bytes = 0;  // That are still to come.
    std::shared_ptr<platform::http::BodyStream> stream;
};

class Artifacts {
public:
    // Both outlive it.
    Artifacts(platform::objects::ObjectStore& objects, platform::objects::BlockingPool& pool)
        : objects_(objects), pool_(pool) {}

    // Durable when it returns. The same bytes again are stored once.
    [[nodiscard]] boost::asio::awaitable<core::Result<StoredBytes>> put(
        core::OrganizationId organization, std::string bytes);
    [[nodiscard]] boost::asio::awaitable<core::Result<std::string>> get(
        core::OrganizationId organization, std::string digest);
    // From `offset` on, however large the object is.
    [[nodiscard]] boost::asio::awaitable<core::Result<OpenObject>> open(
        core::OrganizationId organization, std::string digest, std::int64_t offset);
    [[nodiscard]] boost::asio::awaitable<core::Result<OpenObject>> open_model(std::string digest,
                                                                              std::int64_t offset);
    [[nodiscard]] boost::asio::awaitable<core::Result<bool>> has(core::OrganizationId organization,
                                                                 std::string digest);

private:
    [[nodiscard]] boost::asio::awaitable<core::Result<OpenObject>> open_object(std::string name,
                                                                               std::int64_t offset);

    platform::objects::ObjectStore& objects_;
    platform::objects::BlockingPool& pool_;
};

// "sha256:" and the digest of the bytes.
[[nodiscard]] std::string digest_of(std::string_view bytes);

}  // namespace kapok::compute
