#pragma once

// The digest of a metric's inputs: SHA-256 of one line a fact, its canonical JSON
// (audit/canonical.h) with a line feed behind it, in the order of the facts. It is what `sha256sum`
// says of the lines that GET /api/v1/metrics-catalogue/{name}/inputs gives, so that anybody can
// compute it again.

#include <cstdint>
#include <span>
#include <string>

#include "core/result.h"
#include "platform/crypto/hash.h"
#include "registry/metric.h"

namespace kapok::registry {

// With its line feed. An error if a text is not UTF-8.
[[nodiscard]] core::Result<std::string> line_of(const Fact& fact,
                                                std::span<const Dimension> dimensions);

class FactDigest {
public:
    FactDigest() : digest_(platform::crypto::Suite::Intl) {}

    void add(std::string_view line);
    [[nodiscard]] std::int64_t count() const noexcept { return count_; }
    // "sha256:" and 64 hexadecimal digits, of the lines so far.
    [[nodiscard]] std::string text() const;

private:
    platform::crypto::Hasher digest_;
    std::int64_t count_ = 0;
};

}  // namespace kapok::registry
