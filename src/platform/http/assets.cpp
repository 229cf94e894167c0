#include "platform/http/assets.h"

#include "platform/http/etag.h"
#include "platform/http/negotiate.h"

namespace kapok::platform::http {

bool accepts_gzip(const Request& request) {
    const auto header = request.headers.find("accept-encoding");
    return header != request.headers.end() && admits_coding(header->second, "gzip");
}

Response asset_response(const Asset& asset, const Request& request) {
    Response response;
    response.headers = asset.headers;
    response.headers["cache-control"] =
        asset.immutable ? "public, max-age=31536000, immutable" : "no-cache";
    if (!asset.gzip.empty()) {
        response.headers["vary"] = "accept-encoding";
    }
    if (!asset.etag.empty()) {
        response.headers["etag"] = asset.etag;
        if (none_match(request, asset.etag)) {
            response.status = 304;
            return response;
        }
    }
    response.headers["content-type"] = asset.content_type;
    if (!asset.gzip.empty() && accepts_gzip(request)) {
        response.headers["content-encoding"] = "gzip";
        response.body = asset.gzip;
    } else {
        response.body = asset.bytes;
    }
    return response;
}

}  // namespace kapok::platform::http
