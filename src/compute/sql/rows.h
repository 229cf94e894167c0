#pragma once

// How rows become values of compute, and what its lists are ordered by.

#include <algorithm>
#include <cassert>
#include <span>
#include <string_view>
#include <utility>

#include "core/result.h"
#include "platform/db/database.h"
#include "platform/db/select.h"

namespace kapok::compute::sql {

using platform::db::Row;

// The first column of each select.
inline constexpr platform::db::Order kByNumber{"number", "name", 0};

// The place of a name in its enumeration. Another name cannot have been written, so it is a bug.
template <class Enum>
[[nodiscard]] Enum enum_of(std::string_view name, std::span<const std::string_view> names) {
    const auto found = std::ranges::find(names, name);
    assert(found != names.end());
    return static_cast<Enum>(found - names.begin());
}

template <class Enum>
[[nodiscard]] std::string_view name_of(Enum value, std::span<const std::string_view> names) {
    return names[static_cast<std::size_t>(std::to_underlying(value))];
}

[[nodiscard]] inline std::optional<core::Timestamp> maybe_time(const Row& row, int column) {
    return row.is_null(column) ? std::nullopt : std::optional(row.time(column));
}
[[nodiscard]] inline std::optional<std::int64_t> maybe_integer(const Row& row, int column) {
    return row.is_null(column) ? std::nullopt : std::optional(row.integer(column));
}

[[nodiscard]] inline core::Result<void> done(const core::Result<std::int64_t>& executed) {
    return executed ? core::Result<void>() : std::unexpected(executed.error());
}

}  // namespace kapok::compute::sql
