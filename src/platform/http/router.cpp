#include "platform/http/router.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <map>
#include <optional>
#include <set>

#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/id.h"
#include "platform/errors.h"
#include "platform/http/etag.h"
#include "platform/http/json.h"
#include "platform/http/limits.h"
#include "platform/http/negotiate.h"
#include "platform/http/pointer.h"
#include "platform/http/problem.h"
#include "platform/http/query.h"
#include "platform/http/status.h"
#include "platform/http/utf8.h"

namespace kapok::platform::http {
namespace {

// For what is not a page: a browser that shows it all the same runs nothing of it. Assets bring
// their own policy.
constexpr std::string_view kNothingMayRun =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
constexpr std::array<std::string_view, 5> kMethodNames{"GET", "POST", "PUT", "PATCH", "DELETE"};

[[noreturn]] void stop(std::string_view what, const Route& route) {
    fmt::print(stderr, "route {} {}: {}\n", to_text(route.method), route.path, what);
    std::abort();
}

// "/api/v1/jobs/{id}" in pieces: literal texts, and the names of parameters.
struct Segment {
    enum class Kind : std::uint8_t { Literal, Parameter, Tail };
    Kind kind;
    std::string_view text;
};

std::vector<Segment> segments_of(const Route& route) {
    if (!route.path.starts_with('/')) {
        stop("the path must begin with /", route);
    }
    std::vector<Segment> segments;
    for (std::string_view rest = route.path; !rest.empty();) {
        rest.remove_prefix(1);
        const auto end = std::min(rest.find('/'), rest.size());
        const std::string_view text = rest.substr(0, end);
        rest.remove_prefix(end);
        if (text.starts_with('{') && text.ends_with("*}")) {
            segments.push_back({Segment::Kind::Tail, text.substr(1, text.size() - 3)});
            if (!rest.empty()) {
                stop("only the last segment can take slashes", route);
            }
        } else if (text.starts_with('{') && text.ends_with('}')) {
            segments.push_back({Segment::Kind::Parameter, text.substr(1, text.size() - 2)});
        } else {
            segments.push_back({Segment::Kind::Literal, text});
        }
    }
    return segments;
}

bool is_sane_id(std::string_view id) {
    return !id.empty() && id.size() <= kRequestIdBytesMax && std::ranges::all_of(id, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_' || c == '.';
    });
}

std::string header_of(const Request& request, std::string_view name) {
    const auto found = request.headers.find(name);
    return found == request.headers.end() ? std::string() : found->second;
}

core::Result<void> check_media_type(const Route& route, const Request& request) {
    // Nothing is unpacked here, so that no small body becomes a large one.
    const std::string coding = header_of(request, "content-encoding");
    if (!coding.empty() && coding != "identity") {
        return core::fail(kMediaType, {{"expected", "it is, without content-encoding"},
                                       {"actual", shown(printable(coding))}});
    }
    const std::string type = media_type_of(header_of(request, "content-type"));
    const bool json = type.empty() || type == "application/json" ||
                      (type.starts_with("application/") && type.ends_with("+json"));
    if (route.body == Body::Json && !json) {
        return core::fail(kMediaType,
                          {{"expected", "application/json"}, {"actual", shown(printable(type))}});
    }
    return {};
}

std::uint64_t body_limit(const Route& route) {
    if (route.body_bytes_max != 0) {
        return route.body_bytes_max;
    }
    return route.body == Body::Json ? kJsonBytesMax : kRawBytesMax;
}

// An absent body stands for {} where nothing is required.
core::Result<boost::json::object> parse_body(const std::string& body, Schema schema) {
    const bool all_optional = std::ranges::all_of(
        schema, [](const Field& field) { return field.presence == Presence::Optional; });
    return validate(body.empty() && all_optional ? std::string_view("{}") : body, schema);
}

// A body that is there already, for a handler that wants it in pieces.
class WholeBody final : public BodySource {
public:
    explicit WholeBody(std::string body) : body_(std::move(body)) {}
    boost::asio::awaitable<core::Result<std::optional<std::string>>> next() override {
        std::optional<std::string> piece;
        if (!body_.empty()) {
            piece = std::exchange(body_, {});
        }
        co_return piece;
    }

private:
    std::string body_;
};

bool has_dots(std::string_view path) {
    return path.contains("/../") || path.ends_with("/..") || path.contains("/./") ||
           path.contains('\\');
}

}  // namespace

