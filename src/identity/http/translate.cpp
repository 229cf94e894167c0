#include "identity/http/translate.h"

#include <charconv>

#include <fmt/format.h>

#include "platform/errors.h"
#include "platform/http/etag.h"
#include "platform/http/page.h"
#include "platform/http/pointer.h"
#include "platform/http/query.h"
#include "platform/http/router.h"

namespace kapok::identity {
namespace {

bool by_name(store::Sort sort) {
    return sort == store::Sort::Name || sort == store::Sort::NameDescending;
}

// "17", or "17:name" in lists sorted by name.
std::optional<store::Position> parse_position(std::string_view key, store::Sort sort) {
    store::Position position;
    const auto colon = std::min(key.find(':'), key.size());
    const auto [end, failure] = std::from_chars(key.data(), key.data() + colon, position.sequence);
    const bool named = colon < key.size();
    if (failure != std::errc() || end != key.data() + colon || named != by_name(sort)) {
        return std::nullopt;
    }
    position.name = named ? key.substr(colon + 1) : std::string_view();
    return position;
}

}  // namespace

core::Result<store::Window> window_of(const http::Request& request) {
    const auto page = http::keyed_page_of(request);
    if (!page) {
        return std::unexpected(page.error());
    }
    store::Window window;
    window.limit = page->limit;
    if (const auto sort = http::find_parameter(request.query, "sort")) {
        window.sort = named<store::Sort>(store::kSortNames, *sort).value_or(window.sort);
    }
    if (page->after) {
        window.after = parse_position(*page->after, window.sort);
        if (!window.after) {
            return core::fail(platform::kBadCursor,
                              {{"actual", http::shown(request.query.at("cursor"))}});
        }
    }
    return window;
}

std::optional<std::string> write_cursor(const std::optional<store::Position>& next,
                                        store::Sort sort) {
    if (!next) {
        return std::nullopt;
    }
    std::string key = std::to_string(next->sequence);
    if (by_name(sort)) {
        key.append(":").append(next->name);
    }
    return http::write_cursor(key);
}

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
