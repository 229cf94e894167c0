#pragma once

// The parts of an address: percent-encoding, and query and path parameters checked against the
// route's table as bodies are.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/result.h"
#include "platform/http/message.h"
#include "platform/http/route.h"

namespace kapok::platform::http {

enum class Plus : bool { Literal, Space };

// Nothing if an escape is broken, or if the result is not UTF-8 or has a U+0000.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text, Plus plus);
// All but the unreserved characters of RFC 3986 are escaped.
[[nodiscard]] std::string percent_encode(std::string_view text);

// "a=1&b=%E6%9C%A8". A parameter that comes twice is refused: which one is meant?
[[nodiscard]] core::Result<Fields> parse_query(std::string_view query);
[[nodiscard]] std::string write_query(const Fields& query);

// Each parameter is known, of its type and in its range; no required one is missing. A list is
// written "a,b,c".
[[nodiscard]] core::Result<void> check_parameters(const Fields& parameters, Schema schema);

// Those of `headers` that the schema names; others are nobody's business.
[[nodiscard]] core::Result<void> check_headers(const Fields& headers, Schema schema);

// `schema`, and the `limit` and `cursor` that every Page takes.
[[nodiscard]] std::vector<Field> query_schema(const Route& route);

// The checked parameters as values; nothing if absent.
[[nodiscard]] std::optional<std::string> find_parameter(const Fields& parameters,
                                                        std::string_view name);
[[nodiscard]] std::optional<std::int64_t> find_integer_parameter(const Fields& parameters,
                                                                 std::string_view name);
[[nodiscard]] std::optional<bool> find_boolean_parameter(const Fields& parameters,
                                                         std::string_view name);
[[nodiscard]] std::optional<core::Timestamp> find_time_parameter(const Fields& parameters,
                                                                 std::string_view name);
[[nodiscard]] std::vector<std::string> list_parameter(const Fields& parameters,
                                                      std::string_view name);
template <class Id>
[[nodiscard]] std::optional<Id> find_id_parameter(const Fields& parameters, std::string_view name) {
    const auto text = find_parameter(parameters, name);
    return text ? Id::parse(*text) : std::nullopt;
}

}  // namespace kapok::platform::http
