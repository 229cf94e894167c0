// What is said of an error code is what the server does.

#include "app/explanation.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

#include "app/error_tables.h"
#include "models/gateway/openai_error.h"

namespace kapok::app {
namespace {

TEST(Explanation, KnowsTheStatusThatIsServed) {
    for (const auto& [name, status] : {std::pair("platform.method_not_allowed", 405),
                                       {"platform.request_timeout", 408},
                                       {"platform.media_type", 415},
                                       {"platform.headers_too_large", 431},
                                       {"exchange.insufficient_funds", 429},
                                       {"platform.not_json", 400}}) {
        const auto found = explain_name(name, core::Language::En);
        ASSERT_TRUE(found) << name;
        EXPECT_EQ(found->at("http_status"), status) << name;
    }
}

TEST(Explanation, KnowsOpenAisCodes) {
    for (const auto& [name, status] : {std::pair("insufficient_quota", 429),
                                       {"invalid_api_key", 401},
                                       {"model_not_found", 404},
                                       {"rate_limit_exceeded", 429}}) {
        for (const core::Language language : {core::Language::En, core::Language::Zh}) {
            const auto found = explain_name(name, language);
            ASSERT_TRUE(found) << name;
            EXPECT_EQ(found->at("http_status"), status) << name;
            EXPECT_EQ(found->at("code"), name);
            EXPECT_FALSE(found->at("text").as_string().empty()) << name;
        }
    }
    const auto quota = explain_name("insufficient_quota", core::Language::En);
    EXPECT_EQ(quota->at("stands_for"),
              (boost::json::array{"exchange.no_wallet", "exchange.insufficient_funds"}));
}

TEST(Explanation, HasEveryCodeThatACallCanGet) {
    for (const core::ErrorTable table : error_tables()) {
        for (const core::ErrorCode* code : table) {
            if (code->name.starts_with("app.")) {
                continue;
            }
            const auto words = models::openai_words(*code);
            const auto found = explain_name(words.code, core::Language::Zh);
            ASSERT_TRUE(found) << words.code;
            if (words.code != code->name) {  // All that one word stands for have one status.
                EXPECT_EQ(found->at("http_status"), models::openai_status(*code)) << code->name;
            }
        }
    }
}

TEST(Explanation, NamesTheNearestOfAnUnknownCode) {
    EXPECT_FALSE(explain_name("insuficient_quota", core::Language::En));
    EXPECT_FALSE(explain_name("", core::Language::En));
    EXPECT_EQ(nearest_code("insuficient_quota"), "insufficient_quota");
    EXPECT_EQ(nearest_code("exchange.no_prize"), "exchange.no_price");
}

TEST(Explanation, IsAPageWithoutAnythingThatABrowserWouldRun) {
    boost::json::object hostile = *explain_name("exchange.no_price", core::Language::Zh);
    hostile["text"] = "<script>alert(1)</script> & more";
    const std::string page = explanation_page(hostile, core::Language::Zh);
    EXPECT_TRUE(page.contains("<html lang=\"zh\">"));
    EXPECT_TRUE(page.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; more"));
    EXPECT_FALSE(page.contains("<script"));
}

}  // namespace
}  // namespace kapok::app
