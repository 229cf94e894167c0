#include "platform/http/query.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <ranges>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/limits.h"
#include "core/timestamp.h"
#include "platform/errors.h"
#include "platform/http/describe.h"
#include "platform/http/limits.h"
#include "platform/http/page.h"
#include "platform/http/pointer.h"
#include "platform/http/utf8.h"

namespace kapok::platform::http {
namespace {

int hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

template <class T>
std::optional<T> parse_number(std::string_view text) {
    T number{};
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = failure == std::errc() && end == text.data() + text.size();
    return whole ? std::optional<T>(number) : std::nullopt;
}

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> items;
    for (const auto item : std::views::split(text, ',')) {
        items.emplace_back(item.begin(), item.end());
    }
    return items;
}

bool fits(const Field& field, std::string_view value) {
    const auto range = range_of(field);
    const auto within = [&](auto size) {
        return !range || (static_cast<decltype(size)>(range->min) <= size &&
                          size <= static_cast<decltype(size)>(range->max));
    };
    switch (field.type) {
        case Type::Integer: {
            const auto number = parse_number<std::int64_t>(value);
            return number && within(*number);
        }
        case Type::Number: {
            const auto number = parse_number<double>(value);
            return number && std::isfinite(*number) && within(*number);
        }
        case Type::String:
            return field.choices.empty()
                       ? within(std::ssize(value))
                       : std::ranges::find(field.choices, value) != field.choices.end();
        case Type::Boolean: return value == "true" || value == "false";
        case Type::Time: return core::parse_rfc3339(value).has_value();
        case Type::Id: return is_id(value, field.id_prefix);
        case Type::List: {
            const auto items = split(value);
            const Field item = item_of(field);
            return within(std::ssize(items)) &&
                   std::ranges::all_of(items, [&](const auto& one) { return fits(item, one); });
        }
        case Type::Any: return true;
        case Type::Money:
        case Type::Object: return false;  // Not written in an address: the router refuses them.
    }
    std::unreachable();  // -Wswitch names any type that is added and forgotten here.
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text, Plus plus) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+' && plus == Plus::Space) {
            decoded += ' ';
        } else if (text[i] != '%') {
            decoded += text[i];
        } else {
            const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
            const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return std::nullopt;
            }
            decoded += static_cast<char>(high * 16 + low);
            i += 2;
        }
    }
    const bool good = is_utf8(decoded) && !decoded.contains('\0');
    return good ? std::optional(std::move(decoded)) : std::nullopt;
}

std::string percent_encode(std::string_view text) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : text) {
        const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
                                c == '~';
        if (unreserved) {
            encoded += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        encoded += '%';
        encoded += kDigits[byte >> 4U];
        encoded += kDigits[byte & 15U];
    }
    return encoded;
}

core::Result<Fields> parse_query(std::string_view query) {
    Fields fields;
    while (!query.empty()) {
        const auto end = std::min(query.find('&'), query.size());
        const std::string_view pair = query.substr(0, end);
        query.remove_prefix(std::min(end + 1, query.size()));
        if (pair.empty()) {
            continue;
        }
        const auto equals = std::min(pair.find('='), pair.size());
        auto name = percent_decode(pair.substr(0, equals), Plus::Space);
        auto value = percent_decode(pair.substr(std::min(equals + 1, pair.size())), Plus::Space);
        if (!name || !value) {
            return core::fail(kBadAddress, {{"actual", shown(printable(pair))}});
        }
        if (!fields.emplace(*name, std::move(*value)).second) {
            return core::fail(kDuplicateParameter, {{"parameter", shown(*name)}});
        }
    }
    return fields;
}

std::string write_query(const Fields& query) {
    std::string text;
    for (const auto& [name, value] : query) {
        text += text.empty() ? "" : "&";
        text += percent_encode(name) + "=" + percent_encode(value);
    }
    return text;
}

core::Result<void> check_parameters(const Fields& parameters, Schema schema) {
    const auto names = schema | std::views::transform(&Field::name);
    for (const auto& [name, value] : parameters) {
        if (std::ranges::find(names, name) == names.end()) {
            return core::fail(
                kUnknownParameter,
                {{"parameter", shown(name)},
                 {"expected",
                  schema.empty() ? std::string("-") : fmt::format("{}", fmt::join(names, ", "))}});
        }
    }
    return check_headers(parameters, schema);
}

core::Result<void> check_headers(const Fields& headers, Schema schema) {
    for (const Field& field : schema) {
        const auto found = headers.find(field.name);
        if (found == headers.end()) {
            if (field.presence == Presence::Required) {
                return core::fail(kMissingParameter, {{"parameter", std::string(field.name)},
                                                      {"expected", describe(field)}});
            }
        } else if (!fits(field, found->second)) {
            return core::fail(kBadParameter, {{"parameter", std::string(field.name)},
                                              {"expected", describe(field)},
                                              {"actual", shown(found->second)}});
        }
    }
    return {};
}

std::vector<Field> query_schema(const Route& route) {
    std::vector<Field> fields(route.query.begin(), route.query.end());
    if (route.reply == Reply::Page) {
        fields.insert(fields.end(), {kLimitField, kCursorField});
    }
    return fields;
}

std::optional<std::string> find_parameter(const Fields& parameters, std::string_view name) {
    const auto found = parameters.find(name);
    return found == parameters.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::int64_t> find_integer_parameter(const Fields& parameters,
                                                   std::string_view name) {
    const auto text = find_parameter(parameters, name);
    return text ? parse_number<std::int64_t>(*text) : std::nullopt;
}

std::optional<bool> find_boolean_parameter(const Fields& parameters, std::string_view name) {
    const auto text = find_parameter(parameters, name);
    return text ? std::optional(*text == "true") : std::nullopt;
}

std::optional<core::Timestamp> find_time_parameter(const Fields& parameters,
                                                   std::string_view name) {
    const auto text = find_parameter(parameters, name);
    return text ? core::parse_rfc3339(*text) : std::nullopt;
}

std::vector<std::string> list_parameter(const Fields& parameters, std::string_view name) {
    const auto text = find_parameter(parameters, name);
    return text ? split(*text) : std::vector<std::string>();
}

}  // namespace kapok::platform::http
