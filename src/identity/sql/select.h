#pragma once

// Puts a select together from constant pieces and parameters: a scope, filters, a window. Values
// never become part of the text.

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "core/principal.h"
#include "identity/authorize.h"
#include "identity/store.h"
#include "platform/db/database.h"

namespace kapok::identity::sql {

// " and organization_id in (?, ?)" for statements that change; appends to the parameters.
[[nodiscard]] std::string within(std::string_view column, const core::Scope& scope,
                                 std::vector<platform::db::Value>& values);

class Select {
public:
    // `head` ends before "where". The scope is part of the constructor so that none is forgotten;
    // `column` holds the organization.
    Select(std::string_view head, std::string_view column, const core::Scope& scope);

    Select& where(std::string_view condition, std::initializer_list<platform::db::Value> values);
    template <class T, class Convert>
    Select& where_if(std::string_view condition, const std::optional<T>& value, Convert convert) {
        return value ? where(condition, {platform::db::Value(convert(*value))}) : *this;
    }
    template <class T>
    Select& where_if(std::string_view condition, const std::optional<T>& value) {
        return value ? where(condition, {platform::db::Value(*value)}) : *this;
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
    // One row more than asked for, to know whether there is a next page. Needs columns `seq` and,
    // for sorting by name, `name`.
    Select& window(const store::Window& window);

    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    [[nodiscard]] const std::vector<platform::db::Value>& values() const noexcept {
        return values_;
    }

private:
    std::string text_;
    std::vector<platform::db::Value> values_;
};

// A page from a windowed select whose column 0 is seq. `name_of` gives what the list is sorted by.
template <class T, class Map, class NameOf>
[[nodiscard]] core::Result<store::Page<T>> read_page(platform::db::Reader& reader,
                                                     const Select& select,
                                                     const store::Window& window, Map map,
                                                     NameOf name_of) {
    store::Page<T> page;
    store::Position last;
    const auto done =
        reader.query(select.text(), select.values(), [&](const platform::db::Row& row) {
            if (page.items.size() == window.limit) {
                page.next = last;
                return;
            }
            page.items.push_back(map(row));
            last = {row.integer(0), name_of(page.items.back())};
        });
    if (!done) {
        return std::unexpected(done.error());
    }
    return page;
}

}  // namespace kapok::identity::sql
