// The routes of identity through the real router, authorizer and services, on SQLite and on
// PostgreSQL, without sockets. Every reply is checked against its table. The matrix at the end asks
// each route as everybody who must not get through.

#include "identity/http/routes.h"

#include <functional>
#include <set>
#include <utility>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "identity/errors.h"
#include "identity/testing/route_matrix.h"
#include "identity/testing/world.h"
#include "platform/crypto/certificates.h"
#include "platform/http/json.h"

namespace kapok::identity {
namespace {

namespace http = platform::http;
namespace json = boost::json;
using http::Method;

constexpr std::array kThingPath{
    http::Field{.name = "id", .type = http::Type::Id, .id_prefix = "prj"}};

class RoutesTest : public IdentityTest {
protected:
    void SetUp() override {
        IdentityTest::SetUp();
        if (IsSkipped() || HasFatalFailure()) {
            return;
        }
        router_ = std::make_unique<http::Router>(identity().authorizer(), clock(), random_);
        router_->set_reply_check(http::ReplyCheck::On);
        router_->set_failure_hook([](const http::Request& request, std::string_view what) {
            ADD_FAILURE() << request.path << ": " << what;
        });
        add_routes(*router_, identity());
        add_agent_routes(*router_, identity());
    }

    http::Response send(Method method, std::string path, std::string body = "",
                        http::Fields headers = {}) {
        http::Request request;
        request.method = method;
        request.path = std::move(path);
        request.body = std::move(body);
        request.headers = std::move(headers);
        request.peer = "192.0.2.9";
        request.client_certificate_id = certificate_;
        boost::asio::io_context io;
        auto answer =
            boost::asio::co_spawn(io, router_->handle(std::move(request)), boost::asio::use_future);
        io.run();
        return answer.get().response;
    }

    static json::object parse(const http::Response& response) {
        return json::parse(response.body).as_object();
    }
    static std::string text(const json::object& object, std::string_view name) {
        return std::string(object.at(name).as_string());
    }
    static std::string code(const http::Response& response) {
        return text(parse(response), "code");
    }

    // Headers of a session; `with` adds to them.
    http::Fields session(const std::string& name, http::Fields with = {}) {
        const auto opened = sign_in(name, passwords_.at(name)).value();
        with["cookie"] = "theme=dark; kapok_session=" + std::string(opened.token.reveal());
        with["x-csrf-token"] = opened.csrf_token;
        return with;
    }
    // The same of somebody who has changed the first password.
    http::Fields settled(const std::string& name, http::Fields with = {}) {
        const auto opened = sign_in(name, passwords_.at(name)).value();
        const std::string wanted = "木棉花 blooms in spring";
        EXPECT_TRUE(run(identity().sign_in().change_password(
            as(name), opened.token, core::Secret(passwords_.at(name)), core::Secret(wanted))));
        passwords_[name] = wanted;
        return session(name, std::move(with));
    }
    static std::string bearer(const KeyWithText& key) {
        return "Bearer " + std::string(key.text->reveal());
    }

    // The company is the victim; the rival, its own auditor and its own bad keys are the intruders.
    MatrixPlan plan_matrix() {
        MatrixPlan plan;
        plan.now = clock().now();
        const auto victim_project = project("consumer", company_, "marked-project");
        NewKey victim_key{
            {}, company_, victim_project, "marked-key", core::Role::Consumer, {"job:read"}, {}};
        const auto key_made = run(identity().keys().create(as("consumer"), victim_key)).value();
        const auto victim_session = sign_in("consumer", passwords_.at("consumer")).value();
        NewEnrollmentToken site{{}, company_, "marked-site", {}};
        const auto used = run(identity().agents().create_token(as("boss"), site)).value();
        const auto open = run(identity().agents().create_token(as("boss"), site)).value();
        const auto pem = platform::crypto::make_key_request("a", random_).value().request_pem;
        const auto agent = run(identity().agents().enroll(*used.text, pem)).value();
        plan.victims = {{"org", company_.text()},
                        {"prj", victim_project.text()},
                        {"usr", core::UserId(as("consumer").id).text()},
                        {"key", key_made.key.id.text()},
                        {"ses", victim_session.session.id.text()},
                        {"ent", open.token.id.text()},
                        {"agt", agent.agent.id.text()}};
        plan.secrets = {"marked-project", "marked-key", "marked-site", "\"consumer\"",
                        "\"company\""};
        const auto ended = key("boss", company_, {"*"}, core::Role::Operator);
        NewKey short_lived{{},
                           company_,
                           {},
                           "short",
                           core::Role::Operator,
                           {"*"},
                           clock().now() + std::chrono::minutes(1)};
        const auto expired = run(identity().keys().create(as("boss"), short_lived)).value();
        EXPECT_TRUE(run(identity().keys().revoke(as("boss"), ended.key.id)));
        plan.credentials = {
            {Intruder::OtherTenant, bearer(key("rivalboss", rival_, {"*"}, core::Role::Operator))},
            {Intruder::LowerRole, bearer(key("boss", company_, {"*"}, core::Role::Auditor))},
            {Intruder::NoScope,
             bearer(key("boss", company_, {"evaluation:read"}, core::Role::Operator))},
            {Intruder::RevokedKey, bearer(ended)},
            {Intruder::ExpiredKey, bearer(expired)}};
        clock().advance(std::chrono::minutes(1));
        return plan;
    }

