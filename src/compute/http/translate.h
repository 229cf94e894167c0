#pragma once

// What the handlers of compute share.

#include <array>
#include <utility>

#include <boost/json/object.hpp>

#include "compute/compute.h"
#include "core/known.h"
#include "identity/http/translate.h"
#include "platform/http/json.h"
#include "platform/http/message.h"
#include "platform/http/problem.h"
#include "platform/http/query.h"
#include "platform/http/router.h"
#include "platform/http/sorted_page.h"

namespace kapok::compute {

namespace http = platform::http;

using Handle = boost::asio::awaitable<http::Response> (*)(Compute*, http::Request);

template <std::size_t Size>
void add_handlers(http::Router& router, Compute& compute,
                  const std::array<http::Route, Size>& routes, const Handle (&handlers)[Size]) {
    for (std::size_t i = 0; i < Size; ++i) {
        router.add(routes[i], [compute = &compute, handle = handlers[i]](http::Request request) {
            return handle(compute, std::move(request));
        });
    }
}

// The id in the path; the router has checked its form.
template <class Id>
[[nodiscard]] Id path_id(const http::Request& request) {
    return core::known(Id::parse(request.path_parameters.at("id")));
}

// The body's `id` and the Idempotency-Key.
template <class Id>
[[nodiscard]] core::Result<Naming<Id>> naming_of(const http::Request& request) {
    auto key = identity::idempotency_key_of(request);
    if (!key) {
        return std::unexpected(key.error());
    }
    return Naming<Id>{http::find_id<Id>(request.json, "id"), *std::move(key)};
}

}  // namespace kapok::compute
