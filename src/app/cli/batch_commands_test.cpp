// What `kapok batch` makes of a file of prompts, and how it shows progress.

#include "app/cli/batch_commands.h"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace kapok::app::cli {
namespace {

namespace json = boost::json;

TEST(PromptLines, AreOneRequestAPromptNumberedAsTheFileIs) {
    const std::string lines =
        prompt_lines("你好 \"木棉\"\r\n\n \t\nlast", {"small", "Be brief.", 7});
    const auto cut = lines.find('\n');
    ASSERT_NE(cut, lines.npos);
    const json::value first = json::parse(lines.substr(0, cut));
    const json::value second = json::parse(lines.substr(cut + 1));
    EXPECT_EQ(first.at("custom_id").as_string(), "line-1");
    EXPECT_EQ(second.at("custom_id").as_string(), "line-4");
    EXPECT_EQ(first.at("url").as_string(), "/v1/chat/completions");
    EXPECT_EQ(first.at_pointer("/body/messages/1/content").as_string(), "你好 \"木棉\"");
    EXPECT_EQ(first.at_pointer("/body/messages/0/role").as_string(), "system");
    EXPECT_EQ(second.at_pointer("/body/max_tokens").as_int64(), 7);
    EXPECT_TRUE(prompt_lines("", {"small", "", 0}).empty());
    EXPECT_TRUE(prompt_lines("\n\r\n", {"small", "", 0}).empty());
    const json::value plain = json::parse(prompt_lines("a", {"small", "", 0}));
    EXPECT_EQ(plain.at_pointer("/body/messages").as_array().size(), 1U);
    EXPECT_FALSE(plain.at("body").as_object().contains("max_tokens"));
}

TEST(ProgressLine, FillsUpAndNamesFailures) {
    using core::Language;
    EXPECT_EQ(progress_line(0, 0, 4, Language::En), "[..............................] 0/4");
    EXPECT_EQ(progress_line(2, 0, 4, Language::En), "[###############...............] 2/4");
    EXPECT_EQ(progress_line(4, 1, 4, Language::Zh), "[##############################] 4/4，失败 1");
    EXPECT_EQ(progress_line(0, 0, 0, Language::En), "reading the input");
}

}  // namespace
}  // namespace kapok::app::cli
