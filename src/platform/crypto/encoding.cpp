#include "platform/crypto/encoding.h"

#include <algorithm>
#include <array>

#include <sodium.h>

namespace kapok::platform::crypto {
namespace {

constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

const unsigned char* octets(ByteView bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

constexpr std::array<std::uint32_t, 256> make_crc_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < table.size(); ++i) {
        std::uint32_t value = i;
        for (int bit = 0; bit < 8; ++bit) {
            value = (value >> 1U) ^ ((value & 1U) != 0 ? 0xEDB88320U : 0U);
        }
        table[i] = value;
    }
    return table;
}

constexpr auto kCrcTable = make_crc_table();

}  // namespace

std::string to_hex(ByteView bytes) {
    std::string text(bytes.size() * 2 + 1, '\0');
    sodium_bin2hex(text.data(), text.size(), octets(bytes), bytes.size());
    text.pop_back();
    return text;
}

std::optional<Bytes> from_hex(std::string_view text) {
    if (std::ranges::any_of(text, [](char c) { return c >= 'A' && c <= 'F'; })) {
        return std::nullopt;
    }
    Bytes bytes(text.size() / 2 + 1);  // Never empty: libsodium wants somewhere to write.
    std::size_t size = 0;
    const char* end = nullptr;
    const int status = sodium_hex2bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(),
                                      text.data(), text.size(), nullptr, &size, &end);
    if (status != 0 || size * 2 != text.size()) {
        return std::nullopt;
    }
    bytes.resize(size);
    return bytes;
}

std::string to_base64url(ByteView bytes) {
    std::string text(sodium_base64_encoded_len(bytes.size(), kVariant), '\0');
    sodium_bin2base64(text.data(), text.size(), octets(bytes), bytes.size(), kVariant);
    text.pop_back();
    return text;
}

std::optional<Bytes> from_base64url(std::string_view text) {
    // libsodium 1.0.18 reads each byte from 80 on as "_".
    if (std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; })) {
        return std::nullopt;
    }
    Bytes bytes(text.size() / 4 * 3 + 3);
    std::size_t size = 0;
    const char* end = nullptr;
    const int status =
        sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(),
                          text.size(), nullptr, &size, &end, kVariant);
    if (status != 0 || end != text.data() + text.size()) {
        return std::nullopt;
    }
    bytes.resize(size);
    return bytes;
}

std::uint32_t crc32(ByteView bytes) noexcept {
    std::uint32_t crc = 0xFFFFFFFFU;
    for (const std::byte byte : bytes) {
        crc = (crc >> 8U) ^ kCrcTable[(crc ^ static_cast<std::uint32_t>(byte)) & 0xFFU];
    }
    return ~crc;
}

}  // namespace kapok::platform::crypto
