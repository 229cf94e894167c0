#pragma once

// One JSON text for one value, so that it can be hashed, signed and compared: members sorted by the
// bytes of their names, no spaces, shortest escapes, UTF-8 as it is. Numbers are integers only:
// quantities are given in base units (operations/s, bytes, nanoseconds) and shares in parts per
// million, because two programs seldom print the same fraction alike. This is RFC 8785 on the
// values that it admits.

#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include "core/result.h"

namespace kapok::compute {

// A fraction, or an integer beyond 2^53 where JavaScript loses digits, is kNotCanonical.
[[nodiscard]] core::Result<std::string> to_canonical(const boost::json::value& value);

// The value of a text that is canonical already; any other spelling is refused, so that a signed
// text has no unsigned variation.
[[nodiscard]] core::Result<boost::json::value> parse_canonical(std::string_view text);

}  // namespace kapok::compute
