// Values in JSON and errors as problems.

#include "platform/http/json.h"

#include <chrono>

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include "core/timestamp.h"
#include "platform/errors.h"
#include "platform/http/problem.h"
#include "platform/http/utf8.h"

namespace kapok::platform::http {
namespace {

namespace json = boost::json;

TEST(Json, WritesMoneyAndTimeExactly) {
    EXPECT_EQ(to_json(core::Money(core::Currency::Usd, -800)),
              json::parse(R"({"amount": "-0.000800", "currency": "USD"})"));
    EXPECT_EQ(to_json(core::from_micros(1)).as_string(), "1970-01-01T00:00:00.000001Z");
    EXPECT_TRUE(to_json(std::optional<core::Money>()).is_null());
}

TEST(Json, WritesAPage) {
    const Response last = page_response({1, 2}, std::nullopt);
    EXPECT_EQ(last.body, R"({"items":[1,2]})");
    EXPECT_EQ(page_response({}, "Mg").body, R"({"items":[],"next_cursor":"Mg"})");
    EXPECT_EQ(last.headers.at("content-type"), "application/json");
}

TEST(Json, ParsesOnlyWhatIsOneValue) {
    EXPECT_TRUE(parse_json(" [1, {\"a\": []}] \n").has_value());
    for (const std::string_view text :
         {"", " ", "[1,]", "{\"a\":1,}", "[1] 2", "01", "1e400", "-1e400", "nul", "'a'", "[1",
          "\"\t\"", "/* */ 1", "\xef\xbb\xbf{}", "NaN"}) {
        EXPECT_FALSE(parse_json(text).has_value()) << text;
    }
    EXPECT_EQ(parse_json(R"([0, {"b": {"a~/": 1, "\u0061~/": 2}}])").error().pointer(),
              "/1/b/a~0~1");
}

TEST(Problem, SaysItInTheLanguageOfTheRequest) {
    Request request;
    request.request_id = "req_7";
    request.language = core::Language::Zh;
    const core::Error error = core::fail(kDuplicateField, {{"field", "a"}}, "/a").error();
    const Response response = problem(error, request);
    EXPECT_EQ(response.status, 400);
    EXPECT_EQ(response.headers.at("content-type"), "application/problem+json");
    EXPECT_EQ(response.headers.at("content-language"), "zh");
    EXPECT_EQ(json::parse(response.body), json::parse(R"({
        "type": "/docs/errors/platform.duplicate_field", "title": "请求有误", "status": 400,
        "detail": "a 重复出现", "code": "platform.duplicate_field", "pointer": "/a",
        "request_id": "req_7", "parameters": {"field": "a"}})"));
}

TEST(Problem, SaysWhenToTryAgain) {
    const Request request;
    const auto busy = core::fail(kBusy, {{"limit", "9"}});
    EXPECT_EQ(problem(busy.error(), request).headers.at("retry-after"), "1");
    const auto later = core::fail(kBusy, {{"limit", "9"}, {"retry_after_s", "30"}});
    EXPECT_EQ(problem(later.error(), request).headers.at("retry-after"), "30");
}

TEST(Utf8, KnowsWhatIsText) {
    for (const std::string_view good : {"", "a", "木棉", "\xf0\x9f\x8c\xb3", "\xf4\x8f\xbf\xbf"}) {
        EXPECT_TRUE(is_utf8(good)) << good;
    }
    for (const std::string_view bad : {"\x80", "\xc0\xaf", "\xe6\x9c", "\xed\xa0\x80",
                                       "\xf4\x90\x80\x80", "\xf5", "a\xff", "\xe0\x80\x80"}) {
        EXPECT_FALSE(is_utf8(bad)) << printable(bad);
    }
}

}  // namespace
}  // namespace kapok::platform::http
