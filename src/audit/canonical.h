#pragma once

// One text for one value, so that a hash of the text is a hash of the value: RFC 8785 (JSON
// Canonicalization Scheme) for the values that Kapok hashes. Members are sorted by the UTF-16 code
// units of their names, there is no white space, strings have only the escapes that they must have.
// Refused are fractional numbers (two writers seldom agree on their text), integers beyond
// ±(2^53 − 1) (many readers round them; write them as strings), text that is not UTF-8, and nesting
// beyond 16 levels. What is left is written alike by every RFC 8785 library.

#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include "core/result.h"

namespace kapok::audit {

[[nodiscard]] core::Result<std::string> canonical_json(const boost::json::value& value);

// Appends `text` in quotes, escaped as above. The text must be UTF-8.
void append_quoted(std::string& out, std::string_view text);

}  // namespace kapok::audit