    core::SystemRandom random_;
    std::unique_ptr<http::Router> router_;
    std::string certificate_;
};
INSTANTIATE_KAPOK_DATABASES(RoutesTest);

TEST_P(RoutesTest, SignInGivesACookieThatScriptsCannotRead) {
    const auto opened = send(Method::Post, "/api/v1/sign-in",
                             R"({"user_name": "admin", "password": ")" + first_password_ + "\"}");
    ASSERT_EQ(opened.status, 200) << opened.body;
    const std::string cookie = opened.headers.at("set-cookie");
    EXPECT_TRUE(cookie.starts_with("kapok_session="));
    EXPECT_TRUE(cookie.ends_with("; Path=/; HttpOnly; SameSite=Strict; Max-Age=43200"));
    const http::Fields headers{{"cookie", cookie.substr(0, cookie.find(';'))}};
    const auto me = parse(send(Method::Get, "/api/v1/me", "", headers));
    EXPECT_EQ(text(me, "kind"), "user");
    EXPECT_EQ(text(me, "csrf_token"), text(parse(opened), "csrf_token"));
    EXPECT_EQ(text(me.at("user").as_object(), "name"), "admin");
    Settings secure;
    secure.secure_cookies = true;
    EXPECT_EQ(session_cookie(core::Secret("x"), secure),
              "__Host-kapok_session=x; Path=/; HttpOnly; SameSite=Strict; Max-Age=43200; Secure");
}

TEST_P(RoutesTest, RefusesBadCredentialsInOneWay) {
    const auto wrong =
        send(Method::Post, "/api/v1/sign-in", R"({"user_name": "admin", "password": "wrong"})");
    EXPECT_EQ(wrong.status, 401);
    EXPECT_EQ(code(wrong), kBadCredentials.name);
    const auto anonymous = send(Method::Get, "/api/v1/me");
    EXPECT_EQ(anonymous.status, 401);
    EXPECT_EQ(anonymous.headers.at("www-authenticate"), "Bearer realm=\"kapok\"");
    for (const std::string_view header : {"Bearer x", "Basic YTpi", "", "Bearer  kpk_live_"}) {
        const auto refused =
            send(Method::Get, "/api/v1/me", "", {{"authorization", std::string(header)}});
        EXPECT_EQ(refused.status, 401) << header;
    }
    const auto huge =
        send(Method::Post, "/api/v1/sign-in",
             R"({"user_name": "admin", "password": ")" + std::string(3'000, 'x') + "\"}");
    EXPECT_EQ(code(huge), kBadCredentials.name);
}

TEST_P(RoutesTest, LetsAStaleCookieSignInAgain) {
    const http::Fields stale{{"cookie", "kapok_session=gone"}};
    EXPECT_EQ(code(send(Method::Get, "/api/v1/me", "", stale)), kSessionEnded.name);
    EXPECT_EQ(send(Method::Post, "/api/v1/sign-in",
                   R"({"user_name": "admin", "password": ")" + first_password_ + "\"}", stale)
                  .status,
              200);
}

