#pragma once

// What an error code means, from the modules' tables: for `kapok explain CODE` and for the page to
// which the `type` of every problem leads. Codes that OpenAI's clients get under /v1 are explained
// by the codes of ours for which they stand.

#include <optional>
#include <string>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "core/result.h"

namespace kapok::app {

[[nodiscard]] boost::json::object explain_code(const core::ErrorCode& code,
                                               core::Language language);

// By name, ours or OpenAI's; nothing if there is no such code.
[[nodiscard]] std::optional<boost::json::object> explain_name(std::string_view name,
                                                              core::Language language);
[[nodiscard]] boost::json::array explain_all(core::Language language);

// The known name that is most like this one.
[[nodiscard]] std::string nearest_code(std::string_view name);

// An explanation as a page for a browser.
[[nodiscard]] std::string explanation_page(const boost::json::object& explanation,
                                           core::Language language);

}  // namespace kapok::app
