// Names that people use are accepted; everything that could lead elsewhere, or look like another
// name, is not.

#include "platform/objects/object_name.h"

#include <string>

#include <gtest/gtest.h>

#include "platform/objects/errors.h"
#include "platform/objects/limits.h"

namespace kapok::platform::objects {
namespace {

TEST(ObjectName, MayBeWhatPeopleUse) {
    for (const char* name :
         {"a", "a/b/c.txt", "输出/结果 1.csv", "2026-01-31T00:00:00Z.log", ".hidden", "..a", "a..",
          "...", "-rf", "a b", "~", "%2e%2e", "$(id)", "*", "CON", "a.b/.c"}) {
        EXPECT_TRUE(check_name(name)) << name;
    }
    EXPECT_TRUE(check_name(std::string(kNamePartBytesMax, 'a')));
}

TEST(ObjectName, CannotLeadElsewhereOrHide) {
    const std::string long_part(kNamePartBytesMax + 1, 'a');
    std::string deep = "a";
    for (std::size_t i = 0; i < kNamePartsMax; ++i) {
        deep += "/a";
    }
    std::string long_name;
    while (long_name.size() <= kNameBytesMax) {
        long_name += std::string(100, 'b') + "/";
    }
    long_name += "b";
    for (const std::string& name : {std::string(),
                                    std::string("/"),
                                    std::string("/etc/passwd"),
                                    std::string("a/"),
                                    std::string("a//b"),
                                    std::string("."),
                                    std::string(".."),
                                    std::string("../a"),
                                    std::string("a/.."),
                                    std::string("a/../b"),
                                    std::string("a/./b"),
                                    std::string("a\\b"),
                                    std::string("a\0b", 3),
                                    std::string("a\nb"),
                                    std::string("a\x7F"),
                                    std::string("\xFF"),
                                    std::string("a\xC2\x85"),
                                    std::string("gpj\xE2\x80\xAE.exe"),
                                    std::string("a\xE2\x80\x8B"),
                                    std::string("\xEF\xBB\xBF"
                                                "a"),
                                    std::string("\xC0\xAE\xC0\xAE/a"),
                                    long_part,
                                    deep,
                                    long_name}) {
        const auto checked = check_name(name);
        ASSERT_FALSE(checked) << name;
        EXPECT_EQ(checked.error().code(), kBadName);
        EXPECT_LT(core::render(checked.error(), core::Language::Zh).size(), 400U);
    }
}

}  // namespace
}  // namespace kapok::platform::objects
