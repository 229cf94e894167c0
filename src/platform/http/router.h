#pragma once

// From a request to its handler, by the table of routes: path and method, authorization, query and
// body, in this order, so that a stranger learns nothing from how a body is refused. Filled at
// start and then only read, from any thread.

#include <deque>
#include <exception>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "core/clock.h"
#include "core/random.h"
#include "core/result.h"
#include "platform/http/assets.h"
#include "platform/http/authorizer.h"
#include "platform/http/message.h"
#include "platform/http/route.h"

namespace kapok::platform::http {

// What goes back, and what the access log wants to know beside it.
struct Answer {
    Response response;
    const Route* route = nullptr;  // None for an asset, or if there is no such route.
    std::string request_id;
    std::string principal;  // The caller's name, if it got so far.
};

// A request that may be run once its body is there: the server asks before it reads the body.
struct Admission {
    const Route* route = nullptr;
    const Handler* handler = nullptr;
    Request request;
    std::uint64_t body_bytes_max = 0;
};

// How an error looks to the clients of one part of the address space.
using ErrorShape = std::function<Response(const core::Error&, const Request&, int status)>;

// Is told of an exception that left a handler: a bug, or exhausted resources.
using FailureHook = std::function<void(const Request&, std::string_view what)>;

// Whether replies are checked against their schema, so that tests find where the table is wrong.
enum class ReplyCheck : bool { Off, On };

class Router {
public:
    // `random` makes request ids; it must be safe to use from every thread of the server.
    Router(Authorizer& authorizer, const core::Clock& clock, core::Random& random);
    ~Router();
    Router(const Router&) = delete;
    Router& operator=(const Router&) = delete;

    // A table that contradicts itself (a route or operation id twice, a path parameter that is not
    // in the path) stops the program: it would be wrong for every request.
    void add(const Route& route, Handler handler);
    void set_assets(std::shared_ptr<const Assets> assets);
    // For paths that begin with `prefix`, such as "/v1/"; elsewhere errors are RFC 9457.
    void set_error_shape(std::string prefix, ErrorShape shape);
    void set_failure_hook(FailureHook hook);
    void set_reply_check(ReplyCheck check);

    // In the order they were added, for the OpenAPI document and for tests over every route.
    [[nodiscard]] std::vector<const Route*> routes() const;

    // `request.path` is the whole target as it came ("/api/v1/jobs?limit=5"); of the rest only
    // method, headers, peer and client certificate are read.
    [[nodiscard]] boost::asio::awaitable<std::expected<Admission, Answer>> admit(
        Request request) const;
    [[nodiscard]] boost::asio::awaitable<Answer> run(Admission admission, std::string body) const;
    // Both, for a request whose body is there already.
    [[nodiscard]] boost::asio::awaitable<Answer> handle(Request request) const;

    // The answer to a request that fails before it can be admitted, in the right language and
    // shape.
    [[nodiscard]] Answer refuse(const core::Error& error, Request request, int status) const;
    // Of a method that no route has: 405 with Allow, or 404.
    [[nodiscard]] Answer refuse_method(std::string_view method, Request request) const;

    // To the failure hook: for what fails after the handler has answered, such as a BodyStream.
    void report(const Request& request, std::string_view what) const;

private:
    struct Entry;
    struct Node;
    struct Match;
    using Captured = std::vector<std::string_view>;

    void prepare(Request& request) const;
    [[nodiscard]] Match find(std::string_view path, Method method) const;
    [[nodiscard]] Answer no_match(Request request, const Match& match) const;
    [[nodiscard]] Answer fail(const core::Error& error, const Request& request,
                              const Route* route) const;
    [[nodiscard]] Response shape(const core::Error& error, const Request& request,
                                 int status) const;
    [[nodiscard]] Answer finish(Response response, const Request& request,
                                const Route* route) const;
    void check_reply(const Response& response, const Request& request, const Route& route) const;

    Authorizer& authorizer_;
    const core::Clock& clock_;
    core::Random& random_;
    std::deque<Entry> entries_;
    std::unique_ptr<Node> root_;
    std::shared_ptr<const Assets> assets_;
    std::vector<std::pair<std::string, ErrorShape>> shapes_;
    FailureHook failure_hook_;
    ReplyCheck reply_check_ = ReplyCheck::Off;
};

[[nodiscard]] std::string_view to_text(Method method);

// What an exception says of itself.
[[nodiscard]] std::string what_of(const std::exception_ptr& failure);

}  // namespace kapok::platform::http
