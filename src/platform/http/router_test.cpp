// From a request to its handler and back, without sockets. Only identity is replaced, by a port
// that knows three callers.

#include "platform/http/router.h"

#include <array>
#include <chrono>
#include <stdexcept>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include "core/timestamp.h"
#include "platform/errors.h"
#include "platform/http/etag.h"
#include "platform/http/json.h"

namespace kapok::platform::http {
namespace {

namespace json = boost::json;

constexpr core::ErrorCode kNoCredentials{"test.no_credentials", core::ErrorKind::Unauthenticated,
                                         "sign in", "请登录"};
constexpr core::ErrorCode kNoScope{"test.no_scope", core::ErrorKind::PermissionDenied,
                                   "the scope {scope} is needed", "需要权限 {scope}"};

class TokenAuthorizer final : public Authorizer {
public:
    boost::asio::awaitable<core::Result<core::Principal>> authorize(const Request& request,
                                                                    const Route& route) override {
        const auto token = request.headers.find("authorization");
        core::Principal principal;
        if (token == request.headers.end()) {
            if (route.scope == kPublic) {
                co_return principal;
            }
            co_return core::fail(kNoCredentials);
        }
        principal.name = token->second;
        if (route.scope != kPublic && route.scope != kSignedIn && token->second != route.scope) {
            co_return core::fail(kNoScope, {{"scope", std::string(route.scope)}});
        }
        co_return principal;
    }
};

constexpr std::array kJobPath{Field{.name = "id", .type = Type::Id, .id_prefix = "job"}};
constexpr std::array kJobQuery{
    Field{.name = "deep", .type = Type::Boolean, .presence = Presence::Optional}};
constexpr std::array kJob{
    Field{.name = "name", .range = {1, 9, "byte"}},
    Field{.name = "count", .type = Type::Integer, .presence = Presence::Optional}};
constexpr std::array kNote{Field{.name = "note", .presence = Presence::Optional}};

constexpr Route kGetJob{.method = Method::Get,
                        .path = "/api/v1/jobs/{id}",
                        .id = "get_job",
                        .scope = "job:read",
                        .en = "A test",
                        .zh = "测试",
                        .path_parameters = kJobPath,
                        .query = kJobQuery,
                        .response = kJob};
constexpr Route kListJobs{.method = Method::Get,
                          .path = "/api/v1/jobs",
                          .id = "list_jobs",
                          .scope = "job:read",
                          .en = "A test",
                          .zh = "测试",
                          .reply = Reply::Page,
                          .response = kJob};
constexpr Route kCreateJob{.method = Method::Post,
                           .path = "/api/v1/jobs",
                           .id = "create_job",
                           .scope = "job:write",
                           .en = "A test",
                           .zh = "测试",
                           .body = Body::Json,
                           .request = kJob,
                           .response = kJob,
                           .status = 201};
constexpr Route kCancelJob{.method = Method::Post,
                           .path = "/api/v1/jobs/{id}/cancel",
                           .id = "cancel_job",
                           .scope = kPublic,
                           .en = "A test",
                           .zh = "测试",
                           .body = Body::Json,
                           .request = kNote};
constexpr Route kSearch{.method = Method::Get,
                        .path = "/api/v1/jobs/search",
                        .id = "search_jobs",
                        .scope = kPublic,
                        .en = "A test",
                        .zh = "测试"};
constexpr Route kModel{.method = Method::Delete,
                       .path = "/v1/models/{name*}",
                       .id = "delete_model",
                       .scope = kPublic,
                       .en = "A test",
                       .zh = "测试"};
constexpr Route kUpload{.method = Method::Put,
                        .path = "/v1/files",
                        .id = "put_file",
                        .scope = kPublic,
                        .en = "A test",
                        .zh = "测试",
                        .body = Body::Raw,
                        .body_bytes_max = 4};

class OneAsset final : public Assets {
public:
    [[nodiscard]] std::optional<Asset> find(std::string_view path) const override {
        if (path != "/app.js") {
            return std::nullopt;
        }
        return Asset{.bytes = "plain",
                     .gzip = "packed",
                     .content_type = "text/javascript",
                     .etag = "\"h1\"",
                     .immutable = true,
                     .headers = {{"content-security-policy", "default-src 'self'"}}};
    }
};

class RouterTest : public testing::Test {
protected:
    RouterTest() {
        const auto echo = [this](Request request) -> boost::asio::awaitable<Response> {
            seen_ = std::move(request);
            Response response = json_response(200, {{"name", "木"}});
            response.headers["etag"] = etag_of(7);
            co_return response;
        };
        for (const Route& route :
             {kGetJob, kListJobs, kCreateJob, kCancelJob, kSearch, kModel, kUpload}) {
            router_.add(route, echo);
        }
        router_.set_assets(std::make_shared<OneAsset>());
        router_.set_failure_hook(
            [this](const Request&, std::string_view what) { failures_.emplace_back(what); });
    }

