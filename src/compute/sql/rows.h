#pragma once

// How rows become values of compute, and conditions become SQL.

#include <algorithm>
#include <cassert>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/principal.h"
#include "core/result.h"
#include "platform/db/database.h"

namespace kapok::compute::sql {

using platform::db::Row;
using platform::db::Value;

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

// Fixed texts put together; values are always parameters.
struct Query {
    std::string text;
    std::vector<Value> values;

    Query(std::string_view start, std::vector<Value> first)
        : text(start), values(std::move(first)) {}

    void add(std::string_view condition, Value value) {
        text += condition;
        values.push_back(std::move(value));
    }
    // Only rows of the scope's organizations.
    void restrict(const core::Scope& scope) {
        if (scope.everything) {
            return;
        }
        text += " and organization_id in (";
        for (std::size_t i = 0; i < scope.organizations.size(); ++i) {
            add(i == 0 ? "?" : ", ?", scope.organizations[i]);
        }
        text += scope.organizations.empty() ? "null)" : ")";
    }
};

}  // namespace kapok::compute::sql
