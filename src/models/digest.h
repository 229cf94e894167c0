#pragma once

// The SHA-256 of weights as the API has it.

#include <algorithm>
#include <string_view>

namespace kapok::models {

[[nodiscard]] constexpr bool is_digest(std::string_view text) {
    return text.size() == 64 && std::ranges::all_of(text, [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

}  // namespace kapok::models
