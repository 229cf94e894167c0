#pragma once

// The last step of most handlers: a result of the service becomes an answer, or a problem in the
// caller's language.

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>

#include "core/result.h"
#include "platform/http/json.h"
#include "platform/http/message.h"
#include "platform/http/page.h"
#include "platform/http/problem.h"

namespace kapok::platform::http {

// `to_json` makes a JSON value of what was found.
template <class T, class ToJson>
[[nodiscard]] Response reply(const core::Result<T>& result, const Request& request, int status,
                             ToJson to_json) {
    return result ? json_response(status, to_json(*result)) : problem(result.error(), request);
}

// A page of rows that have a `number`, by which the next page starts, and a `value`.
template <class Row, class ToJson>
[[nodiscard]] Response page_reply(const core::Result<std::vector<Row>>& rows,
                                  const Request& request, std::size_t limit, ToJson to_json) {
    if (!rows) {
        return problem(rows.error(), request);
    }
    boost::json::array items;
    for (const Row& row : *rows) {
        items.push_back(to_json(row.value));
    }
    const bool more = !rows->empty() && rows->size() >= limit;
    return page_response(std::move(items),
                         more ? std::optional(write_cursor(rows->back().number)) : std::nullopt);
}

}  // namespace kapok::platform::http
