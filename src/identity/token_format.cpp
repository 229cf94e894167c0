#include "identity/token_format.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdint>

namespace kapok::identity {
namespace {

constexpr std::string_view kDigits =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::size_t kIdSize = 26;
constexpr std::size_t kSecretSize = 40;
constexpr std::size_t kChecksumSize = 6;  // 62^6 > 2^32.
constexpr std::size_t kEnvironmentSizeMax = 16;

// CRC-32 as in zip and Ethernet (polynomial 0xEDB88320, reflected).
constexpr std::array<std::uint32_t, 256> kCrcTable = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < table.size(); ++i) {
        std::uint32_t remainder = i;
        for (int bit = 0; bit < 8; ++bit) {
            remainder = remainder >> 1U ^ ((remainder & 1U) != 0 ? 0xEDB8'8320U : 0U);
        }
        table[i] = remainder;
    }
    return table;
}();

constexpr std::uint32_t crc32(std::string_view text) {
    std::uint32_t crc = 0xFFFF'FFFFU;
    for (const char c : text) {
        crc = crc >> 8U ^ kCrcTable[(crc ^ static_cast<unsigned char>(c)) & 0xFFU];
    }
    return ~crc;
}
static_assert(crc32("123456789") == 0xCBF4'3926U);  // The check value of its definition.

std::array<char, kChecksumSize> checksum(std::string_view text) {
    std::array<char, kChecksumSize> digits{};
    std::uint32_t crc = crc32(text);
    for (std::size_t i = digits.size(); i > 0; --i) {
        digits[i - 1] = kDigits[crc % kDigits.size()];
        crc /= static_cast<std::uint32_t>(kDigits.size());
    }
    return digits;
}

bool is_digit(char c) {
    return kDigits.find(c) != kDigits.npos;
}

// Cuts up to the next underscore from the front.
std::optional<std::string_view> take_part(std::string_view& text) {
    const auto end = text.find('_');
    if (end == text.npos) {
        return std::nullopt;
    }
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(end + 1);
    return part;
}

}  // namespace

bool is_environment(std::string_view name) noexcept {
    return !name.empty() && name.size() <= kEnvironmentSizeMax &&
           std::ranges::all_of(
               name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
}

core::Secret make_token(std::string_view prefix, std::string_view environment, const core::Uuid& id,
                        core::Random& random) {
    assert(is_environment(environment));
    std::string text;
    text.reserve(kTokenBytesMax);  // So that no copy of the secret is left behind by growing.
    text.append(prefix).append("_").append(environment).append("_");
    text.append(core::to_base32(id)).append("_");
    for (std::size_t i = 0; i < kSecretSize; ++i) {
        text.push_back(kDigits[static_cast<std::size_t>(random.below(kDigits.size()))]);
    }
    const auto digits = checksum(text);
    text.append(digits.data(), digits.size());
    return core::Secret(std::move(text));
}

std::optional<TokenParts> parse_token(std::string_view prefix, std::string_view text) {
    if (text.size() <= kChecksumSize || text.size() > kTokenBytesMax) {
        return std::nullopt;
    }
    const std::string_view checked = text.substr(0, text.size() - kChecksumSize);
    const auto digits = checksum(checked);
    if (text.substr(checked.size()) != std::string_view(digits.data(), digits.size())) {
        return std::nullopt;
    }
    std::string_view rest = checked;
    const auto found_prefix = take_part(rest);
    const auto environment = take_part(rest);
    const auto id = take_part(rest);
    if (!found_prefix || !environment || !id || *found_prefix != prefix ||
        !is_environment(*environment) || id->size() != kIdSize || rest.size() != kSecretSize ||
        !std::ranges::all_of(rest, is_digit)) {
        return std::nullopt;
    }
    const auto uuid = core::from_base32(*id);
    return uuid ? std::optional<TokenParts>({*environment, *uuid}) : std::nullopt;
}

}  // namespace kapok::identity