std::string_view to_text(Method method) {
    return kMethodNames[std::to_underlying(method)];
}

std::string what_of(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& exception) {
        return exception.what();
    } catch (...) {
        return "an exception that is no std::exception";
    }
}

struct Router::Entry {
    Route route;
    Handler handler;
    std::vector<std::string> names;  // Of the path's parameters, in order.
    std::vector<Field> query;
};

struct Router::Node {
    std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
    std::unique_ptr<Node> parameter;
    std::unique_ptr<Node> tail;
    std::map<Method, const Entry*> entries;

    // The node that `path` (without its first slash) leads to; literal segments go before
    // parameters.
    [[nodiscard]] const Node* find(std::string_view path, Captured& captured, bool ended) const {
        if (ended) {
            return entries.empty() ? nullptr : this;
        }
        const auto slash = path.find('/');
        const std::string_view segment = path.substr(0, slash);
        const bool last = slash == path.npos;
        const std::string_view rest = last ? std::string_view() : path.substr(slash + 1);
        if (const auto literal = literals.find(segment); literal != literals.end()) {
            if (const Node* found = literal->second->find(rest, captured, last)) {
                return found;
            }
        }
        if (parameter && !segment.empty()) {
            captured.push_back(segment);
            if (const Node* found = parameter->find(rest, captured, last)) {
                return found;
            }
            captured.pop_back();
        }
        if (tail && !path.empty()) {
            captured.push_back(path);
            return tail.get();
        }
        return nullptr;
    }
};

struct Router::Match {
    const Node* node = nullptr;
    const Entry* entry = nullptr;  // None if the path exists with other methods only.
    Captured captured;
};

Router::Router(Authorizer& authorizer, const core::Clock& clock, core::Random& random)
    : authorizer_(authorizer), clock_(clock), random_(random), root_(std::make_unique<Node>()) {}

Router::~Router() = default;

void Router::add(const Route& route, Handler handler) {
    Entry& entry = entries_.emplace_back(Entry{route, std::move(handler), {}, query_schema(route)});
    Node* node = root_.get();
    for (const auto& [kind, text] : segments_of(route)) {
        std::unique_ptr<Node>& next = kind == Segment::Kind::Literal
                                          ? node->literals[std::string(text)]
                                      : kind == Segment::Kind::Parameter ? node->parameter
                                                                         : node->tail;
        if (!next) {
            next = std::make_unique<Node>();
        }
        if (kind != Segment::Kind::Literal) {
            entry.names.emplace_back(text);
        }
        node = next.get();
    }
    if (!node->entries.emplace(route.method, &entry).second) {
        stop("this route is there already", route);
    }
    if (std::ranges::count(entries_, route.id, [](const Entry& e) { return e.route.id; }) > 1) {
        stop("this operation id is there already", route);
    }
    for (const Field& field : route.path_parameters) {
        if (std::ranges::find(entry.names, field.name) == entry.names.end()) {
            stop("a declared path parameter is not in the path", route);
        }
    }
}

void Router::set_assets(std::shared_ptr<const Assets> assets) {
    assets_ = std::move(assets);
}

void Router::set_error_shape(std::string prefix, ErrorShape shape) {
    shapes_.emplace_back(std::move(prefix), std::move(shape));
}

void Router::set_failure_hook(FailureHook hook) {
    failure_hook_ = std::move(hook);
}

void Router::set_reply_check(ReplyCheck check) {
    reply_check_ = check;
}

std::vector<const Route*> Router::routes() const {
    std::vector<const Route*> routes;
    routes.reserve(entries_.size());
    for (const Entry& entry : entries_) {
        routes.push_back(&entry.route);
    }
    return routes;
}

void Router::prepare(Request& request) const {
    const std::string id = header_of(request, "x-request-id");
    request.request_id =
        is_sane_id(id) ? id : "req_" + core::to_base32(core::make_uuid(clock_, random_));
    request.language = language_of(header_of(request, "accept-language"));
}

Router::Match Router::find(std::string_view path, Method method) const {
    Match match;
    if (path.starts_with('/')) {
        match.node = root_->find(path.substr(1), match.captured, false);
    }
    if (match.node) {
        const auto entry = match.node->entries.find(method);
        match.entry = entry == match.node->entries.end() ? nullptr : entry->second;
    }
    return match;
}

