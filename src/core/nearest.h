#pragma once

// What somebody who mistyped a name most likely meant, so that an error can say what would be
// right.

#include <cstddef>
#include <ranges>
#include <string_view>

namespace kapok::core {

// How many characters must be put in, taken out or replaced to make one text of the other
// (Levenshtein), counted in bytes.
[[nodiscard]] std::size_t edit_distance(std::string_view left, std::string_view right);

// The first of the names with the smallest distance; empty if there are none.
template <std::ranges::input_range Names>
[[nodiscard]] std::string_view nearest(std::string_view word, const Names& names) {
    std::string_view best;
    std::size_t least = static_cast<std::size_t>(-1);
    for (const std::string_view name : names) {
        if (const std::size_t distance = edit_distance(word, name); distance < least) {
            least = distance;
            best = name;
        }
    }
    return best;
}

}  // namespace kapok::core
