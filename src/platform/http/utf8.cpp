#include "platform/http/utf8.h"

#include <cstddef>
#include <cstdint>

namespace kapok::platform::http {
namespace {

// How many bytes follow the first one, and the smallest code point that needs so many; -1 if no
// character starts so.
struct Form {
    int more;
    std::uint32_t least;
    std::uint32_t bits;
};

Form form_of(unsigned char first) noexcept {
    if (first < 0x80) {
        return {0, 0, first};
    }
    if (first >= 0xC2 && first <= 0xDF) {
        return {1, 0x80, first & 0x1FU};
    }
    if (first >= 0xE0 && first <= 0xEF) {
        return {2, 0x800, first & 0x0FU};
    }
    if (first >= 0xF0 && first <= 0xF4) {
        return {3, 0x10000, first & 0x07U};
    }
    return {-1, 0, 0};
}

}  // namespace

bool is_utf8(std::string_view bytes) noexcept {
    std::size_t i = 0;
    while (i < bytes.size()) {
        const auto [more, least, bits] = form_of(static_cast<unsigned char>(bytes[i]));
        if (more < 0 || bytes.size() - i <= static_cast<std::size_t>(more)) {
            return false;
        }
        std::uint32_t point = bits;
        for (int k = 1; k <= more; ++k) {
            const auto next = static_cast<unsigned char>(bytes[i + static_cast<std::size_t>(k)]);
            if ((next & 0xC0U) != 0x80U) {
                return false;
            }
            point = point << 6U | (next & 0x3FU);
        }
        if (point < least || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) {
            return false;
        }
        i += static_cast<std::size_t>(more) + 1;
    }
    return true;
}

std::string printable(std::string_view bytes) {
    std::string text(bytes);
    for (char& c : text) {
        c = c >= ' ' && c <= '~' ? c : '?';
    }
    return text;
}

}  // namespace kapok::platform::http
