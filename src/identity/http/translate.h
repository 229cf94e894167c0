#pragma once

// What every handler of identity does between a request and a service: names of what is to be made,
// versions, answers.

#include <array>
#include <optional>
#include <string>
#include <utility>

#include <boost/json/object.hpp>

#include "core/known.h"
#include "identity/context.h"
#include "identity/identity.h"
#include "identity/store.h"
#include "platform/http/json.h"
#include "platform/http/message.h"
#include "platform/http/problem.h"
#include "platform/http/query.h"
#include "platform/http/router.h"
#include "platform/http/sorted_page.h"

namespace kapok::identity {

namespace http = platform::http;

// The Idempotency-Key header, if there is one.
[[nodiscard]] core::Result<std::optional<IdempotencyKey>> idempotency_key_of(
    const http::Request& request);

// The body's `id` and the Idempotency-Key.
template <class Id>
[[nodiscard]] core::Result<Naming<Id>> naming_of(const http::Request& request) {
    auto key = idempotency_key_of(request);
    if (!key) {
        return std::unexpected(key.error());
    }
    return Naming<Id>{http::find_id<Id>(request.json, "id"), *std::move(key)};
}

// The id in the path; the router has checked its form.
template <class Id>
[[nodiscard]] Id path_id(const http::Request& request) {
    return core::known(Id::parse(request.path_parameters.at("id")));
}

template <class T>
[[nodiscard]] http::Response page_reply(const core::Result<core::Page<T>>& page,
                                        const core::Window& window, const http::Request& request) {
    return http::page_reply(page, window, request, [](const T& item) { return to_json(item); });
}

// 200 or 201 with the ETag of the version.
[[nodiscard]] http::Response versioned_reply(int status, boost::json::object body,
                                             std::int64_t version);

[[nodiscard]] http::Response empty_reply(const core::Result<void>& done,
                                         const http::Request& request);

// One of a body's or a query's choices as what it stands for; nothing if absent.
template <class Enum, std::size_t Size>
[[nodiscard]] std::optional<Enum> find_choice(const boost::json::object& body,
                                              std::string_view name,
                                              const std::array<std::string_view, Size>& names) {
    const auto text = http::find_text(body, name);
    return text ? named<Enum>(names, *text) : std::nullopt;
}
template <class Enum, std::size_t Size>
[[nodiscard]] std::optional<Enum> query_choice(const http::Request& request, std::string_view name,
                                               const std::array<std::string_view, Size>& names) {
    const auto text = http::find_parameter(request.query, name);
    return text ? named<Enum>(names, *text) : std::nullopt;
}

// A handler is a coroutine over the whole of identity; the table and the handlers have one order.
using Handle = boost::asio::awaitable<http::Response> (*)(Identity*, http::Request);

template <std::size_t Size>
void add_routes(http::Router& router, Identity& identity,
                const std::array<http::Route, Size>& routes, const Handle (&handlers)[Size]) {
    for (std::size_t i = 0; i < Size; ++i) {
        router.add(routes[i], [identity = &identity, handle = handlers[i]](http::Request request) {
            return handle(identity, std::move(request));
        });
    }
}

}  // namespace kapok::identity
