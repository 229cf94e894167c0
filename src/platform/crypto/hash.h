#pragma once

// Digests, message authentication and key derivation in two suites behind one interface: `intl`
// (SHA-256) and `sm` (SM3, GB/T 32905). A deployment chooses one; everything written names the
// suite that it was written with, so that both can be read.

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "platform/crypto/bytes.h"

namespace kapok::platform::crypto {

enum class Suite : std::uint8_t { Intl = 1, Sm = 2 };  // The numbers are in sealed data.

[[nodiscard]] std::string_view to_text(Suite suite) noexcept;  // "intl", "sm"
[[nodiscard]] std::optional<Suite> parse_suite(std::string_view text) noexcept;
[[nodiscard]] std::string_view digest_name(Suite suite) noexcept;  // "sha256", "sm3"

using Digest = std::array<std::byte, 32>;  // Both suites have 256 bits.

[[nodiscard]] Digest hash(Suite suite, ByteView message);

// A digest of what comes in pieces.
class Hasher {
public:
    explicit Hasher(Suite suite);
    Hasher(const Hasher&) = delete;
    Hasher& operator=(const Hasher&) = delete;
    Hasher(Hasher&&) noexcept;
    Hasher& operator=(Hasher&&) noexcept;
    ~Hasher();

    Hasher& update(ByteView bytes);
    // The digest of all that was given, and the start of the next one.
    [[nodiscard]] Digest finish();
    // The digest of all that was given so far; more may come.
    [[nodiscard]] Digest so_far() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

// RFC 2104; with SM3 that is GB/T 15852.2.
[[nodiscard]] Digest hmac(Suite suite, ByteView key, ByteView message);

// RFC 5869. `size` is at most 255 digests.
[[nodiscard]] Bytes hkdf(Suite suite, ByteView key, ByteView salt, ByteView info, std::size_t size);

// Tells only whether they are equal, not where they differ. The sizes are not secret.
[[nodiscard]] bool equal_constant_time(ByteView left, ByteView right) noexcept;

}  // namespace kapok::platform::crypto
