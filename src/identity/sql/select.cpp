#include "identity/sql/select.h"

#include <algorithm>

namespace kapok::identity::sql {

using platform::db::Value;

std::string within(std::string_view column, const core::Scope& scope, std::vector<Value>& values) {
    if (scope.everything) {
        return "";
    }
    if (scope.organizations.empty()) {
        return " and 1 = 0";
    }
    std::string text = " and ";
    text.append(column).append(" in (");
    for (const auto& organization : scope.organizations) {
        text.append(text.back() == '(' ? "?" : ", ?");
        values.emplace_back(organization);
    }
    return text + ")";
}

Select::Select(std::string_view head, std::string_view column, const core::Scope& scope)
    : text_(head) {
    text_.append(" where 1 = 1");
    text_.append(within(column, scope, values_));
}

Select& Select::where(std::string_view condition, std::initializer_list<Value> values) {
    text_.append(" and ").append(condition);
    values_.insert(values_.end(), values.begin(), values.end());
    return *this;
}

Select& Select::window(const store::Window& window) {
    using store::Sort;
    const bool by_name = window.sort == Sort::Name || window.sort == Sort::NameDescending;
    const bool down = window.sort == Sort::CreatedDescending || window.sort == Sort::NameDescending;
    if (window.after && by_name) {
        where(
            down ? "(name < ? or (name = ? and seq < ?))" : "(name > ? or (name = ? and seq > ?))",
            {window.after->name, window.after->name, window.after->sequence});
    } else if (window.after) {
        where(down ? "seq < ?" : "seq > ?", {window.after->sequence});
    }
    text_.append(" order by ");
    if (by_name) {
        text_.append(down ? "name desc, " : "name, ");
    }
    text_.append(down ? "seq desc" : "seq");
    text_.append(" limit ?");
    values_.emplace_back(window.limit + 1);
    return *this;
}

}  // namespace kapok::identity::sql
