#pragma once

// One upload: a form comes in, its file goes into the object store as it comes.

#include <memory>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "core/result.h"
#include "models/batch/batch.h"
#include "models/batch/batch_tools.h"
#include "models/batch/multipart.h"
#include "platform/crypto/hash.h"
#include "platform/http/message.h"
#include "platform/objects/object_store.h"

namespace kapok::models {

class Upload {
public:
    Upload(BatchTools tools, File file) : tools_(tools), file_(std::move(file)) {}

    // The file as its form describes it, its object durable. Nothing is left of one that fails.
    // Once.
    [[nodiscard]] boost::asio::awaitable<core::Result<File>> take(
        MultipartReader form, std::shared_ptr<platform::http::BodySource> body);

    // Of what was taken, the same for the same form whatever divides its parts.
    [[nodiscard]] const std::string& fingerprint() const noexcept { return fingerprint_; }

private:
    [[nodiscard]] core::Result<void> see(FormEvent event);
    [[nodiscard]] core::Result<void> begin_part(PartBegin part);
    [[nodiscard]] core::Result<void> end_part();
    [[nodiscard]] core::Result<void> read_fields();
    boost::asio::awaitable<core::Result<void>> write(bool last);

    BatchTools tools_;
    File file_;
    std::string part_;   // Name of the part that comes now; empty between parts.
    std::string value_;  // Of that part, unless it is the file.
    std::optional<std::string> purpose_;
    std::optional<std::string> expiry_anchor_;
    std::optional<std::string> expiry_seconds_;
    bool has_file_ = false;
    std::string buffer_;  // Of the file, not yet written.
    std::shared_ptr<platform::objects::ObjectWriter> writer_;
    platform::crypto::Hasher hasher_{platform::crypto::Suite::Intl};  // Of the file's bytes.
    std::string fingerprint_;
};

}  // namespace kapok::models
