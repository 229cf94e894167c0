#include "models/batch/batch.h"

#include <algorithm>

#include <fmt/format.h>

#include "platform/crypto/bytes.h"
#include "platform/crypto/hash.h"

namespace kapok::models {
namespace {

namespace crypto = platform::crypto;

// UUID version 8 (RFC 9562): time of the batch, the rest from a digest of what the id is for.
core::Uuid derive(BatchId batch, std::string_view purpose) {
    const std::string text = fmt::format("{} {}", batch.text(), purpose);
    const crypto::Digest digest = crypto::hash(crypto::Suite::Intl, crypto::bytes_of(text));
    core::Uuid uuid = batch.uuid();
    for (std::size_t i = 6; i < uuid.bytes.size(); ++i) {
        uuid.bytes[i] = static_cast<std::uint8_t>(digest[i]);
    }
    uuid.bytes[6] = static_cast<std::uint8_t>(0x80U | (uuid.bytes[6] & 0x0FU));
    uuid.bytes[8] = static_cast<std::uint8_t>(0x80U | (uuid.bytes[8] & 0x3FU));
    return uuid;
}

}  // namespace

exchange::HoldId hold_of(const LineKey& key) {
    return exchange::HoldId(derive(key.batch, fmt::format("hold {} {}", key.line, key.attempt)));
}

std::string request_of(const LineKey& key) {
    return "req_" + core::to_base32(hold_of(key).uuid());
}

std::string output_id_of(BatchId batch, std::int64_t line) {
    return "batch_req_" + core::to_base32(derive(batch, fmt::format("line {}", line)));
}

FileId output_file_of(BatchId batch) {
    return FileId(derive(batch, "output file"));
}

FileId error_file_of(BatchId batch) {
    return FileId(derive(batch, "error file"));
}

std::string object_of(FileId file) {
    return "files/" + file.text();
}

}  // namespace kapok::models