Response Router::shape(const core::Error& error, const Request& request, int status) const {
    const ErrorShape* chosen = nullptr;
    std::size_t longest = 0;
    for (const auto& [prefix, shape] : shapes_) {
        if (request.path.starts_with(prefix) && prefix.size() >= longest) {
            chosen = &shape;
            longest = prefix.size();
        }
    }
    Response response =
        chosen ? (*chosen)(error, request, status) : problem(error, request, status);
    if (status == 401) {
        response.headers.emplace("www-authenticate", "Bearer realm=\"kapok\"");
    }
    return response;
}

Answer Router::finish(Response response, const Request& request, const Route* route) const {
    Fields& headers = response.headers;
    headers["x-request-id"] = request.request_id;
    headers.emplace("x-content-type-options", "nosniff");
    headers.emplace("cache-control", "no-store");
    headers.emplace("referrer-policy", "no-referrer");
    headers.emplace("content-security-policy", kNothingMayRun);
    const auto etag = headers.find("etag");
    if (request.method == Method::Get && response.status == 200 && etag != headers.end() &&
        none_match(request, etag->second)) {
        response.status = 304;
        response.body.clear();
        response.stream.reset();
        headers.erase("content-type");
    }
    return {std::move(response), route, request.request_id, request.principal.name};
}

Answer Router::fail(const core::Error& error, const Request& request, const Route* route) const {
    return finish(shape(error, request, status_of(error.code())), request, route);
}

Answer Router::refuse(const core::Error& error, Request request, int status) const {
    prepare(request);
    request.path.resize(std::min(request.path.find('?'), request.path.size()));
    return finish(shape(error, request, status), request, nullptr);
}

Answer Router::refuse_method(std::string_view method, Request request) const {
    prepare(request);
    request.path.resize(std::min(request.path.find('?'), request.path.size()));
    Match match = find(request.path, Method::Get);
    match.entry = nullptr;
    if (!match.node) {
        return no_match(std::move(request), match);
    }
    Answer answer = no_match(request, match);
    const core::Error error =
        core::fail(kMethodNotAllowed, {{"path", shown(printable(request.path))},
                                       {"expected", answer.response.headers["allow"]},
                                       {"actual", shown(printable(method))}})
            .error();
    Response response = shape(error, request, status_of(error.code()));
    response.headers["allow"] = answer.response.headers["allow"];
    return finish(std::move(response), request, nullptr);
}

Answer Router::no_match(Request request, const Match& match) const {
    const std::string path = shown(printable(request.path));
    if (!match.node) {
        const auto decoded = percent_decode(request.path, Plus::Literal);
        if (assets_ && request.method == Method::Get && decoded && !has_dots(*decoded)) {
            if (const auto asset = assets_->find(*decoded)) {
                return finish(asset_response(*asset, request), request, nullptr);
            }
        }
        return fail(core::fail(kNoRoute, {{"path", path}}).error(), request, nullptr);
    }
    std::vector<std::string_view> methods;
    for (const auto& [method, entry] : match.node->entries) {
        methods.push_back(to_text(method));
        if (method == Method::Get) {
            methods.push_back("HEAD");
        }
    }
    const std::string allowed = fmt::format("{}", fmt::join(methods, ", "));
    const core::Error error =
        core::fail(kMethodNotAllowed, {{"path", path},
                                       {"expected", allowed},
                                       {"actual", std::string(to_text(request.method))}})
            .error();
    Response response = shape(error, request, status_of(error.code()));
    response.headers["allow"] = allowed;
    return finish(std::move(response), request, nullptr);
}

