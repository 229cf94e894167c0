#pragma once

// Bytes as text and back. Each value has one text: what decodes was written by the encoder beside
// it, so two texts that compare different are different bytes. Encoding and decoding take the same
// time whatever the bytes are, so that keys may pass through.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "platform/crypto/bytes.h"

namespace kapok::platform::crypto {

// Lower case.
[[nodiscard]] std::string to_hex(ByteView bytes);
[[nodiscard]] std::optional<Bytes> from_hex(std::string_view text);

// RFC 4648 section 5, without padding.
[[nodiscard]] std::string to_base64url(ByteView bytes);
[[nodiscard]] std::optional<Bytes> from_base64url(std::string_view text);

// The CRC of Ethernet, zip and gzip. It finds a mistyped API key before the database is asked; it
// proves nothing.
[[nodiscard]] std::uint32_t crc32(ByteView bytes) noexcept;

}  // namespace kapok::platform::crypto
