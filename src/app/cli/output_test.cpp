// What people and programs get to read.

#include "app/cli/output.h"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace kapok::app::cli {
namespace {

const boost::json::value kPage = boost::json::parse(R"({"items": [
    {"id": "job_1", "name": "算力 test", "cost": {"amount": "1.50", "currency": "CNY"}, "node": null},
    {"id": "job_22", "name": "b\nc", "tags": [1, 2]}], "next_cursor": "x"})");

TEST(Format, AlignsATableAlsoWithWideCharacters) {
    EXPECT_EQ(format(kPage, Output::Table, {"id", "name", "cost"}),
              "ID      NAME       COST\n"
              "job_1   算力 test  1.50 CNY\n"
              "job_22  b c        -\n");
}

TEST(Format, CutsLongCellsOfAListBetweenCharacters) {
    const auto list = boost::json::parse(R"([{"text": ")" + std::string(50, 'x') +
                                         R"(算力算力算力算力算力", "n": 1}])");
    EXPECT_EQ(format(list, Output::Table),
              "TEXT" + std::string(57, ' ') + "N\n" + std::string(50, 'x') + "算力算力…  1\n");
}

TEST(Format, ShowsAnObjectAsARowAMember) {
    EXPECT_EQ(format(boost::json::parse(R"({"id": "x", "count": 3})"), Output::Table),
              "id     x\ncount  3\n");
}

TEST(Format, KeepsEverythingInJsonAndYaml) {
    EXPECT_EQ(boost::json::parse(format(kPage, Output::Json)), kPage);
    EXPECT_EQ(format(boost::json::parse(R"({"a": {"b": ["x", 1]}, "c": []})"), Output::Yaml),
              "a:\n  b:\n    - \"x\"\n    - 1\nc: []\n");
}

TEST(DisplayWidth, CountsChineseTwice) {
    EXPECT_EQ(display_width("abc"), 3U);
    EXPECT_EQ(display_width("算力"), 4U);
    EXPECT_EQ(display_width("é…"), 2U);
    EXPECT_EQ(display_width("\xE7\xAE"), 1U) << "a cut character must not read past its end";
}

}  // namespace
}  // namespace kapok::app::cli
