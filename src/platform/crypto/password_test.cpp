// Passwords: their hashes verify, carry their cost, and refuse everything else.

#include "platform/crypto/password.h"

#include <gtest/gtest.h>

#include "platform/crypto/errors.h"

namespace kapok::platform::crypto {
namespace {

TEST(Password, VerifiesOnlyItself) {
    core::SeededRandom random(9);
    for (const std::string_view text : {"", "correct horse", "木棉花开", "with\0zero"}) {
        const core::Secret password{std::string(text)};
        const auto stored = hash_password(password, kCheapestPasswordCost, random);
        ASSERT_TRUE(stored.has_value());
        EXPECT_TRUE(verify_password(password, *stored));
        EXPECT_FALSE(verify_password(core::Secret(std::string(text) + " "), *stored));
    }
}

TEST(Password, IsSaltedFromTheGivenRandom) {
    core::SeededRandom one(10);
    core::SeededRandom two(10);
    const core::Secret password("same");
    const auto first = hash_password(password, kCheapestPasswordCost, one);
    EXPECT_EQ(first, hash_password(password, kCheapestPasswordCost, two));
    EXPECT_NE(first, hash_password(password, kCheapestPasswordCost, one));
}

TEST(Password, KnowsWhenItsCostHasChanged) {
    core::SeededRandom random(11);
    const PasswordCost dearer{2, 16'384};
    const auto stored = hash_password(core::Secret("p"), kCheapestPasswordCost, random);
    EXPECT_FALSE(needs_rehash(*stored, kCheapestPasswordCost));
    EXPECT_TRUE(needs_rehash(*stored, dearer));
    const auto raised = hash_password(core::Secret("p"), dearer, random);
    EXPECT_FALSE(needs_rehash(*raised, dearer));
    EXPECT_TRUE(verify_password(core::Secret("p"), *raised));
}

TEST(Password, HasTheDefaultCostOfRfc9106) {
    core::SeededRandom random(12);
    const auto stored = hash_password(core::Secret("p"), PasswordCost{}, random);
    EXPECT_TRUE(stored->starts_with("$argon2id$v=19$m=65536,t=3,p=1$")) << *stored;
}

TEST(Password, RefusesWhatIsNoHashAndWhatIsTooLong) {
    for (const std::string stored : {"", "plain", "$argon2id$", "$argon2id$v=19$m=8,t=1,p=1$AA$AA",
                                     "$argon2i$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$AAAA"}) {
        EXPECT_FALSE(verify_password(core::Secret("plain"), stored)) << stored;
        EXPECT_TRUE(needs_rehash(stored, PasswordCost{})) << stored;
    }
    EXPECT_FALSE(verify_password(core::Secret("p"), std::string(10'000, '$')));
    core::SeededRandom random(13);
    EXPECT_EQ(hash_password(core::Secret(std::string(1'025, 'x')), kCheapestPasswordCost, random)
                  .error()
                  .code(),
              kPasswordTooLong);
}

}  // namespace
}  // namespace kapok::platform::crypto
