#pragma once

// What a field may hold, for its check and for the error that says what would be right.

#include <optional>
#include <string>
#include <string_view>

#include "platform/http/route.h"

namespace kapok::platform::http {

// A notation, not a sentence, so that it serves every language: "integer 1..9 token".
[[nodiscard]] std::string describe(const Field& field);

// What holds for the field, a default included. A string and a list always have one.
[[nodiscard]] std::optional<Range> range_of(const Field& field);

// What holds for each item of a list.
[[nodiscard]] Field item_of(const Field& list);

// "job_" and 26 characters; any prefix of lower-case letters if `prefix` is empty.
[[nodiscard]] bool is_id(std::string_view text, std::string_view prefix);

}  // namespace kapok::platform::http
