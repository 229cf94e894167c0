#include "platform/db/select.h"

#include <fmt/format.h>

namespace kapok::platform::db {

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

Select& Select::window(const core::Window& window, const Order& order) {
    const bool by_name = core::is_by_name(window.sort);
    const char beyond = core::is_descending(window.sort) ? '<' : '>';
    const std::string_view down = core::is_descending(window.sort) ? " desc" : "";
    if (window.after && by_name) {
        where(fmt::format("({0} {2} ? or ({0} = ? and {1} {2} ?))", order.name, order.sequence,
                          beyond),
              {window.after->name, window.after->name, window.after->sequence});
    } else if (window.after) {
        where(fmt::format("{} {} ?", order.sequence, beyond), {window.after->sequence});
    }
    text_.append(" order by ");
    if (by_name) {
        text_.append(order.name).append(down).append(", ");
    }
    text_.append(order.sequence).append(down).append(" limit ?");
    values_.emplace_back(window.limit + 1);
    sequence_at_ = order.sequence_at;
    return *this;
}

}  // namespace kapok::platform::db
