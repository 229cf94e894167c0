#pragma once

// JSON Schema (2020-12, as OpenAPI 3.1 has it) of fields.

#include <cstdint>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "platform/http/route.h"

namespace kapok::platform::http {

// A reply's clients must live with members that are added later; a request's unknown members are
// refused.
enum class Direction : std::uint8_t { Request, Reply };

[[nodiscard]] boost::json::object schema_of(const Field& field, Direction direction);
[[nodiscard]] boost::json::object schema_of(Schema fields, Direction direction);
[[nodiscard]] boost::json::object money_schema();
[[nodiscard]] boost::json::object problem_schema();

// {"$ref": "#/components/<kind>/<name>"}
[[nodiscard]] boost::json::object reference_to(std::string_view kind, std::string_view name);

// "get_job" → "GetJob"
[[nodiscard]] std::string pascal_case(std::string_view id);

}  // namespace kapok::platform::http
