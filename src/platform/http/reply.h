#pragma once

// The last step of most handlers: a result of the service becomes an answer, or a problem in the
// caller's language.

#include "core/result.h"
#include "platform/http/json.h"
#include "platform/http/message.h"
#include "platform/http/problem.h"

namespace kapok::platform::http {

// `to_json` makes a JSON value of what was found.
template <class T, class ToJson>
[[nodiscard]] Response reply(const core::Result<T>& result, const Request& request, int status,
                             ToJson to_json) {
    return result ? json_response(status, to_json(*result)) : problem(result.error(), request);
}

}  // namespace kapok::platform::http
