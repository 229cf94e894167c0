#include "app/server/console_assets.h"

#include <array>

#include <gtest/gtest.h>

namespace kapok::app {
namespace {

constexpr std::array<ConsoleFile, 2> kFiles{{
    {.path = "/index.html", .bytes = "<html>", .gzip = "packed", .etag = "\"1\""},
    {.path = "/assets/main-1a.js", .bytes = "run()", .gzip = {}, .etag = "\"2\""},
}};

TEST(ConsoleAssets, HashedNamesAreKeptForEverAndThePageIsNot) {
    const auto assets = make_console_assets(kFiles);
    const auto script = assets->find("/assets/main-1a.js");
    ASSERT_TRUE(script);
    EXPECT_EQ(script->content_type, "text/javascript; charset=utf-8");
    EXPECT_TRUE(script->immutable);
    const auto index = assets->find("/");
    ASSERT_TRUE(index);
    EXPECT_EQ(index->bytes, "<html>");
    EXPECT_EQ(index->gzip, "packed");
    EXPECT_FALSE(index->immutable);
}

TEST(ConsoleAssets, APageOfTheConsoleIsItsIndex) {
    const auto assets = make_console_assets(kFiles);
    for (const auto path : {"/bill", "/projects/prj_1", "/apiary"}) {
        const auto found = assets->find(path);
        ASSERT_TRUE(found) << path;
        EXPECT_EQ(found->bytes, "<html>") << path;
    }
}

TEST(ConsoleAssets, WhatIsNotTheConsolesIsNotFound) {
    const auto assets = make_console_assets(kFiles);
    for (const auto path :
         {"/api", "/api/v1/nothing", "/v1/nothing", "/metrics", "/assets/old.js", "/favicon.ico"}) {
        EXPECT_FALSE(assets->find(path)) << path;
    }
}

TEST(ConsoleAssets, NoScriptFromElsewhereAndNoneInline) {
    const auto index = make_console_assets(kFiles)->find("/");
    ASSERT_TRUE(index);
    const auto policy = index->headers.find("content-security-policy");
    ASSERT_NE(policy, index->headers.end());
    EXPECT_TRUE(policy->second.contains("script-src 'self';"));
    EXPECT_FALSE(policy->second.contains("unsafe-eval"));
}

TEST(ConsoleAssets, AProgramWithoutTheConsoleSaysSo) {
    const auto index = make_console_assets({})->find("/");
    ASSERT_TRUE(index);
    EXPECT_TRUE(index->bytes.contains("tools/console"));
    EXPECT_TRUE(index->bytes.contains("控制台"));
    EXPECT_FALSE(make_console_assets({})->find("/api/v1/nothing"));
}

}  // namespace
}  // namespace kapok::app
