#include "core/id.h"

#include <chrono>
#include <span>

namespace kapok::core {
namespace {

constexpr std::string_view kAlphabet =
    "0123456789ABCDEFGHJKMNPQRSTVWXYZ";  // Crockford: no I L O U.
constexpr std::size_t kTextSize = 26;    // 130 bits, 2 unused.

__extension__ using Bits = unsigned __int128;

Bits to_bits(const Uuid& uuid) {
    Bits bits = 0;
    for (const std::uint8_t byte : uuid.bytes) {
        bits = bits << 8U | byte;
    }
    return bits;
}

}  // namespace

Timestamp Uuid::made_at() const noexcept {
    std::int64_t milliseconds = 0;
    for (std::size_t i = 0; i < 6; ++i) {
        milliseconds = milliseconds << 8 | bytes[i];
    }
    return Timestamp(std::chrono::milliseconds(milliseconds));
}

std::string to_base32(const Uuid& uuid) {
    Bits bits = to_bits(uuid);
    std::string text(kTextSize, '0');
    for (std::size_t i = kTextSize; i > 0; --i) {
        text[i - 1] = kAlphabet[static_cast<std::size_t>(bits & 31U)];
        bits >>= 5U;
    }
    return text;
}

std::optional<Uuid> from_base32(std::string_view text) {
    if (text.size() != kTextSize || text.front() > '7') {
        return std::nullopt;
    }
    Bits bits = 0;
    for (const char c : text) {
        const auto digit = kAlphabet.find(c);
        if (digit == kAlphabet.npos) {
            return std::nullopt;
        }
        bits = bits << 5U | digit;
    }
    Uuid uuid;
    for (std::size_t i = uuid.bytes.size(); i > 0; --i) {
        uuid.bytes[i - 1] = static_cast<std::uint8_t>(bits & 255U);
        bits >>= 8U;
    }
    return uuid;
}

Uuid make_uuid(const Clock& clock, Random& random) {
    const auto since_epoch = clock.now().time_since_epoch();
    const auto whole = std::chrono::floor<std::chrono::milliseconds>(since_epoch);
    const auto rest = static_cast<std::uint64_t>((since_epoch - whole).count());  // 0..999 us
    const auto milliseconds = static_cast<std::uint64_t>(whole.count());
    Uuid uuid;
    random.fill(std::as_writable_bytes(std::span(uuid.bytes)));
    for (std::size_t i = 0; i < 6; ++i) {
        uuid.bytes[i] = static_cast<std::uint8_t>(milliseconds >> (40U - 8U * i));
    }
    // RFC 9562 section 6.2, method 3: the 12 bits after the version hold the fraction of the
    // millisecond, so that ids of one source sort by when they were made.
    const std::uint64_t fraction = rest * 4096U / 1000U;
    uuid.bytes[6] = static_cast<std::uint8_t>(0x70U | fraction >> 8U);
    uuid.bytes[7] = static_cast<std::uint8_t>(fraction);
    uuid.bytes[8] = static_cast<std::uint8_t>(0x80U | (uuid.bytes[8] & 0x3FU));
    return uuid;
}

bool is_fresh(const Uuid& uuid, Timestamp now) noexcept {
    const Timestamp made = uuid.made_at();
    return made <= now + std::chrono::minutes(5) && made >= now - std::chrono::hours(72);
}

}  // namespace kapok::core
