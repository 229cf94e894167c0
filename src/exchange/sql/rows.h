#pragma once

// How rows become values of the exchange.

#include <algorithm>
#include <cassert>
#include <span>
#include <string_view>
#include <utility>

#include "core/money.h"
#include "exchange/product.h"
#include "platform/db/database.h"

namespace kapok::exchange::sql {

using platform::db::Row;

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

// A column of micros beside one with the currency's name.
[[nodiscard]] inline core::Money money(const Row& row, int micros, int currency) {
    return {enum_of<core::Currency>(row.text(currency), core::kCurrencyNames), row.integer(micros)};
}

}  // namespace kapok::exchange::sql
