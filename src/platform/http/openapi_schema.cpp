#include "platform/http/openapi_schema.h"

#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include "core/money.h"
#include "platform/http/describe.h"

namespace kapok::platform::http {
namespace {

namespace json = boost::json;

void add_texts(json::object& schema, const Field& field) {
    if (!field.en.empty()) {
        schema["description"] = field.en;
    }
    if (!field.zh.empty()) {
        schema["x-zh"] = field.zh;
    }
}

void add_unit(json::object& schema, const Range& range) {
    if (!range.unit.empty()) {
        schema["x-unit"] = range.unit;
    }
}

json::object number_schema(const Field& field) {
    json::object schema{{"type", field.type == Type::Integer ? "integer" : "number"}};
    if (field.type == Type::Integer) {
        schema["format"] = "int64";
    }
    if (const auto range = range_of(field)) {
        schema["minimum"] = range->min;
        schema["maximum"] = range->max;
        add_unit(schema, *range);
    }
    return schema;
}

json::object string_schema(const Field& field) {
    json::object schema{{"type", "string"}};
    if (!field.choices.empty()) {
        schema["enum"] = json::array(field.choices.begin(), field.choices.end());
        return schema;
    }
    // Our range counts bytes, JSON Schema's characters, of which each has one to four bytes: what
    // is allowed keeps these bounds, and x-bytes-max says the rest.
    const Range range = range_of(field).value_or(Range{});
    constexpr std::int64_t kBytesOfCharacter = 4;
    if (range.min > 0) {
        schema["minLength"] = (range.min + kBytesOfCharacter - 1) / kBytesOfCharacter;
    }
    schema["maxLength"] = range.max;
    schema["x-bytes-max"] = range.max;
    return schema;
}

json::object id_schema(const Field& field) {
    const std::string prefix = field.id_prefix.empty() ? "[a-z]+" : std::string(field.id_prefix);
    return {{"type", "string"},
            {"pattern", fmt::format("^{}_[0-7][0-9A-HJKMNP-TV-Z]{{25}}$", prefix)}};
}

json::object list_schema(const Field& field, Direction direction) {
    const Range range = range_of(field).value_or(Range{});
    json::object schema{{"type", "array"},
                        {"items", schema_of(item_of(field), direction)},
                        {"maxItems", range.max}};
    if (range.min > 0) {
        schema["minItems"] = range.min;
    }
    return schema;
}

json::object plain_schema(const Field& field, Direction direction) {
    switch (field.type) {
        case Type::Integer:
        case Type::Number: return number_schema(field);
        case Type::String: return string_schema(field);
        case Type::Boolean: return {{"type", "boolean"}};
        case Type::Money: return reference_to("schemas", "Money");
        case Type::Time: return {{"type", "string"}, {"format", "date-time"}};
        case Type::Id: return id_schema(field);
        case Type::Object:
            return field.fields.empty() ? json::object{{"type", "object"}}
                                        : schema_of(field.fields, direction);
        case Type::List: return list_schema(field, direction);
        case Type::Any: return {};
    }
    std::unreachable();  // -Wswitch names any type that is added and forgotten here.
}

// An optional member may also be null.
json::object or_null(json::object schema) {
    if (schema.contains("$ref")) {
        return {{"anyOf", json::array{std::move(schema), {{"type", "null"}}}}};
    }
    if (const json::value* type = schema.if_contains("type")) {
        schema["type"] = json::array{*type, "null"};
    }
    if (json::value* choices = schema.if_contains("enum")) {
        choices->as_array().emplace_back(nullptr);
    }
    return schema;
}

}  // namespace

json::object schema_of(const Field& field, Direction direction) {
    json::object schema = plain_schema(field, direction);
    add_texts(schema, field);
    return schema;
}

json::object schema_of(Schema fields, Direction direction) {
    json::object properties;
    json::array required;
    for (const Field& field : fields) {
        json::object schema = plain_schema(field, direction);
        if (field.presence == Presence::Optional) {
            schema = or_null(std::move(schema));
        } else {
            required.emplace_back(field.name);
        }
        add_texts(schema, field);
        properties[field.name] = std::move(schema);
    }
    json::object schema{{"type", "object"}, {"properties", std::move(properties)}};
    if (!required.empty()) {
        schema["required"] = std::move(required);
    }
    if (direction == Direction::Request) {
        schema["additionalProperties"] = false;
    }
    return schema;
}

json::object money_schema() {
    json::array currencies(core::kCurrencyNames.begin(), core::kCurrencyNames.end());
    return {{"type", "object"},
            {"description", "An exact amount: a decimal with at most 6 places, and its currency"},
            {"x-zh", "精确金额：最多 6 位小数的十进制数与币种"},
            {"properties",
             {{"amount", {{"type", "string"}, {"pattern", "^-?[0-9]{1,13}(\\.[0-9]{1,6})?$"}}},
              {"currency", {{"type", "string"}, {"enum", std::move(currencies)}}}}},
            {"required", {"amount", "currency"}},
            {"additionalProperties", false}};
}

json::object problem_schema() {
    const json::object text{{"type", "string"}};
    return {{"type", "object"},
            {"description", "An error (RFC 9457). Programs look at `code` and `parameters`"},
            {"x-zh", "错误（RFC 9457）。程序应依据 code 与 parameters 判断"},
            {"properties",
             {{"type", text},
              {"title", text},
              {"status", {{"type", "integer"}}},
              {"detail", text},
              {"code", text},
              {"request_id", text},
              {"pointer", text},
              {"parameters", {{"type", "object"}, {"additionalProperties", text}}}}},
            {"required", {"type", "title", "status", "detail", "code", "request_id"}}};
}

json::object reference_to(std::string_view kind, std::string_view name) {
    return {{"$ref", fmt::format("#/components/{}/{}", kind, name)}};
}

std::string pascal_case(std::string_view id) {
    std::string name;
    bool upper = true;
    for (const char c : id) {
        if (c == '_' || c == '-' || c == '.') {
            upper = true;
            continue;
        }
        name += upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
        upper = false;
    }
    return name;
}

}  // namespace kapok::platform::http
