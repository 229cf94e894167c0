#pragma once

// How names in rows become values of models, and back.

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdint>
#include <string_view>
#include <utility>

#include "core/result.h"

namespace kapok::models::sql {

// The place of a name in its enumeration. Another name cannot have been written, so it is a bug.
template <class Enum, std::size_t Size>
[[nodiscard]] Enum enum_of(std::string_view name, const std::array<std::string_view, Size>& names) {
    const auto found = std::ranges::find(names, name);
    assert(found != names.end());
    return static_cast<Enum>(found - names.begin());
}

template <class Enum, std::size_t Size>
[[nodiscard]] std::string_view name_of(Enum value,
                                       const std::array<std::string_view, Size>& names) {
    return names[static_cast<std::size_t>(std::to_underlying(value))];
}

[[nodiscard]] inline core::Result<void> done(const core::Result<std::int64_t>& executed) {
    return executed ? core::Result<void>() : std::unexpected(executed.error());
}

}  // namespace kapok::models::sql
