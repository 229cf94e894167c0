// Which names and passwords are taken, by example, and that hostile bytes never are.

#include "identity/names.h"

#include <gtest/gtest.h>

#include "core/random.h"
#include "identity/errors.h"
#include "identity/limits.h"

namespace kapok::identity {
namespace {

TEST(UserName, IsPlainAscii) {
    for (const std::string_view name : {"admin", "a1", "li.wei@gz-lab_2"}) {
        EXPECT_TRUE(check_user_name(name).has_value()) << name;
    }
    const std::string longest(kUserNameBytesMax, 'a');
    EXPECT_TRUE(check_user_name(longest).has_value());
    EXPECT_FALSE(check_user_name(longest + "a").has_value());
    for (const std::string_view name : {"", "a", "1a", "Admin", "ad min", "аdmin" /* Cyrillic а */,
                                        "李伟", "admin\n", "a/b", "-a"}) {
        EXPECT_EQ(check_user_name(name).error().code(), kBadUserName) << name;
    }
}

TEST(UserName, IsFoundHoweverItWasTyped) {
    EXPECT_EQ(fold_user_name("Admin"), "admin");
    EXPECT_EQ(fold_user_name("ÀB"), "Àb");
    EXPECT_EQ(fold_user_name(std::string(5'000, 'A')).size(), kUserNameBytesMax + 1);
}

TEST(Name, MayBeInAnyLanguage) {
    for (const std::string_view name : {"广州算力中心", "Crédit Lab", "Pearl River 2", "🌳"}) {
        EXPECT_TRUE(check_name(name, 128).has_value()) << name;
    }
}

TEST(Name, HasNothingInvisible) {
    using std::string_view_literals::operator""sv;
    for (const std::string_view name :
         {""sv, " a"sv, "a "sv, "\u3000a"sv, "a\u00A0"sv, "a\0b"sv, "a\nb"sv, "a\u200Bb"sv,
          "a\u202Eb"sv, "\uFEFFa"sv, "e\u0301"sv /* é decomposed */, "a\u00ADb"sv,
          "\U000E0041"sv}) {
        EXPECT_EQ(check_name(name, 128).error().code(), kBadName) << name;
    }
    EXPECT_FALSE(check_name("abc", 2).has_value());
    EXPECT_TRUE(check_text("two\nlines", 128).has_value());
    EXPECT_TRUE(check_text("", 128).has_value());
    EXPECT_EQ(check_text("bell\a", 128).error().code(), kBadText);
}

TEST(Name, IsUtf8) {
    for (const std::string_view name :
         {"\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF8", "\x80",
          "\xE4\xB8", "a\xFF", "\xC3"}) {
        EXPECT_FALSE(check_name(name, 128).has_value());
    }
}

// Property: random bytes are judged without reading past their end (the sanitizers watch).
TEST(Name, SurvivesRandomBytes) {
    core::SeededRandom random(9);
    for (int round = 0; round < 20'000; ++round) {
        std::string name(random.below(6), '\0');
        for (char& c : name) {
            c = static_cast<char>(0x70 + random.below(0x90));
        }
        const std::string exact(name.begin(), name.end());
        (void)check_name(exact, 128);
    }
}

TEST(Password, HasASizeAndSomeVariety) {
    EXPECT_TRUE(check_password("木棉花开了，correct", "li").has_value());
    EXPECT_TRUE(check_password(std::string(1'020, 'a') + "bcde", "li").has_value());
    for (const std::string& password :
         {std::string(), std::string("short1!"), std::string("aaaaaaaaaaaaaaaaaa"),
          std::string(1'021, 'a') + "bcde", std::string(8'000'000, 'x') + "abcdef"}) {
        EXPECT_EQ(check_password(password, "li").error().code(), kWeakPassword);
    }
    EXPECT_FALSE(check_password("my-Li.Wei-2026!", "li.wei").has_value());
}

}  // namespace
}  // namespace kapok::identity
