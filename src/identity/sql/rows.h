#pragma once

// How rows become values, the same in every store of identity.

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "identity/types.h"
#include "platform/crypto/hash.h"
#include "platform/db/database.h"

namespace kapok::identity::sql {

// We wrote the text, so that one that is no name is a damaged database or a newer program's.
template <class Enum, std::size_t Size>
[[nodiscard]] Enum stored(const std::array<std::string_view, Size>& names, std::string_view text) {
    const auto value = named<Enum>(names, text);
    assert(value.has_value());
    return *value;
}

[[nodiscard]] inline platform::crypto::Digest to_digest(std::span<const std::byte> bytes) {
    platform::crypto::Digest digest{};
    assert(bytes.size() == digest.size());
    std::ranges::copy(bytes, digest.begin());
    return digest;
}

[[nodiscard]] inline platform::db::Value to_value(const platform::crypto::Digest& digest) {
    return platform::db::Blob(digest.begin(), digest.end());
}

[[nodiscard]] inline core::Result<void> done(const core::Result<std::int64_t>& changed) {
    return changed ? core::Result<void>() : std::unexpected(changed.error());
}

[[nodiscard]] inline core::Result<bool> changed(const core::Result<std::int64_t>& count) {
    return count ? core::Result<bool>(*count > 0) : std::unexpected(count.error());
}

[[nodiscard]] inline core::Result<bool> exists(platform::db::Reader& reader, std::string_view text,
                                               platform::db::Values values) {
    const auto found = reader.find(text, values, [](const platform::db::Row&) { return true; });
    return found ? core::Result<bool>(found->has_value()) : std::unexpected(found.error());
}

}  // namespace kapok::identity::sql
