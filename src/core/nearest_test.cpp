// Which name a mistyped one is taken for.

#include "core/nearest.h"

#include <array>
#include <span>
#include <string>

#include <gtest/gtest.h>

namespace kapok::core {
namespace {

TEST(EditDistance, CountsWhatMustChange) {
    EXPECT_EQ(edit_distance("", ""), 0U);
    EXPECT_EQ(edit_distance("", "job"), 3U);
    EXPECT_EQ(edit_distance("job", ""), 3U);
    EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
    EXPECT_EQ(edit_distance("prot", "port"), 2U);
}

TEST(Nearest, TakesTheFirstOfTheClosest) {
    constexpr std::array<std::string_view, 3> kNames{"job", "jab", "deployment"};
    EXPECT_EQ(nearest("jxb", kNames), "job");
    EXPECT_EQ(nearest("deploymnet", kNames), "deployment");
    EXPECT_EQ(nearest("", kNames), "job");
    EXPECT_EQ(nearest("job", std::span<const std::string_view>()), "");
    EXPECT_EQ(nearest(std::string(10'000, 'x'), kNames), "job");
}

}  // namespace
}  // namespace kapok::core
