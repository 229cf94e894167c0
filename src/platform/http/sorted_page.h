#pragma once

// Pages of lists that a caller may sort: which part of a list a request asks for, and the answer
// with a cursor to the next part. A cursor is of its list's order and refused in another.

#include <optional>
#include <span>
#include <string>
#include <utility>

#include <boost/json/array.hpp>

#include "core/page.h"
#include "core/result.h"
#include "platform/http/json.h"
#include "platform/http/message.h"
#include "platform/http/page.h"
#include "platform/http/problem.h"
#include "platform/http/route.h"

namespace kapok::platform::http {

inline constexpr Field kSortField{.name = "sort",
                                  .en = "Order; a minus sign turns it around; created if absent",
                                  .zh = "排序方式，减号表示倒序；缺省为 created",
                                  .presence = Presence::Optional,
                                  .choices = core::kSortNames};
// Of lists whose items have no name, or are so many that only their order in time is quick.
inline constexpr Field kSortByTimeField{.name = "sort",
                                        .en = kSortField.en,
                                        .zh = kSortField.zh,
                                        .presence = Presence::Optional,
                                        .choices = std::span(core::kSortNames).first(2)};
inline constexpr Field kNewestFirstField{.name = "sort",
                                         .en = "Order; -created, the newest first, if absent",
                                         .zh = "排序方式；缺省为 -created，新的在前",
                                         .presence = Presence::Optional,
                                         .choices = kSortByTimeField.choices};

// `limit`, `cursor` and, where the route has it, `sort`; `usual` is the order if it is absent.
[[nodiscard]] core::Result<core::Window> window_of(const Request& request,
                                                   core::Sort usual = core::Sort::Created);

[[nodiscard]] std::optional<std::string> write_cursor(const std::optional<core::Position>& next,
                                                      core::Sort sort);

// `to_json` makes a JSON value of an item.
template <class T, class ToJson>
[[nodiscard]] Response page_reply(const core::Result<core::Page<T>>& page,
                                  const core::Window& window, const Request& request,
                                  ToJson to_json) {
    if (!page) {
        return problem(page.error(), request);
    }
    boost::json::array items;
    for (const T& item : page->items) {
        items.emplace_back(to_json(item));
    }
    return page_response(std::move(items), write_cursor(page->next, window.sort));
}

}  // namespace kapok::platform::http
