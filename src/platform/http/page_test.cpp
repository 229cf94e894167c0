// Cursors, ETags and what a client says about itself.

#include "platform/http/page.h"

#include <limits>

#include <gtest/gtest.h>

#include "core/random.h"
#include "platform/errors.h"
#include "platform/http/etag.h"
#include "platform/http/negotiate.h"

namespace kapok::platform::http {
namespace {

Request with_cursor(std::string cursor) {
    Request request;
    request.query["cursor"] = std::move(cursor);
    return request;
}

TEST(Page, BeginsAtTheStart) {
    const auto page = page_of(Request{});
    EXPECT_EQ(page->limit, 50);
    EXPECT_EQ(page->after, 0);
}

TEST(Page, ContinuesWhereTheCursorSays) {
    for (const std::int64_t sequence : {std::int64_t{0}, std::int64_t{1}, std::int64_t{12'345},
                                        std::numeric_limits<std::int64_t>::max()}) {
        EXPECT_EQ(page_of(with_cursor(write_cursor(sequence)))->after, sequence);
    }
}

TEST(Page, RefusesCursorsThatItDidNotGive) {
    for (const char* cursor :
         {"", "*", "MQ==", "MR", "M", "LTE", "MSAx", "bm8", "OTIyMzM3MjAzNjg1NDc3NTgwOA"}) {
        const auto page = page_of(with_cursor(cursor));
        ASSERT_FALSE(page.has_value()) << cursor;
        EXPECT_EQ(page.error().code(), kBadCursor);
    }
}

TEST(Page, GivesBackAnyKey) {
    core::SeededRandom random(7);
    for (std::size_t size = 0; size < 100; ++size) {
        std::string key(size, '\0');
        random.fill(std::as_writable_bytes(std::span(key)));
        EXPECT_EQ(read_cursor(write_cursor(key)), key);
    }
}

TEST(Etag, ProtectsAChangeFromOverwritingAnother) {
    Request request;
    EXPECT_TRUE(check_if_match(request, 3).has_value());
    request.headers["if-match"] = etag_of(3);
    EXPECT_TRUE(check_if_match(request, 3).has_value());
    EXPECT_EQ(check_if_match(request, 4).error().code(), kEtagMismatch);
    request.headers["if-match"] = etag_of(3, "-12.0");
    EXPECT_EQ(request.headers["if-match"], "\"v3.-12.0\"");
    EXPECT_TRUE(check_if_match(request, 3).has_value());
    EXPECT_EQ(check_if_match(request, 4).error().code(), kEtagMismatch);
    for (const char* tag : {"3", "\"3\"", "\"v\"", "\"v3", "W/\"v3\"", "\"v99999999999999999999\"",
                            "", "\"v3.1\", \"v4\"", "\"v3.", "\"v.3\"", "\"v3;1\""}) {
        request.headers["if-match"] = tag;
        EXPECT_EQ(check_if_match(request, 3).error().code(), kBadEtag) << tag;
    }
}

TEST(Etag, KnowsWhatTheCallerHas) {
    Request request;
    EXPECT_FALSE(none_match(request, "\"v1\""));
    request.headers["if-none-match"] = "\"v0\", W/\"v1\" ";
    EXPECT_TRUE(none_match(request, "\"v1\""));
    EXPECT_FALSE(none_match(request, "\"v2\""));
}

TEST(Negotiate, FindsTheLanguage) {
    using core::Language;
    const std::pair<const char*, Language> examples[] = {
        {"", Language::En},
        {"zh", Language::Zh},
        {"zh-CN,zh;q=0.9,en;q=0.8", Language::Zh},
        {"en-US,en;q=0.9,zh;q=0.8", Language::En},
        {"fr, zh-Hant;q=0.1", Language::Zh},
        {"en;q=0.5, zh;q=0.7", Language::Zh},
        {"zho", Language::En},
        {"zh;q=0", Language::En},
        {";;;,,q=,zh;q=x", Language::En},
    };
    for (const auto& [header, language] : examples) {
        EXPECT_EQ(language_of(header), language) << header;
    }
}

TEST(Negotiate, FindsTheCoding) {
    EXPECT_TRUE(admits_coding("br, GZIP", "gzip"));
    EXPECT_TRUE(admits_coding("*", "gzip"));
    EXPECT_FALSE(admits_coding("", "gzip"));
    EXPECT_FALSE(admits_coding("gzip;q=0, *", "gzip"));
    EXPECT_FALSE(admits_coding("br", "gzip"));
}

}  // namespace
}  // namespace kapok::platform::http
