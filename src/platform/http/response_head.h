#pragma once

// The first part of an answer on the wire, and its compression.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/clock.h"
#include "platform/http/message.h"

namespace kapok::platform::http {

// "Sun, 06 Nov 1994 08:49:37 GMT"
[[nodiscard]] std::string to_http_date(core::Timestamp time);

struct Framing {
    bool keep_alive = true;
    bool http_1_0 = false;
    bool chunked = false;
    std::optional<std::uint64_t> content_length;
};

// Status line and headers. What the handler says about framing is dropped: the server knows.
// Control characters in values become spaces, so that no value can begin a header of its own.
[[nodiscard]] std::string response_head(const Response& response, const Framing& framing,
                                        std::string_view date);

[[nodiscard]] std::string gzip(std::string_view bytes);

// Compresses the body if it may be, if the client takes that, and if it pays.
void compress(Response& response, bool client_accepts);

}  // namespace kapok::platform::http
