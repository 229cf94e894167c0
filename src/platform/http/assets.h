#pragma once

// Files that the program carries with it: the console. The router answers GET with them where no
// route matches.

#include <optional>
#include <string>
#include <string_view>

#include "platform/http/message.h"

namespace kapok::platform::http {

struct Asset {
    std::string_view bytes;
    std::string_view gzip;  // The same compressed beforehand; empty if that did not pay.
    std::string_view content_type;
    std::string_view etag;   // With its quotes. Empty if none.
    bool immutable = false;  // Its name changes with its content, so it may be kept for ever.
    Fields headers;          // Others, such as content-security-policy.
};

class Assets {
public:
    virtual ~Assets() = default;
    // `path` begins with "/", is decoded and has no ".." in it. Called from any thread.
    [[nodiscard]] virtual std::optional<Asset> find(std::string_view path) const = 0;
};

// The answer to a GET: compressed if the client takes that, 304 if it has this already.
[[nodiscard]] Response asset_response(const Asset& asset, const Request& request);

// Whether Accept-Encoding admits gzip.
[[nodiscard]] bool accepts_gzip(const Request& request);

}  // namespace kapok::platform::http
