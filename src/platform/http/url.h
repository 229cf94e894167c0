#pragma once

// Where a server is: "https://host:port/prefix".

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"

namespace kapok::platform::http {

struct Url {
    bool secure = false;
    std::string host = {};  // A name or an address; IPv6 without brackets.
    std::uint16_t port = 80;
    std::string path = {};  // Put before the path of each call. Without a slash at its end.

    friend bool operator==(const Url&, const Url&) = default;
};

// http and https only; no user, query or fragment.
[[nodiscard]] core::Result<Url> parse_url(std::string_view text);

// "host:port" as a Host header and an error have it; the port is left out if it is the usual one.
[[nodiscard]] std::string authority_of(const Url& url);
[[nodiscard]] std::string to_text(const Url& url);

}  // namespace kapok::platform::http
