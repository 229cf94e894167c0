#pragma once

// Steps of a JSON pointer (RFC 6901), and how much of a caller's text an error repeats.

#include <cstddef>
#include <string>
#include <string_view>

#include "platform/http/limits.h"

namespace kapok::platform::http {

[[nodiscard]] inline std::string step(std::string_view name) {
    std::string pointer = "/";
    for (const char& c : name) {  // A slash inside a name is no step down.
        pointer += c == '~' ? "~0" : c == '/' ? "~1" : std::string_view(&c, 1);
    }
    return pointer;
}

[[nodiscard]] inline std::string step(std::size_t index) {
    return "/" + std::to_string(index);
}

// Whole characters of UTF-8, so that what is shown stays text.
[[nodiscard]] inline std::string shown(std::string_view text) {
    if (text.size() <= kShownBytesMax) {
        return std::string(text);
    }
    std::size_t end = kShownBytesMax;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
        --end;
    }
    return std::string(text.substr(0, end)) + "…";
}

}  // namespace kapok::platform::http
