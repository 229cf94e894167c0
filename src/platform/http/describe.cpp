#include "platform/http/describe.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/id.h"
#include "platform/http/limits.h"

namespace kapok::platform::http {
namespace {

std::string with_range(std::string_view type, const Field& field) {
    const auto range = range_of(field);
    if (!range) {
        return std::string(type);
    }
    const std::string bounds = fmt::format("{} {}..{}", type, range->min, range->max);
    return range->unit.empty() ? bounds : fmt::format("{} {}", bounds, range->unit);
}

}  // namespace

std::string describe(const Field& field) {
    if (!field.choices.empty() && field.type == Type::String) {
        return fmt::format("{}", fmt::join(field.choices, " | "));
    }
    switch (field.type) {
        case Type::Integer: return with_range("integer", field);
        case Type::Number: return with_range("number", field);
        case Type::String: return with_range("string", field);
        case Type::Boolean: return "true | false";
        case Type::Money: return with_range(R"({"amount": "12.50", "currency": "CNY"})", field);
        case Type::Time: return "2026-01-31T00:00:00Z";
        case Type::Id:
            return fmt::format("{}_01J9ZQ4W5YB6T3N8KXV2D7RCEM",
                               field.id_prefix.empty() ? "org" : field.id_prefix);
        case Type::Object: return "object";
        case Type::List:
            return fmt::format("{}: {}", with_range("list", field), describe(item_of(field)));
        case Type::Any: return "JSON";
    }
    std::unreachable();  // -Wswitch names any type that is added and forgotten here.
}

std::optional<Range> range_of(const Field& field) {
    if (field.range.min != 0 || field.range.max != 0) {
        return field.range;
    }
    switch (field.type) {
        case Type::String: return Range{0, kStringBytesDefault, "byte"};
        case Type::List: return Range{0, kItemsDefault, "item"};
        case Type::Integer:
        case Type::Number:
        case Type::Boolean:
        case Type::Money:
        case Type::Time:
        case Type::Id:
        case Type::Object:
        case Type::Any: return std::nullopt;
    }
    std::unreachable();  // -Wswitch names any type that is added and forgotten here.
}

Field item_of(const Field& list) {
    Field item{.name = list.name, .type = list.item};
    item.choices = list.choices;
    item.fields = list.fields;
    item.id_prefix = list.id_prefix;
    return item;
}

bool is_id(std::string_view text, std::string_view prefix) {
    const auto split = text.find('_');
    if (split == text.npos || split == 0) {
        return false;
    }
    const std::string_view actual = text.substr(0, split);
    const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
    const bool known = prefix.empty() ? std::ranges::all_of(actual, is_lower) : actual == prefix;
    return known && core::from_base32(text.substr(split + 1)).has_value();
}

}  // namespace kapok::platform::http