TEST_P(RoutesTest, AsksForThePasswordToBeChangedFirst) {
    auto headers = session("boss");
    for (const std::string_view path :
         {"/api/v1/organizations", "/api/v1/keys", "/api/v1/scopes"}) {
        EXPECT_EQ(code(send(Method::Get, std::string(path), "", headers)),
                  kMustChangePassword.name);
    }
    EXPECT_EQ(send(Method::Get, "/api/v1/me", "", headers).status, 200);
    const auto changed = send(Method::Post, "/api/v1/me/password",
                              R"({"present_password": ")" + passwords_.at("boss") +
                                  R"(", "new_password": "a better one 2026"})",
                              headers);
    EXPECT_EQ(changed.status, 200) << changed.body;
    EXPECT_EQ(send(Method::Get, "/api/v1/organizations", "", headers).status, 200);
    const auto out = send(Method::Post, "/api/v1/sign-out", "", headers);
    EXPECT_EQ(out.status, 204);
    EXPECT_EQ(out.headers.at("set-cookie"),
              "kapok_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
    EXPECT_EQ(send(Method::Get, "/api/v1/me", "", headers).status, 401);
}

TEST_P(RoutesTest, NeedsTheSessionsTokenForAChange) {
    auto headers = settled("boss");
    const std::string body =
        R"({"parent_id": ")" + company_.text() + R"(", "name": "new lab", "kind": "institution"})";
    const std::string token = headers.at("x-csrf-token");
    for (const std::string& wrong : {std::string(), std::string("x"), token + "x"}) {
        headers["x-csrf-token"] = wrong;
        EXPECT_EQ(code(send(Method::Post, "/api/v1/organizations", body, headers)),
                  kCsrfToken.name);
    }
    headers.erase("x-csrf-token");
    EXPECT_EQ(code(send(Method::Post, "/api/v1/organizations", body, headers)), kCsrfToken.name);
    EXPECT_EQ(send(Method::Get, "/api/v1/organizations", "", headers).status, 200);
    headers["x-csrf-token"] = token;
    EXPECT_EQ(send(Method::Post, "/api/v1/organizations", body, headers).status, 201);
    // Another session's token is no good.
    headers["x-csrf-token"] = session("consumer").at("x-csrf-token");
    EXPECT_EQ(code(send(Method::Post, "/api/v1/organizations", body, headers)), kCsrfToken.name);
}

TEST_P(RoutesTest, MakesAndChangesAnOrganization) {
    const auto headers = settled("boss");
    const auto with = [&](std::string_view name, std::string value) {
        auto more = headers;
        more[std::string(name)] = std::move(value);
        return more;
    };
    const std::string body =
        R"({"parent_id": ")" + company_.text() + R"(", "name": "实验室", "kind": "institution"})";
    const auto first =
        send(Method::Post, "/api/v1/organizations", body, with("idempotency-key", "k1"));
    ASSERT_EQ(first.status, 201) << first.body;
    const auto again =
        send(Method::Post, "/api/v1/organizations", body, with("idempotency-key", "k1"));
    EXPECT_EQ(again.status, 201);
    EXPECT_EQ(again.body, first.body);
    EXPECT_EQ(code(send(Method::Post, "/api/v1/organizations", body, headers)), kNameTaken.name);
    const std::string path = "/api/v1/organizations/" + text(parse(first), "id");
    EXPECT_EQ(send(Method::Patch, path, R"({"name": "b"})", with("if-match", "\"v9\"")).status,
              412);
    const auto changed = send(Method::Patch, path, R"({"name": "b"})", with("if-match", "\"v1\""));
    EXPECT_EQ(changed.headers.at("etag"), "\"v2\"");
    EXPECT_EQ(send(Method::Get, path, "", with("if-none-match", "\"v2\"")).status, 304);
    EXPECT_EQ(send(Method::Patch, path, R"({"nome": "b"})", headers).status, 400);
    EXPECT_EQ(send(Method::Patch, path, R"({"status": "gone"})", headers).status, 400);
}

