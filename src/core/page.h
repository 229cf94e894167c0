#pragma once

// A part of a list: how it is ordered, behind which item it begins and how long it is; and what was
// found there.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/limits.h"

namespace kapok::core {

enum class Sort : std::uint8_t { Created, CreatedDescending, Name, NameDescending };
inline constexpr std::array<std::string_view, 4> kSortNames{"created", "-created", "name", "-name"};

[[nodiscard]] constexpr bool is_by_name(Sort sort) noexcept {
    return sort == Sort::Name || sort == Sort::NameDescending;
}
[[nodiscard]] constexpr bool is_descending(Sort sort) noexcept {
    return sort == Sort::CreatedDescending || sort == Sort::NameDescending;
}

// The sequence number of an item, and its name if the list is sorted by name.
struct Position {
    std::int64_t sequence = 0;
    std::string name = {};

    friend bool operator==(const Position&, const Position&) = default;
};
struct Window {
    std::size_t limit = kPageSizeDefault;
    std::optional<Position> after = {};
    Sort sort = Sort::Created;
};
template <class T>
struct Page {
    std::vector<T> items;
    std::optional<Position> next;  // Nothing at the end.
};

}  // namespace kapok::core