boost::asio::awaitable<std::expected<Admission, Answer>> Router::admit(Request request) const {
    prepare(request);
    const std::string target = std::exchange(request.path, {});
    const auto mark = std::min(target.find('?'), target.size());
    request.path = target.substr(0, mark);
    const Match match = find(request.path, request.method);
    if (!match.entry) {
        co_return std::unexpected(no_match(std::move(request), match));
    }
    const Route& route = match.entry->route;
    for (std::size_t i = 0; i < match.captured.size(); ++i) {
        auto value = percent_decode(match.captured[i], Plus::Literal);
        if (!value) {
            const std::string actual = shown(printable(match.captured[i]));
            const auto error = core::fail(kBadAddress, {{"actual", actual}});
            co_return std::unexpected(fail(error.error(), request, &route));
        }
        request.path_parameters[match.entry->names[i]] = std::move(*value);
    }
    auto principal = co_await authorizer_.authorize(request, route);
    if (!principal) {
        co_return std::unexpected(fail(principal.error(), request, &route));
    }
    request.principal = std::move(*principal);
    auto checked = check_media_type(route, request);
    if (checked) {
        auto query =
            parse_query(std::string_view(target).substr(std::min(mark + 1, target.size())));
        if (query) {
            request.query = std::move(*query);
            checked = check_parameters(request.query, match.entry->query);
        } else {
            checked = std::unexpected(query.error());
        }
    }
    if (checked && !route.path_parameters.empty()) {
        checked = check_headers(request.path_parameters, route.path_parameters);
    }
    if (checked && !route.headers.empty()) {
        checked = check_headers(request.headers, route.headers);
    }
    if (!checked) {
        co_return std::unexpected(fail(checked.error(), request, &route));
    }
    Admission admission{&route, &match.entry->handler, std::move(request), body_limit(route)};
    co_return admission;
}

boost::asio::awaitable<Answer> Router::run(Admission admission, std::string body) const {
    Request& request = admission.request;
    const Route& route = *admission.route;
    if (route.body == Body::Stream && !request.body_source) {
        request.body_source = std::make_shared<WholeBody>(std::move(body));
    } else {
        request.body = std::move(body);
    }
    if (route.body == Body::None && !request.body.empty()) {
        co_return fail(core::fail(kBodyRefused, {}, "").error(), request, &route);
    }
    if (route.body == Body::Json) {
        auto json = parse_body(request.body, route.request);
        if (!json) {
            co_return fail(json.error(), request, &route);
        }
        request.json = std::move(*json);
    }
    Request kept;  // What the answer needs after the handler has taken the request.
    kept.method = request.method;
    kept.path = request.path;
    kept.headers = request.headers;
    kept.principal = request.principal;
    kept.language = request.language;
    kept.request_id = request.request_id;
    std::exception_ptr failure;
    try {
        Response response = co_await (*admission.handler)(std::move(request));
        check_reply(response, kept, route);
        co_return finish(std::move(response), kept, &route);
    } catch (...) {
        failure = std::current_exception();
    }
    const auto state = co_await boost::asio::this_coro::cancellation_state;
    if (state.cancelled() != boost::asio::cancellation_type::none) {
        std::rethrow_exception(failure);  // The client has gone: nobody reads an answer.
    }
    report(kept, what_of(failure));
    const auto error = core::fail(kInternal, {{"request_id", kept.request_id}});
    co_return fail(error.error(), kept, &route);
}

void Router::report(const Request& request, std::string_view what) const {
    if (failure_hook_) {
        failure_hook_(request, what);
    }
}

boost::asio::awaitable<Answer> Router::handle(Request request) const {
    std::string body = std::exchange(request.body, {});
    auto admission = co_await admit(std::move(request));
    if (!admission) {
        co_return std::move(admission.error());
    }
    if (body.size() > admission->body_bytes_max) {
        const auto error =
            core::fail(kBodyTooLarge, {{"limit", std::to_string(admission->body_bytes_max)}}, "");
        co_return fail(error.error(), admission->request, admission->route);
    }
    Answer answer = co_await run(std::move(*admission), std::move(body));
    co_return answer;
}

void Router::check_reply(const Response& response, const Request& request,
                         const Route& route) const {
    const bool is_json = route.reply == Reply::Json || route.reply == Reply::Page;
    if (reply_check_ == ReplyCheck::Off || response.status >= 300 || !is_json) {
        return;
    }
    std::optional<core::Error> fault;
    const auto document = parse_json(response.body);
    const auto* members = document ? document->if_object() : nullptr;
    if (!members) {
        fault = document ? core::fail(kNotJson).error() : document.error();
    } else if (route.reply == Reply::Json) {
        const auto checked = validate(*members, route.response);
        fault = checked ? std::nullopt : std::optional(checked.error());
    } else if (const auto* items = find_list(*members, "items")) {
        for (const auto& item : *items) {
            const auto* object = item.if_object();
            const auto checked = object ? validate(*object, route.response) : core::fail(kNotJson);
            fault = checked ? fault : std::optional(checked.error());
        }
    }
    if (fault) {
        report(request, fmt::format("the reply of {} is not what its table says: {} {}", route.id,
                                    fault->pointer().value_or(""),
                                    core::render(*fault, core::Language::En)));
    }
}

}  // namespace kapok::platform::http