TEST_P(RoutesTest, PagesThroughALongList) {
    const auto headers = settled("boss");
    for (int i = 0; i < 25; ++i) {
        organization("child " + std::to_string(i), company_);
    }
    for (const std::string sort : {"created", "-created", "name", "-name"}) {
        std::set<std::string> names;
        std::string cursor;
        int pages = 0;
        do {
            const auto page = parse(send(Method::Get,
                                         "/api/v1/organizations?limit=10&sort=" + sort +
                                             (cursor.empty() ? "" : "&cursor=" + cursor),
                                         "", headers));
            for (const auto& item : page.at("items").as_array()) {
                EXPECT_TRUE(names.insert(text(item.as_object(), "name")).second);
            }
            cursor = page.contains("next_cursor") ? text(page, "next_cursor") : "";
            ++pages;
        } while (!cursor.empty());
        EXPECT_EQ(names.size(), 27U);
        EXPECT_EQ(pages, 3);
    }
    const auto one = parse(send(Method::Get, "/api/v1/organizations?name=child%207", "", headers));
    EXPECT_EQ(one.at("items").as_array().size(), 1U);
    for (const std::string_view cursor : {"x", "MTc6YQ", "AAAA", "%00"}) {
        EXPECT_EQ(
            send(Method::Get, "/api/v1/organizations?cursor=" + std::string(cursor), "", headers)
                .status,
            400)
            << cursor;
    }
    EXPECT_EQ(send(Method::Get, "/api/v1/organizations?limit=501", "", headers).status, 400);
}

TEST_P(RoutesTest, MakesUsersAndKeysThatWork) {
    const auto headers = settled("boss");
    const auto user =
        send(Method::Post, "/api/v1/users",
             R"({"organization_id": ")" + company_.text() +
                 R"(", "name": "li.wei", "display_name": "李伟", "roles": [)" +
                 R"({"organization_id": ")" + lab_.text() + R"(", "role": "provider"}]})",
             headers);
    ASSERT_EQ(user.status, 201) << user.body;
    passwords_["li.wei"] = text(parse(user), "password");
    EXPECT_EQ(send(Method::Get, "/api/v1/me", "", session("li.wei")).status, 200);
    const std::string path = "/api/v1/users/" + text(parse(user), "id");
    EXPECT_EQ(send(Method::Put, path + "/roles", R"({"roles": []})", headers).status, 200);
    EXPECT_EQ(send(Method::Post, path + "/reset-password", "", headers).status, 200);
    EXPECT_EQ(send(Method::Patch, path, R"({"status": "suspended"})", headers).status, 200);
    EXPECT_EQ(send(Method::Get, "/api/v1/users?status=suspended", "", headers).status, 200);

    const auto key =
        send(Method::Post, "/api/v1/keys",
             R"({"name": "ci", "scopes": ["organization:read", "key:read"]})", headers);
    ASSERT_EQ(key.status, 201) << key.body;
    const http::Fields program{{"authorization", "bearer " + text(parse(key), "key")}};
    const http::Fields plain{{"x-api-key", text(parse(key), "key")}};
    EXPECT_EQ(send(Method::Get, "/api/v1/me", "", plain).status, 200);
    EXPECT_EQ(send(Method::Get, "/api/v1/me", "", {{"x-api-key", "x"}}).status, 401);
    const auto me = parse(send(Method::Get, "/api/v1/me", "", program));
    EXPECT_EQ(text(me, "kind"), "api_key");
    EXPECT_EQ(text(me, "id"), text(parse(key), "id"));
    EXPECT_EQ(send(Method::Get, "/api/v1/organizations", "", program).status, 200);
    EXPECT_EQ(code(send(Method::Get, "/api/v1/users", "", program)), kScopeMissing.name);
    const std::string at = "/api/v1/keys/" + text(parse(key), "id");
    EXPECT_FALSE(parse(send(Method::Get, at, "", headers)).contains("key"));
    const auto rotated = send(Method::Post, at + "/rotate", "{}", headers);
    EXPECT_EQ(rotated.status, 201) << rotated.body;
    EXPECT_EQ(send(Method::Get, "/api/v1/me", "", program).status, 401);
    EXPECT_EQ(send(Method::Delete, at, "", headers).status, 204);
    EXPECT_EQ(send(Method::Get, "/api/v1/keys?state=ended", "", headers).status, 200);
}

