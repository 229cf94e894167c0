#pragma once

// Puts a select together from constant pieces and parameters: a scope, filters, a window. Values
// never become part of the text.

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/page.h"
#include "core/principal.h"
#include "core/result.h"
#include "platform/db/database.h"

namespace kapok::platform::db {

// " and organization_id in (?, ?)" for statements that change; appends to the parameters.
[[nodiscard]] std::string within(std::string_view column, const core::Scope& scope,
                                 std::vector<Value>& values);

// What a list is ordered by: columns, or expressions over them.
struct Order {
    std::string_view sequence = "seq";
    std::string_view name = "name";
    int sequence_at = 0;  // Which column of the select is the sequence number.
};

class Select {
public:
    // `head` ends before "where". The scope is part of the constructor so that none is forgotten;
    // `column` holds the organization.
    Select(std::string_view head, std::string_view column, const core::Scope& scope);

    Select& where(std::string_view condition, std::initializer_list<Value> values);
    template <class T, class Convert>
    Select& where_if(std::string_view condition, const std::optional<T>& value, Convert convert) {
        return value ? where(condition, {Value(convert(*value))}) : *this;
    }
    template <class T>
    Select& where_if(std::string_view condition, const std::optional<T>& value) {
        return value ? where(condition, {Value(*value)}) : *this;
    }
    // Rows of a narrower scope, and besides those that `own` holds in `own_column`.
    template <class Id>
    Select& within_or(std::string_view column, const core::Scope& scope,
                      std::string_view own_column, const std::optional<Id>& own) {
        if (scope.everything) {
            return *this;
        }
        text_.append(" and (1 = 1").append(within(column, scope, values_));
        if (own) {
            text_.append(" or ").append(own_column).append(" = ?");
            values_.emplace_back(*own);
        }
        text_.append(")");
        return *this;
    }
    // One row more than asked for, to know whether there is a next page.
    Select& window(const core::Window& window, const Order& order = {});

    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    [[nodiscard]] const std::vector<Value>& values() const noexcept { return values_; }
    [[nodiscard]] int sequence_at() const noexcept { return sequence_at_; }

private:
    std::string text_;
    std::vector<Value> values_;
    int sequence_at_ = 0;
};

// The first row of a select, mapped; nothing if there is none.
template <class Map>
[[nodiscard]] auto find_one(Reader& reader, const Select& select, Map map)
    -> core::Result<std::optional<std::invoke_result_t<Map, const Row&>>> {
    std::optional<std::invoke_result_t<Map, const Row&>> found;
    const auto done = reader.query(select.text(), select.values(), [&](const Row& row) {
        if (!found) {
            found.emplace(map(row));
        }
    });
    if (!done) {
        return std::unexpected(done.error());
    }
    return found;
}

// A page from a windowed select. `name_of` gives what the list is sorted by.
template <class T, class Map, class NameOf>
[[nodiscard]] core::Result<core::Page<T>> read_page(Reader& reader, const Select& select,
                                                    const core::Window& window, Map map,
                                                    NameOf name_of) {
    core::Page<T> page;
    core::Position last;
    const auto done = reader.query(select.text(), select.values(), [&](const Row& row) {
        if (page.items.size() == window.limit) {
            page.next = last;
            return;
        }
        page.items.push_back(map(row));
        last = {row.integer(select.sequence_at()), name_of(page.items.back())};
    });
    if (!done) {
        return std::unexpected(done.error());
    }
    return page;
}

}  // namespace kapok::platform::db
