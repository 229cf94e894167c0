#include "identity/names.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <set>

#include "identity/errors.h"
#include "identity/limits.h"

namespace kapok::identity {
namespace {

constexpr std::size_t kUserNameBytesMin = 2;

bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}

// Cuts one character from the front; nothing if the bytes are no UTF-8 (RFC 3629: no overlong form,
// no surrogate, at most U+10FFFF).
std::optional<std::uint32_t> take_code_point(std::string_view& text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned first = byte(0);
    const std::size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if ((first >= 0x80 && first < 0xC2) || first > 0xF4 || text.size() < size) {
        return std::nullopt;
    }
    std::uint32_t point = size == 1 ? first : first & (0x7FU >> size);
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xC0U) != 0x80U) {
            return std::nullopt;
        }
        point = point << 6U | (byte(i) & 0x3FU);
    }
    constexpr std::array<std::uint32_t, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};
    if (point < kSmallest.at(size) || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) {
        return std::nullopt;
    }
    text.remove_prefix(size);
    return point;
}

struct Interval {
    std::uint32_t first;
    std::uint32_t last;
};

// Controls, invisible and direction-changing characters, combining marks, private use: what makes
// two names look alike, or one look like something else.
constexpr std::array kRefused{
    Interval{0x00, 0x1F},     Interval{0x7F, 0x9F},       Interval{0xAD, 0xAD},
    Interval{0x300, 0x36F},   Interval{0x61C, 0x61C},     Interval{0x115F, 0x1160},
    Interval{0x17B4, 0x17B5}, Interval{0x180B, 0x180F},   Interval{0x1AB0, 0x1AFF},
    Interval{0x1DC0, 0x1DFF}, Interval{0x2000, 0x200F},   Interval{0x2028, 0x202F},
    Interval{0x205F, 0x206F}, Interval{0x20D0, 0x20FF},   Interval{0x3099, 0x309A},
    Interval{0x3164, 0x3164}, Interval{0xE000, 0xF8FF},   Interval{0xFE00, 0xFE0F},
    Interval{0xFE20, 0xFE2F}, Interval{0xFEFF, 0xFEFF},   Interval{0xFFA0, 0xFFA0},
    Interval{0xFFF0, 0xFFFF}, Interval{0xE0000, 0x10FFFF}};

bool is_refused(std::uint32_t point) {
    return std::ranges::any_of(kRefused, [point](Interval interval) {
        return point >= interval.first && point <= interval.last;
    });
}

bool is_readable(std::string_view text, bool lines) {
    while (!text.empty()) {
        const auto point = take_code_point(text);
        const bool line_break = lines && point == std::uint32_t{'\n'};
        if (!point || (is_refused(*point) && !line_break)) {
            return false;
        }
    }
    return true;
}

std::string to_lower(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return lower;
}

bool has_space_at_end(std::string_view text) {
    constexpr std::string_view kIdeographicSpace = "\u3000";
    constexpr std::string_view kNoBreakSpace = "\u00A0";
    return std::ranges::any_of(std::array{std::string_view(" "), kIdeographicSpace, kNoBreakSpace},
                               [text](std::string_view space) {
                                   return text.starts_with(space) || text.ends_with(space);
                               });
}

}  // namespace

core::Result<void> check_user_name(std::string_view name) {
    const auto allowed = [](char c) {
        return is_lower(c) || (c >= '0' && c <= '9') ||
               std::string_view("._-@").find(c) != std::string_view::npos;
    };
    if (name.size() < kUserNameBytesMin || name.size() > kUserNameBytesMax ||
        !is_lower(name.front()) || !std::ranges::all_of(name, allowed)) {
        return core::fail(kBadUserName);
    }
    return {};
}

std::string fold_user_name(std::string_view typed) {
    return to_lower(typed.substr(0, kUserNameBytesMax + 1));  // Longer than any that exists.
}

core::Result<void> check_name(std::string_view name, std::size_t bytes_max) {
    if (name.empty() || name.size() > bytes_max || has_space_at_end(name) ||
        !is_readable(name, false)) {
        return core::fail(kBadName, {{"limit", std::to_string(bytes_max)}});
    }
    return {};
}

core::Result<void> check_text(std::string_view text, std::size_t bytes_max) {
    if (text.size() > bytes_max || !is_readable(text, true)) {
        return core::fail(kBadText, {{"limit", std::to_string(bytes_max)}});
    }
    return {};
}

core::Result<void> check_password(std::string_view password, std::string_view user_name) {
    const bool right_size =
        password.size() >= kPasswordBytesMin && password.size() <= kPasswordBytesMax;
    if (!right_size ||
        std::set<char>(password.begin(), password.end()).size() < kPasswordDistinctMin ||
        to_lower(password).find(user_name) != std::string::npos) {
        return core::fail(kWeakPassword, {{"min", std::to_string(kPasswordBytesMin)},
                                          {"max", std::to_string(kPasswordBytesMax)},
                                          {"distinct", std::to_string(kPasswordDistinctMin)}});
    }
    return {};
}

}  // namespace kapok::identity
