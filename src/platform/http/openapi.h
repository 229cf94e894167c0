#pragma once

// The OpenAPI 3.1 document of the routes, made from the tables that the router works by, so that it
// cannot drift from what the server does. Texts are English; the Chinese ones stand beside them as
// `x-zh`. The same routes give the same bytes.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "core/result.h"
#include "platform/http/route.h"
#include "platform/http/router.h"

namespace kapok::platform::http {

struct ApiInfo {
    std::string_view title_en = "Kapok";
    std::string_view title_zh = "木棉";
    std::string_view version = "1";
    std::string_view session_cookie = "kapok_session";
    core::ErrorTable authorization_errors = {};  // What the Authorizer may answer.
};

[[nodiscard]] boost::json::object openapi_document(std::span<const Route* const> routes,
                                                   const ApiInfo& info);

// Answers GET /api/openapi.json with the document of all routes added so far, this one included.
void serve_openapi(Router& router, const ApiInfo& info);

// What has no text in one of the languages, as "operation: field"; empty if all is documented.
[[nodiscard]] std::vector<std::string> undocumented(std::span<const Route* const> routes);

// With line breaks and indentation, for a file under version control.
[[nodiscard]] std::string to_pretty_text(const boost::json::value& value);

}  // namespace kapok::platform::http
