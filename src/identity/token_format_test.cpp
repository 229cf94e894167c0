// Tokens that we wrote are read back; nothing else is.

#include "identity/token_format.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

#include "core/clock.h"

namespace kapok::identity {
namespace {

const core::ManualClock kClock(core::Timestamp(std::chrono::hours(24 * 365 * 56)));

std::string sample(core::Random& random) {
    const core::Uuid id = core::make_uuid(kClock, random);
    return std::string(make_token(kApiKeyPrefix, "live", id, random).reveal());
}

TEST(TokenFormat, ReadsWhatItWrote) {
    core::SeededRandom random(1);
    for (const std::string_view environment : {"live", "test", "a", "0123456789abcdef"}) {
        const core::Uuid id = core::make_uuid(kClock, random);
        const core::Secret token = make_token(kEnrollmentPrefix, environment, id, random);
        const auto parts = parse_token(kEnrollmentPrefix, token.reveal());
        ASSERT_TRUE(parts.has_value());
        EXPECT_EQ(parts->environment, environment);
        EXPECT_EQ(parts->id, id);
    }
}

TEST(TokenFormat, LooksAsTheDocumentsSay) {
    core::SeededRandom random(2);
    const std::string text = sample(random);
    EXPECT_EQ(text.substr(0, 9), "kpk_live_");
    EXPECT_EQ(text.size(), 9U + 26 + 1 + 40 + 6);
}

TEST(TokenFormat, TellsKeysFromEnrollmentTokens) {
    core::SeededRandom random(3);
    EXPECT_FALSE(parse_token(kEnrollmentPrefix, sample(random)).has_value());
}

// Property: every single changed, missing or added character is noticed.
TEST(TokenFormat, NoticesEverySingleChange) {
    core::SeededRandom random(4);
    const std::string text = sample(random);
    for (std::size_t i = 0; i < text.size(); ++i) {
        for (int c = 0; c < 256; ++c) {
            std::string changed = text;
            changed[i] = static_cast<char>(c);
            EXPECT_EQ(parse_token(kApiKeyPrefix, changed).has_value(), changed == text);
        }
        std::string cut = text;
        cut.erase(i, 1);
        EXPECT_FALSE(parse_token(kApiKeyPrefix, cut).has_value());
        EXPECT_FALSE(parse_token(kApiKeyPrefix, text.substr(0, i)).has_value());
        std::string longer = text;
        longer.insert(i, 1, '0');
        EXPECT_FALSE(parse_token(kApiKeyPrefix, longer).has_value());
    }
}

TEST(TokenFormat, RefusesWhatIsNoToken) {
    const std::string huge(1'000'000, 'k');
    for (const std::string_view text :
         {std::string_view(), std::string_view("kpk"), std::string_view("______"),
          std::string_view("kpk_live__"), std::string_view("Bearer x"), std::string_view(huge)}) {
        EXPECT_FALSE(parse_token(kApiKeyPrefix, text).has_value());
    }
}

TEST(TokenFormat, NeverRepeatsItself) {
    core::SystemRandom random;
    std::set<std::string> seen;
    for (int i = 0; i < 1'000; ++i) {
        EXPECT_TRUE(seen.insert(sample(random)).second);
    }
}

TEST(TokenFormat, KnowsEnvironments) {
    for (const std::string_view name : {"", "Live", "li_ve", "a-b", "abcdefghijklmnopq", "中"}) {
        EXPECT_FALSE(is_environment(name)) << name;
    }
}

}  // namespace
}  // namespace kapok::identity