TEST_P(RoutesTest, EnrollsAnAgentThatRenewsItself) {
    const auto headers = settled("boss");
    const auto token =
        send(Method::Post, "/api/v1/enrollment-tokens", R"({"site_name": "南沙"})", headers);
    ASSERT_EQ(token.status, 201) << token.body;
    const auto pem = [&] {
        return platform::crypto::make_key_request("agent", random_).value().request_pem;
    };
    const json::object join{{"token", text(parse(token), "token")}, {"certificate_request", pem()}};
    const auto joined = send(Method::Post, "/agent/v1/enroll", json::serialize(join));
    ASSERT_EQ(joined.status, 201) << joined.body;
    certificate_ = text(parse(joined).at("agent").as_object(), "id");
    EXPECT_EQ(text(parse(send(Method::Get, "/api/v1/me")), "kind"), "agent");
    const json::object again{{"certificate_request", pem()}};
    EXPECT_EQ(send(Method::Post, "/agent/v1/renew", json::serialize(again)).status, 200);
    EXPECT_EQ(code(send(Method::Get, "/api/v1/organizations")), kScopeMissing.name);
    const std::string agent = std::exchange(certificate_, "");
    EXPECT_EQ(send(Method::Get, "/api/v1/agents/" + agent, "", headers).status, 200);
    EXPECT_EQ(send(Method::Get, "/api/v1/agents", "", headers).status, 200);
    EXPECT_EQ(send(Method::Get, "/api/v1/enrollment-tokens?state=ended", "", headers).status, 200);
    EXPECT_EQ(send(Method::Delete, "/api/v1/agents/" + agent, "", headers).status, 204);
    certificate_ = agent;
    EXPECT_EQ(send(Method::Get, "/api/v1/me").status, 401);
    certificate_ = "CN=somebody";
    EXPECT_EQ(send(Method::Get, "/api/v1/me").status, 401);
}

TEST_P(RoutesTest, ListsSessionsAndScopes) {
    const auto headers = settled("consumer");
    const auto sessions = parse(send(Method::Get, "/api/v1/sessions", "", headers));
    ASSERT_EQ(sessions.at("items").as_array().size(), 2U);
    const std::string id = text(sessions.at("items").as_array()[0].as_object(), "id");
    EXPECT_EQ(send(Method::Delete, "/api/v1/sessions/" + id, "", headers).status, 204);
    const auto scopes = parse(send(Method::Get, "/api/v1/scopes", "", headers));
    EXPECT_EQ(scopes.at("items").as_array().size(), kScopes.size());
}

// Every route of the router × everybody who must not get through.
TEST_P(RoutesTest, LetsNobodyThroughWhoMustNotBe) {
    const MatrixPlan plan = plan_matrix();
    const MatrixReport report = run_matrix(*router_, plan);
    for (const MatrixLeak& leak : report.leaks) {
        ADD_FAILURE() << leak.route << " as "
                      << kIntruderNames.at(static_cast<std::size_t>(leak.intruder)) << ": "
                      << leak.status << ", " << leak.why;
    }
    EXPECT_TRUE(report.missing.empty());
    EXPECT_EQ(report.requests, router_->routes().size() * kIntruderNames.size());
    RecordProperty("requests", static_cast<int>(report.requests));
    // What was not to be touched is untouched.
    const auto victim = ApiKeyId::parse(plan.victims.at("key")).value();
    EXPECT_FALSE(run(identity().keys().get(as("boss"), victim))->revoked_at.has_value());
    EXPECT_EQ(run(identity().users().get(as("boss"), core::UserId(as("consumer").id)))->version, 1);
}

// The matrix itself: handlers that forget the question whose thing it is are found.
TEST_P(RoutesTest, FindsPlantedLeaks) {
    const MatrixPlan plan = plan_matrix();
    const auto careless = [](http::Request /*request*/) -> boost::asio::awaitable<http::Response> {
        co_return http::json_response(200, {{"name", "marked-project"}});
    };
    http::Router router(identity().authorizer(), clock(), random_);
    http::Route route{.method = Method::Delete,
                      .path = "/api/v1/things/{id}",
                      .id = "end_thing",
                      .scope = "organization:write",
                      .en = "A planted fault",
                      .zh = "故意留下的缺陷",
                      .path_parameters = kThingPath};
    router.add(route, careless);
    route.path = "/api/v1/open";
    route.id = "open_thing";
    route.scope = http::kPublic;
    route.path_parameters = {};
    router.add(route, careless);
    std::set<std::pair<std::string, Intruder>> found;
    for (const MatrixLeak& leak : run_matrix(router, plan).leaks) {
        found.emplace(leak.route, leak.intruder);
    }
    EXPECT_EQ(found,
              (std::set<std::pair<std::string, Intruder>>{{"end_thing", Intruder::OtherTenant},
                                                          {"end_thing", Intruder::LowerRole},
                                                          {"open_thing", Intruder::Anonymous},
                                                          {"open_thing", Intruder::OtherTenant}}));
}

}  // namespace
}  // namespace kapok::identity
