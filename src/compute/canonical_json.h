#pragma once

// The canonical JSON of audit/canonical.h, and its way back. What Kapok signs has whole numbers
// only: quantities in base units (operations/s, bytes, nanoseconds), shares in parts per million.

#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include "core/result.h"

namespace kapok::compute {

// A fraction, or an integer beyond 2^53 where JavaScript loses digits, is refused.
[[nodiscard]] core::Result<std::string> to_canonical(const boost::json::value& value);

// The value of a text that is canonical already; any other spelling is refused, so that a signed
// text has no unsigned variation.
[[nodiscard]] core::Result<boost::json::value> parse_canonical(std::string_view text);

}  // namespace kapok::compute
