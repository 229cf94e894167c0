#pragma once

// Pages of a list. A cursor is opaque to clients: base64url of where the next page starts, which is
// the server's sequence number or another sorted key, never an id (a client may have made that).

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/limits.h"
#include "core/result.h"
#include "platform/http/limits.h"
#include "platform/http/message.h"
#include "platform/http/route.h"

namespace kapok::platform::http {

// What every Page takes; for `query` of a route that gives pages without being one.
inline constexpr Field kLimitField{.name = "limit",
                                   .type = Type::Integer,
                                   .range = {1, core::kPageSizeMax, "item"},
                                   .en = "How many items a page has at most; 50 if absent",
                                   .zh = "每页最多条数，缺省为 50",
                                   .presence = Presence::Optional};
inline constexpr Field kCursorField{.name = "cursor",
                                    .type = Type::String,
                                    .range = {1, kCursorBytesMax, "byte"},
                                    .en = "The next_cursor of the page before",
                                    .zh = "前一页给出的 next_cursor",
                                    .presence = Presence::Optional};

[[nodiscard]] std::string write_cursor(std::string_view key);
[[nodiscard]] std::string write_cursor(std::int64_t sequence);
[[nodiscard]] std::optional<std::string> read_cursor(std::string_view cursor);

struct PageRequest {
    std::size_t limit = core::kPageSizeDefault;
    std::int64_t after = 0;  // Items whose sequence is beyond this one; 0 is the first page.
};

// Of a route whose reply is a Page and whose cursors are sequence numbers.
[[nodiscard]] core::Result<PageRequest> page_of(const Request& request);

// For lists sorted otherwise: the key that write_cursor was given, or nothing for the first page.
struct KeyedPageRequest {
    std::size_t limit = core::kPageSizeDefault;
    std::optional<std::string> after;
};
[[nodiscard]] core::Result<KeyedPageRequest> keyed_page_of(const Request& request);

}  // namespace kapok::platform::http
