#include "models/gateway/upstream.h"

#include <utility>

#include "platform/http/address.h"
#include "platform/http/url.h"

namespace kapok::models {

namespace http = platform::http;

core::Result<std::unique_ptr<http::Client>> connect_to(const Deployment& place,
                                                       http::ClientOptions options) {
    const auto url = http::parse_url(place.url);
    if (!url) {
        return std::unexpected(url.error());
    }
    if (!place.may_be_private()) {
        options.may_connect = http::is_public_address;
    }
    return http::Client::create(*url, std::move(options));
}

}  // namespace kapok::models
