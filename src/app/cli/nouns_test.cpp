// The command line as a whole: no two commands are typed alike, and each says what it does in both
// languages.

#include "app/cli/nouns.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

#include "app/error_tables.h"

namespace kapok::app::cli {
namespace {

TEST(Commands, AreTypedDifferentlyAndHaveHelpInBothLanguages) {
    std::set<std::string> typed;
    for (const Command& command : all_commands()) {
        EXPECT_TRUE(typed.insert(command.noun + " " + command.verb).second)
            << command.noun << " " << command.verb;
        EXPECT_FALSE(command.help.en.empty()) << command.noun << " " << command.verb;
        EXPECT_FALSE(command.help.zh.empty()) << command.noun << " " << command.verb;
        std::set<std::string> options;
        for (const Option& option : command.options) {
            EXPECT_TRUE(options.insert(option.name).second)
                << command.noun << " " << command.verb << " --" << option.name;
            EXPECT_FALSE(option.help.zh.empty()) << command.noun << " --" << option.name;
        }
    }
    EXPECT_GT(typed.size(), 30U);
}

TEST(Errors, HaveOneCodeEach) {
    std::set<std::string_view> codes;
    for (const core::ErrorTable table : error_tables()) {
        for (const core::ErrorCode* code : table) {
            EXPECT_TRUE(codes.insert(code->name).second) << code->name;
            EXPECT_FALSE(code->zh.empty()) << code->name;
        }
    }
    EXPECT_NE(find_error("exchange.no_price"), nullptr);
    EXPECT_EQ(find_error("exchange.nonsense"), nullptr);
}

}  // namespace
}  // namespace kapok::app::cli
