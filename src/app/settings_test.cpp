// What an operator is told of settings and limits is whole, and there is one number for each.

#include "app/settings.h"

#include <chrono>
#include <set>
#include <string_view>

#include <gtest/gtest.h>

#include "app/limit_tables.h"
#include "identity/limits.h"
#include "platform/http/limits.h"

namespace kapok::app {
namespace {

using platform::config::Kind;
using platform::config::Setting;

TEST(Settings, HaveDefaultsThatAreAllowed) {
    platform::config::Inputs nothing;
    nothing.settings = settings();
    EXPECT_TRUE(platform::config::Config::load(nothing));
}

TEST(Settings, TakeTheirDefaultsFromTheModules) {
    platform::config::Inputs nothing;
    nothing.settings = settings();
    const auto config = platform::config::Config::load(nothing).value();
    EXPECT_EQ(std::chrono::seconds(config.integer("identity.session_idle_s")),
              identity::kSessionIdle);
    EXPECT_EQ(std::chrono::seconds(config.integer("identity.session_total_s")),
              identity::kSessionAbsolute);
    EXPECT_EQ(config.text("crypto.suite"), "intl");
    EXPECT_EQ(static_cast<std::size_t>(config.integer("server.header_bytes_max")),
              platform::http::kHeaderBytesMax);
}

TEST(Settings, AndLimitsHaveNamesOfTheirOwnAndTextsInBothLanguages) {
    std::set<std::string_view> names;
    for (const Setting& setting : settings()) {
        EXPECT_TRUE(names.insert(setting.name).second) << setting.name;
        EXPECT_FALSE(setting.en.empty()) << setting.name;
        EXPECT_FALSE(setting.zh.empty()) << setting.name;
        EXPECT_TRUE(setting.kind != Kind::Integer || !setting.unit.empty()) << setting.name;
    }
    for (const core::LimitTable table : limit_tables()) {
        EXPECT_FALSE(table.empty());
        for (const core::Limit& limit : table) {
            EXPECT_TRUE(names.insert(limit.name).second) << limit.name;
            EXPECT_FALSE(limit.unit.empty()) << limit.name;
            EXPECT_FALSE(limit.en.empty()) << limit.name;
            EXPECT_FALSE(limit.zh.empty()) << limit.name;
            EXPECT_GE(limit.value, 0) << limit.name;
        }
    }
    EXPECT_GT(names.size(), 200U);
}

}  // namespace
}  // namespace kapok::app
