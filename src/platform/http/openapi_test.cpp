// The document of routes: what is in it, that it refers to nothing missing, and that it is the same
// each time.

#include "platform/http/openapi.h"

#include <array>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "core/clock.h"
#include "platform/http/testing.h"

namespace kapok::platform::http {
namespace {

namespace json = boost::json;

constexpr core::ErrorCode kFull{"test.full", core::ErrorKind::Conflict, "full", "已满"};
constexpr core::ErrorCode kWho{"test.who", core::ErrorKind::Unauthenticated, "who", "请登录"};
constexpr std::array kOwnErrors{&kFull};
constexpr std::array kSignInErrors{&kWho};
constexpr std::array<std::string_view, 2> kStates{"queued", "running"};
constexpr std::array kPart{
    Field{.name = "share", .type = Type::Number, .en = "Share", .zh = "占比"}};
constexpr std::array kJob{
    Field{.name = "id", .type = Type::Id, .en = "Id", .zh = "编号", .id_prefix = "job"},
    Field{.name = "state", .en = "State", .zh = "状态", .choices = kStates},
    Field{.name = "price",
          .type = Type::Money,
          .en = "Price",
          .zh = "价格",
          .presence = Presence::Optional},
    Field{.name = "cores",
          .type = Type::Integer,
          .range = {1, 64, "core"},
          .en = "Cores",
          .zh = "核数",
          .presence = Presence::Optional},
    Field{.name = "parts",
          .type = Type::List,
          .en = "Parts",
          .zh = "部分",
          .fields = kPart,
          .item = Type::Object},
    Field{.name = "name", .range = {1, 128, "byte"}, .en = "Name", .zh = "名称"},
};
constexpr std::array kPath{
    Field{.name = "id", .type = Type::Id, .en = "Id", .zh = "编号", .id_prefix = "job"}};
constexpr std::array kHeaders{kIfMatch};

constexpr std::array kCall{Field{.name = "model", .en = "Model", .zh = "模型"}};

constexpr std::array kRoutes{
    Route{.method = Method::Get,
          .path = "/api/v1/jobs",
          .id = "list_jobs",
          .scope = "job:read",
          .en = "Jobs",
          .zh = "作业列表",
          .reply = Reply::Page,
          .response = kJob,
          .response_name = "Job"},
    Route{.method = Method::Put,
          .path = "/api/v1/jobs/{id}",
          .id = "put_job",
          .scope = "job:write",
          .en = "Change a job",
          .zh = "修改作业",
          .path_parameters = kPath,
          .body = Body::Json,
          .request = kJob,
          .response = kJob,
          .errors = kOwnErrors,
          .headers = kHeaders,
          .response_name = "Job"},
    Route{.method = Method::Post,
          .path = "/v1/calls",
          .id = "call",
          .scope = "job:write",
          .en = "Call a model",
          .zh = "调用模型",
          .body = Body::Raw,
          .request = kCall,
          .reply = Reply::EventStream},
    Route{.method = Method::Post,
          .path = "/v1/bytes",
          .id = "send_bytes",
          .scope = "job:write",
          .en = "Send bytes",
          .zh = "发送字节",
          .body = Body::Raw,
          .reply = Reply::Raw},
    Route{.method = Method::Delete,
          .path = "/v1/models/{name*}",
          .id = "delete_model",
          .scope = kPublic,
          .en = "Delete",
          .zh = "",
          .reply = Reply::Empty},
};

std::vector<const Route*> routes() {
    std::vector<const Route*> all;
    for (const Route& route : kRoutes) {
        all.push_back(&route);
    }
    return all;
}

// Every "$ref" leads somewhere.
void expect_references_resolve(const json::value& value, const json::object& document) {
    if (const auto* object = value.if_object()) {
        for (const auto& member : *object) {
            if (member.key() == "$ref") {
                const std::string pointer(member.value().as_string().subview(1));
                boost::system::error_code failure;
                EXPECT_NE(json::value(document).find_pointer(pointer, failure), nullptr) << pointer;
            } else {
                expect_references_resolve(member.value(), document);
            }
        }
    } else if (const auto* array = value.if_array()) {
        for (const json::value& item : *array) {
            expect_references_resolve(item, document);
        }
    }
}

TEST(OpenApi, DescribesWhatTheTableSays) {
    ApiInfo info;
    info.authorization_errors = kSignInErrors;
    const json::value document = openapi_document(routes(), info);
    EXPECT_EQ(document.at("openapi").as_string(), "3.1.0");
    const auto& put = document.at("paths").at("/api/v1/jobs/{id}").at("put");
    EXPECT_EQ(put.at("x-zh").as_string(), "修改作业");
    EXPECT_EQ(put.at("x-scope").as_string(), "job:write");
    EXPECT_EQ(put.at("parameters").as_array().size(), 2U);
    EXPECT_EQ(put.at("responses").at("409").at("x-codes"), json::value(json::array{"test.full"}));
    EXPECT_EQ(put.at("responses").at("401").at("x-codes"), json::value(json::array{"test.who"}));
    EXPECT_TRUE(put.at("responses").as_object().contains("415"));
    const auto& job = document.at("components").at("schemas").at("Job").at("properties");
    EXPECT_EQ(job.at("cores").at("type"), json::value({"integer", "null"}));
    EXPECT_EQ(job.at("cores").at("x-unit").as_string(), "core");
    EXPECT_EQ(job.at("name").at("maxLength").as_int64(), 128);
    EXPECT_EQ(job.at("parts").at("items").at("properties").at("share").at("type").as_string(),
              "number");
    const auto& request = document.at("components").at("schemas").at("PutJobRequest");
    EXPECT_FALSE(request.at("additionalProperties").as_bool());
    EXPECT_EQ(request.at("required"), json::value({"id", "state", "parts", "name"}));
    const auto& remove = document.at("paths").at("/v1/models/{name}").at("delete");
    EXPECT_TRUE(remove.at("security").as_array().empty());
    EXPECT_TRUE(remove.at("responses").as_object().contains("204"));
    EXPECT_EQ(document.at("x-errors").at("test.full").at("zh").as_string(), "已满");
    expect_references_resolve(document, document.as_object());
}

TEST(OpenApi, DescribesWhatARawBodyMustHaveAndLeavesTheRestOpen) {
    const json::value document = openapi_document(routes(), {});
    const auto& paths = document.at("paths");
    const auto& call = paths.at("/v1/calls").at("post");
    EXPECT_TRUE(call.at("requestBody").at("content").as_object().contains("application/json"));
    const auto& schema = document.at("components").at("schemas").at("CallRequest");
    EXPECT_EQ(schema.at("required"), json::value(json::array{"model"}));
    EXPECT_FALSE(schema.as_object().contains("additionalProperties"));
    EXPECT_EQ(call.at("responses").at("200").at("content"),
              json::value({{"text/event-stream", json::object()}}));
    EXPECT_EQ(paths.at("/v1/bytes").at("post").at("requestBody"),
              json::value({{"content", {{"*/*", json::object()}}}}));
}

TEST(OpenApi, IsTheSameEachTimeAndReadable) {
    const json::value document = openapi_document(routes(), {});
    EXPECT_EQ(json::serialize(document), json::serialize(openapi_document(routes(), {})));
    const std::string pretty = to_pretty_text(document);
    EXPECT_EQ(json::parse(pretty), document);
    EXPECT_TRUE(pretty.starts_with("{\n  \"openapi\": \"3.1.0\",\n  \"info\": {\n"));
    EXPECT_EQ(to_pretty_text({{"a", json::array()}, {"b", {1, {{"c", nullptr}}}}}),
              "{\n  \"a\": [],\n  \"b\": [\n    1,\n    {\n      \"c\": null\n    }\n  ]\n}\n");
}

TEST(OpenApi, FindsWhatIsNotDocumented) {
    EXPECT_EQ(undocumented(routes()), std::vector<std::string>{"delete_model"});
}

TEST(OpenApi, IsServed) {
    testing::Everybody authorizer;
    const core::ManualClock clock{core::Timestamp()};
    core::SeededRandom random{7};
    Router router(authorizer, clock, random);
    for (const Route& route : kRoutes) {
        router.add(route, nullptr);
    }
    serve_openapi(router, {});
    Request request;
    request.path = "/api/openapi.json";
    boost::asio::io_context io;
    auto answer = boost::asio::co_spawn(io, router.handle(request), boost::asio::use_future);
    io.run();
    const auto document = json::parse(answer.get().response.body);
    EXPECT_TRUE(document.at("paths").as_object().contains("/api/openapi.json"));
    EXPECT_TRUE(document.at("paths").as_object().contains("/api/v1/jobs/{id}"));
}

}  // namespace
}  // namespace kapok::platform::http
