#include "identity/http/translate.h"

#include <fmt/format.h>

#include "platform/http/etag.h"

namespace kapok::identity {

core::Result<std::optional<IdempotencyKey>> idempotency_key_of(const http::Request& request) {
    const auto header = request.headers.find("idempotency-key");
    if (header == request.headers.end()) {
        return std::nullopt;
    }
    std::string path = request.path;
    for (const auto& [name, value] : request.query) {  // In the order of the names.
        path += fmt::format("?{}:{}={}:{}", name.size(), name, value.size(), value);
    }
    return make_idempotency_key(request.principal, header->second, http::to_text(request.method),
                                path, request.body);
}

http::Response versioned_reply(int status, boost::json::object body, std::int64_t version) {
    http::Response response = http::json_response(status, boost::json::value(std::move(body)));
    response.headers["etag"] = http::etag_of(version);
    return response;
}

http::Response empty_reply(const core::Result<void>& done, const http::Request& request) {
    return done ? http::empty_response() : http::problem(done.error(), request);
}

}  // namespace kapok::identity
