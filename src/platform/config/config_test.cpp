// Which source wins, and that nothing misspelt or out of range passes.

#include "platform/config/config.h"

#include <array>

#include <gtest/gtest.h>

#include "platform/config/errors.h"

namespace kapok::platform::config {
namespace {

constexpr std::array<std::string_view, 2> kLevels{"info", "error"};
constexpr std::array kSettings{
    Setting{
        .name = "server.port", .kind = Kind::Integer, .fallback = "8420", .min = 0, .max = 65'535},
    Setting{.name = "server.host", .kind = Kind::Text, .fallback = "127.0.0.1"},
    Setting{.name = "jobs.enabled", .kind = Kind::Boolean, .fallback = "true"},
    Setting{.name = "log.level", .kind = Kind::Text, .fallback = "info", .choices = kLevels},
};

Inputs plain_inputs() {
    Inputs inputs;
    inputs.settings = kSettings;
    inputs.file_name = "kapok.toml";
    return inputs;
}

TEST(Config, PrefersFlagThenEnvironmentThenFileThenDefault) {
    Inputs s = plain_inputs();
    EXPECT_EQ(Config::load(s)->integer("server.port"), 8420);
    s.file_text = "[server]\nport = 1\nhost = \"a\"\n[jobs]\nenabled = false\n";
    EXPECT_EQ(Config::load(s)->integer("server.port"), 1);
    EXPECT_FALSE(Config::load(s)->boolean("jobs.enabled"));
    s.environment["KAPOK_SERVER_PORT"] = "2";
    EXPECT_EQ(Config::load(s)->integer("server.port"), 2);
    s.flags["server.port"] = "3";
    const auto config = Config::load(s);
    EXPECT_EQ(config->integer("server.port"), 3);
    EXPECT_EQ(config->entries()[0].source, Source::Flag);
    EXPECT_EQ(config->entries()[1].source, Source::File);
    EXPECT_EQ(config->text("server.host"), "a");
}

TEST(Config, NamesTheNearestOfAMisspeltSetting) {
    Inputs s = plain_inputs();
    s.file_text = "server.prot = 1\n";
    const auto config = Config::load(s);
    ASSERT_FALSE(config);
    EXPECT_EQ(core::render(config.error(), core::Language::En),
              "kapok.toml has no setting server.prot; the nearest is server.port "
              "(`kapok config show` lists all)");
    s.file_text.clear();
    s.flags["job.enabled"] = "true";
    EXPECT_EQ(Config::load(s).error().code(), kUnknownSetting);
}

TEST(Config, RefusesUnknownVariablesOfItsSections) {
    Inputs s = plain_inputs();
    s.environment = {{"KAPOK_TOKEN", "x"},   // The command line's own.
                     {"KAPOK_JOB_ID", "y"},  // Another program's; the section is "jobs".
                     {"SERVER_PROT", "3"},
                     {"PATH", "/bin"}};
    EXPECT_TRUE(Config::load(s));
    s.environment["KAPOK_SERVER_PROT"] = "3";
    const auto config = Config::load(s);
    ASSERT_FALSE(config);
    EXPECT_EQ(core::render(config.error(), core::Language::En),
              "environment has no setting KAPOK_SERVER_PROT; the nearest is KAPOK_SERVER_PORT "
              "(`kapok config show` lists all)");
    s.environment.erase("KAPOK_SERVER_PROT");
    s.environment["KAPOK_SERVER_"] = "";
    EXPECT_EQ(Config::load(s).error().code(), kUnknownSetting);
}

TEST(Config, HoldsATextToItsChoicesFromEverySource) {
    Inputs s = plain_inputs();
    s.flags["log.level"] = "error";
    EXPECT_EQ(Config::load(s)->text("log.level"), "error");
    for (const std::string_view wrong : {"loud", "", "ERROR", "info "}) {
        s.flags["log.level"] = wrong;
        EXPECT_EQ(core::render(Config::load(s).error(), core::Language::En),
                  "log.level from flag must be info | error, not " + std::string(wrong));
    }
    s.flags.clear();
    s.file_text = "log.level = \"loud\"\n";
    EXPECT_EQ(Config::load(s).error().code(), kBadSetting);
    s.file_text.clear();
    s.environment["KAPOK_LOG_LEVEL"] = "loud";
    EXPECT_EQ(Config::load(s).error().code(), kBadSetting);
}

TEST(Config, RefusesWrongTypesRangesAndFiles) {
    Inputs s = plain_inputs();
    for (const std::string_view text :
         {"server.port = \"x\"", "server.port = 65536", "server.port = -1", "server.port = 1.5",
          "jobs.enabled = 1", "server.port = [1]", "server.port = 99999999999999999999"}) {
        s.file_text = text;
        EXPECT_FALSE(Config::load(s)) << text;
    }
    s.file_text = "a = \n";
    EXPECT_EQ(Config::load(s).error().code(), kBadFile);
}

}  // namespace
}  // namespace kapok::platform::config