    Answer ask(Method method, std::string path, Fields headers = {}, std::string body = {}) {
        Request request;
        request.method = method;
        request.path = std::move(path);
        request.headers = std::move(headers);
        request.body = std::move(body);
        return run(router_.handle(std::move(request)));
    }

    static Answer run(boost::asio::awaitable<Answer> work) {
        boost::asio::io_context io;
        auto answer = boost::asio::co_spawn(io, std::move(work), boost::asio::use_future);
        io.run();
        return answer.get();
    }

    void expect_code(const Answer& answer, int status, std::string_view code) {
        EXPECT_EQ(answer.response.status, status) << answer.response.body;
        EXPECT_EQ(json::parse(answer.response.body).at("code").as_string(), code);
        EXPECT_EQ(json::parse(answer.response.body).at("status").as_int64(), status);
    }

    TokenAuthorizer authorizer_;
    core::ManualClock clock_{core::from_micros(1'795'000'000'000'000)};
    core::SeededRandom random_{7};
    Router router_{authorizer_, clock_, random_};
    Request seen_;
    std::vector<std::string> failures_;
};

const std::string kId = "job_01J9ZQ4W5YB6T3N8KXV2D7RCEM";

TEST_F(RouterTest, LeadsARequestToItsHandler) {
    const Answer answer = ask(Method::Get, "/api/v1/jobs/" + kId + "?deep=true",
                              {{"authorization", "job:read"}, {"accept-language", "zh"}});
    EXPECT_EQ(answer.response.status, 200);
    EXPECT_EQ(answer.route->id, "get_job");
    EXPECT_EQ(answer.principal, "job:read");
    EXPECT_EQ(seen_.path_parameters.at("id"), kId);
    EXPECT_EQ(seen_.query.at("deep"), "true");
    EXPECT_EQ(seen_.language, core::Language::Zh);
    EXPECT_TRUE(answer.request_id.starts_with("req_"));
    EXPECT_EQ(answer.response.headers.at("x-request-id"), answer.request_id);
    EXPECT_EQ(seen_.request_id, answer.request_id);
}

TEST_F(RouterTest, KeepsASaneRequestIdAndReplacesAnother) {
    const auto id_for = [&](const char* id) {
        return ask(Method::Get, "/api/v1/jobs/search", {{"x-request-id", id}}).request_id;
    };
    EXPECT_EQ(id_for("trace-1.A_b"), "trace-1.A_b");
    EXPECT_NE(id_for("a b"), "a b");
    EXPECT_NE(id_for("a\r\nset-cookie: x"), "a\r\nset-cookie: x");
    EXPECT_EQ(id_for(std::string(65, 'a').c_str()).size(), 30U);
}

TEST_F(RouterTest, PrefersLiteralsAndTriesParametersAfterThem) {
    EXPECT_EQ(ask(Method::Get, "/api/v1/jobs/search").route->id, "search_jobs");
    EXPECT_EQ(ask(Method::Post, "/api/v1/jobs/search/cancel").route->id, "cancel_job");
    EXPECT_EQ(ask(Method::Delete, "/v1/models/org/model%20a").route->id, "delete_model");
    EXPECT_EQ(seen_.path_parameters.at("name"), "org/model a");
}

TEST_F(RouterTest, KnowsNotFoundFromNotAllowed) {
    expect_code(ask(Method::Get, "/api/v1/nothing"), 404, "platform.no_route");
    expect_code(ask(Method::Get, "/api/v1/jobs/"), 404, "platform.no_route");
    expect_code(ask(Method::Get, "/api/v1//jobs"), 404, "platform.no_route");
    expect_code(ask(Method::Get, "/v1/models"), 404, "platform.no_route");
    expect_code(ask(Method::Get, "nonsense"), 404, "platform.no_route");
    const Answer answer = ask(Method::Delete, "/api/v1/jobs");
    expect_code(answer, 405, "platform.method_not_allowed");
    EXPECT_EQ(answer.response.headers.at("allow"), "GET, HEAD, POST");
    Request request;
    request.path = "/api/v1/jobs?x=1";
    EXPECT_EQ(router_.refuse_method("BREW", request).response.status, 405);
    request.path = "/coffee";
    EXPECT_EQ(router_.refuse_method("BREW", request).response.status, 404);
}

TEST_F(RouterTest, AsksWhoItIsBeforeItLooksAtTheRest) {
    const Answer unknown = ask(Method::Post, "/api/v1/jobs?bad=1", {}, "{");
    expect_code(unknown, 401, "test.no_credentials");
    EXPECT_TRUE(unknown.response.headers.contains("www-authenticate"));
    expect_code(ask(Method::Post, "/api/v1/jobs", {{"authorization", "job:read"}}, "{"), 403,
                "test.no_scope");
}

TEST_F(RouterTest, ChecksParametersAndBodies) {
    const Fields reader{{"authorization", "job:read"}};
    const Fields writer{{"authorization", "job:write"}};
    expect_code(ask(Method::Get, "/api/v1/jobs/job_1", reader), 400, "platform.bad_parameter");
    expect_code(ask(Method::Get, "/api/v1/jobs/%ff", reader), 400, "platform.bad_address");
    expect_code(ask(Method::Get, "/api/v1/jobs?limit=501", reader), 400, "platform.bad_parameter");
    expect_code(ask(Method::Get, "/api/v1/jobs?x=1", reader), 400, "platform.unknown_parameter");
    expect_code(ask(Method::Get, "/api/v1/jobs", reader, "x"), 400, "platform.body_refused");
    expect_code(ask(Method::Post, "/api/v1/jobs", writer, "{}"), 400, "platform.missing_field");
    expect_code(ask(Method::Post, "/api/v1/jobs", writer), 400, "platform.bad_json");
    expect_code(ask(Method::Put, "/v1/files", {}, "12345"), 413, "platform.body_too_large");
    Fields form = writer;
    form["content-type"] = "application/x-www-form-urlencoded";
    expect_code(ask(Method::Post, "/api/v1/jobs", form, R"({"name":"a"})"), 415,
                "platform.media_type");
    form["content-type"] = "Application/JSON; charset=utf-8";
    form["content-encoding"] = "gzip";
    expect_code(ask(Method::Post, "/api/v1/jobs", form, R"({"name":"a"})"), 415,
                "platform.media_type");
    form["content-encoding"] = "identity";
    EXPECT_EQ(ask(Method::Post, "/api/v1/jobs", form, R"({"name":"a"})").response.status, 200);
    EXPECT_EQ(get_text(seen_.json, "name"), "a");
}

TEST_F(RouterTest, TakesNoBodyForAnEmptyOneWhereNothingIsRequired) {
    EXPECT_EQ(ask(Method::Post, "/api/v1/jobs/x/cancel").response.status, 200);
    expect_code(ask(Method::Post, "/api/v1/jobs/x/cancel", {}, R"({"nota": 1})"), 400,
                "platform.unknown_field");
}

TEST_F(RouterTest, AnswersNotModified) {
    const Answer answer = ask(Method::Get, "/api/v1/jobs/search", {{"if-none-match", etag_of(7)}});
    EXPECT_EQ(answer.response.status, 304);
    EXPECT_TRUE(answer.response.body.empty());
}

TEST_F(RouterTest, TurnsAnExceptionIntoAProblemAndTellsTheHook) {
    const Route route{
        .path = "/boom", .id = "boom", .scope = kPublic, .en = "A test", .zh = "测试"};
    router_.add(route, [](Request) -> boost::asio::awaitable<Response> {
        throw std::runtime_error("secret detail");
        co_return Response{};
    });
    const Answer answer = ask(Method::Get, "/boom");
    expect_code(answer, 500, "platform.internal");
    EXPECT_FALSE(answer.response.body.contains("secret"));
    EXPECT_TRUE(answer.response.body.contains(answer.request_id));
    EXPECT_EQ(failures_, std::vector<std::string>{"secret detail"});
}

TEST_F(RouterTest, ShapesErrorsAsTheClientsOfAPathExpectThem) {
    router_.set_error_shape("/v1/", [](const core::Error& error, const Request&, int status) {
        return json_response(status, {{"error", {{"code", error.code().name}}}});
    });
    const Answer answer = ask(Method::Put, "/v1/files", {}, "12345");
    EXPECT_EQ(answer.response.status, 413);
    EXPECT_EQ(answer.response.body, R"({"error":{"code":"platform.body_too_large"}})");
    expect_code(ask(Method::Get, "/api/v1/nothing"), 404, "platform.no_route");
    EXPECT_TRUE(ask(Method::Get, "/v1/nothing").response.body.starts_with(R"({"error")"));
}

// A browser that is led to an answer of the API must not take it for a page.
TEST_F(RouterTest, LetsABrowserRunNothingOfAnAnswer) {
    for (const Answer& answer : {ask(Method::Get, "/api/v1/jobs/7"), ask(Method::Get, "/nothing"),
                                 ask(Method::Put, "/v1/files", {}, "12345")}) {
        const Fields& headers = answer.response.headers;
        EXPECT_TRUE(headers.at("content-security-policy").contains("default-src 'none'"));
        EXPECT_TRUE(headers.at("content-security-policy").contains("frame-ancestors 'none'"));
        EXPECT_TRUE(headers.at("content-security-policy").contains("base-uri 'none'"));
        EXPECT_EQ(headers.at("x-content-type-options"), "nosniff");
        EXPECT_EQ(headers.at("referrer-policy"), "no-referrer");
        EXPECT_EQ(headers.at("cache-control"), "no-store");
        EXPECT_FALSE(
            headers.contains("strict-transport-security"));  // That is said under TLS only.
    }
}

TEST_F(RouterTest, ServesAssetsWhereNoRouteIs) {
    const Answer plain = ask(Method::Get, "/app.js");
    EXPECT_EQ(plain.response.body, "plain");
    EXPECT_EQ(plain.response.headers.at("cache-control"), "public, max-age=31536000, immutable");
    EXPECT_EQ(plain.response.headers.at("content-security-policy"), "default-src 'self'");
    const Answer packed = ask(Method::Get, "/app.js", {{"accept-encoding", "gzip"}});
    EXPECT_EQ(packed.response.body, "packed");
    EXPECT_EQ(packed.response.headers.at("content-encoding"), "gzip");
    EXPECT_EQ(ask(Method::Get, "/app.js", {{"if-none-match", "\"h1\""}}).response.status, 304);
    expect_code(ask(Method::Get, "/x/..%2fapp.js"), 404, "platform.no_route");
    expect_code(ask(Method::Post, "/app.js"), 404, "platform.no_route");
}

TEST_F(RouterTest, FindsRepliesThatTheirTableForbids) {
    router_.set_reply_check(ReplyCheck::On);
    (void)ask(Method::Get, "/api/v1/jobs/" + kId, {{"authorization", "job:read"}});
    EXPECT_TRUE(failures_.empty());
    (void)ask(Method::Get, "/api/v1/jobs/search");
    ASSERT_EQ(failures_.size(), 1U);
    EXPECT_TRUE(failures_[0].contains("search_jobs")) << failures_[0];
}

using RouterDeathTest = RouterTest;

TEST_F(RouterDeathTest, RefusesATableThatContradictsItself) {
    const Handler none;
    EXPECT_DEATH(router_.add(kGetJob, none), "there already");
    EXPECT_DEATH(
        router_.add({.path = "/x", .id = "get_job", .scope = kPublic, .en = "", .zh = ""}, none),
        "operation id");
    EXPECT_DEATH(router_.add({.path = "/y",
                              .id = "y",
                              .scope = kPublic,
                              .en = "",
                              .zh = "",
                              .path_parameters = kJobPath},
                             none),
                 "not in the path");
}

}  // namespace
}  // namespace kapok::platform::http
