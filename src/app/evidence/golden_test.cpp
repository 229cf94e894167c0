// Goal: a bundle that somebody has kept holds for ever, whatever becomes of the program that made
// it.

#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

#include "app/cli/evidence_commands.h"
#include "app/evidence/verify.h"

namespace kapok::app::evidence {
namespace {

std::string content_of(const std::string& name) {
    std::ifstream file("tests/fixtures/evidence/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Golden, BundlesOfBeforeStillHold) {
    for (const std::string suite : {"intl", "sm", "intl-2", "sm-2"}) {
        const std::string file = content_of(suite + ".json");
        ASSERT_FALSE(file.empty()) << suite;
        const auto key = cli::trusted_key("tests/fixtures/evidence/" + suite + ".key");
        ASSERT_TRUE(key) << suite;
        const Report report = verify(file, *key);
        EXPECT_TRUE(report.passed()) << suite;
        EXPECT_EQ(report.checks.size(), kChecks.size());
        for (const Check& check : report.checks) {
            EXPECT_GT(check.count, 0U) << suite << " " << info(check.name).name;
        }
    }
}

TEST(Golden, OneSuitesKeyIsNotTheOthers) {
    const auto key = cli::trusted_key("tests/fixtures/evidence/sm.key");
    ASSERT_TRUE(key);
    EXPECT_FALSE(verify(content_of("intl.json"), *key).passed());
}

}  // namespace
}  // namespace kapok::app::evidence
