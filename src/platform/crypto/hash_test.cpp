// Digests, message authentication and key derivation against the vectors of their standards.

#include "platform/crypto/hash.h"

#include <string>

#include <gtest/gtest.h>

#include "core/random.h"
#include "platform/crypto/encoding.h"

namespace kapok::platform::crypto {
namespace {

Bytes unhex(std::string_view text) {
    return from_hex(text).value();
}

std::string repeat(std::string_view text, int count) {
    std::string all;
    for (int i = 0; i < count; ++i) {
        all += text;
    }
    return all;
}

struct HashVector {
    Suite suite;
    std::string message;
    std::string_view digest;
};

TEST(Hash, GivesTheDigestsOfFips180AndGbt32905) {
    const HashVector vectors[] = {
        {Suite::Intl, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {Suite::Intl, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {Suite::Intl, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {Suite::Intl, std::string(1'000'000, 'a'),
         "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
        {Suite::Sm, "abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"},
        {Suite::Sm, repeat("abcd", 16),
         "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"},
    };
    for (const auto& [suite, message, digest] : vectors) {
        EXPECT_EQ(to_hex(hash(suite, bytes_of(message))), digest) << message.substr(0, 64);
    }
}

TEST(Hash, IsTheSameInPiecesOfAnySize) {
    core::SeededRandom random(2);
    for (const Suite suite : {Suite::Intl, Suite::Sm}) {
        Bytes message(10'000);
        random.fill(message);
        Hasher hasher(suite);
        for (int round = 0; round < 5; ++round) {
            for (ByteView rest = message; !rest.empty();) {
                const auto size = std::min<std::size_t>(rest.size(), random.below(200));
                hasher.update(rest.first(size));
                rest = rest.subspan(size);
            }
            EXPECT_EQ(hasher.finish(), hash(suite, message));
        }
    }
}

struct HmacVector {
    Suite suite;
    std::string_view key;
    std::string_view message;
    std::string_view digest;
};

TEST(Hmac, GivesTheCodesOfRfc4231) {
    const std::string long_key = repeat("aa", 131);
    const std::string key_of_4 = "0102030405060708090a0b0c0d0e0f10111213141516171819";
    const std::string cd50 = repeat("cd", 50);
    const std::string dd50 = repeat("dd", 50);
    const std::string larger =
        to_hex(bytes_of("Test Using Larger Than Block-Size Key - Hash Key "
                        "First"));
    const std::string larger_data = to_hex(
        bytes_of("This is a test using a larger than block-size key and a larger than block-size "
                 "data. The key needs to be hashed before being used by the HMAC algorithm."));
    const HmacVector vectors[] = {
        {Suite::Intl, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {Suite::Intl, "4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {Suite::Intl, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", dd50,
         "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
        {Suite::Intl, key_of_4, cd50,
         "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
        {Suite::Intl, long_key, larger,
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
        {Suite::Intl, long_key, larger_data,
         "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
    };
    for (const auto& [suite, key, message, digest] : vectors) {
        EXPECT_EQ(to_hex(hmac(suite, unhex(key), unhex(message))), digest);
    }
}

TEST(Hmac, GivesTheCodesOfGmt0042) {
    const std::string twice = repeat("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 2);
    EXPECT_EQ(to_hex(hmac(Suite::Sm,
                          unhex("0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"),
                          bytes_of(twice))),
              "ca05e144ed05d1857840d1f318a4a8669e559fc8391f414485bfdf7bb408963a");
    EXPECT_EQ(to_hex(hmac(Suite::Sm,
                          unhex("0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021"
                                "22232425"),
                          unhex(repeat("cd", 50)))),
              "220bf579ded555393f0159f66c99877822a3ecf610d1552154b41d44b94db3ae");
}

TEST(Hkdf, GivesTheKeysOfRfc5869) {
    EXPECT_EQ(
        to_hex(hkdf(Suite::Intl, unhex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"),
                    unhex("000102030405060708090a0b0c"), unhex("f0f1f2f3f4f5f6f7f8f9"), 42)),
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
    const auto counting = [](int first, int count) {
        Bytes bytes;
        for (int i = 0; i < count; ++i) {
            bytes.push_back(static_cast<std::byte>(first + i));
        }
        return bytes;
    };
    EXPECT_EQ(
        to_hex(hkdf(Suite::Intl, counting(0, 80), counting(0x60, 80), counting(0xB0, 80), 82)),
        "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb"
        "41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87");
    EXPECT_EQ(
        to_hex(
            hkdf(Suite::Intl, unhex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"), {}, {}, 42)),
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

TEST(Hkdf, GivesAsMuchAsAskedAndOtherKeysForOtherLabels) {
    for (const Suite suite : {Suite::Intl, Suite::Sm}) {
        EXPECT_TRUE(hkdf(suite, bytes_of("key"), {}, bytes_of("a"), 0).empty());
        const Bytes most = hkdf(suite, bytes_of("key"), {}, bytes_of("a"), 255 * 32);
        EXPECT_EQ(most.size(), 255U * 32);
        const Bytes less = hkdf(suite, bytes_of("key"), {}, bytes_of("a"), 33);
        EXPECT_TRUE(std::equal(less.begin(), less.end(), most.begin()));
        EXPECT_NE(less, hkdf(suite, bytes_of("key"), {}, bytes_of("b"), 33));
    }
}

TEST(Compare, IsEqualOnlyForEqualBytes) {
    EXPECT_TRUE(equal_constant_time(bytes_of(""), bytes_of("")));
    EXPECT_TRUE(equal_constant_time(bytes_of("abc"), bytes_of("abc")));
    EXPECT_FALSE(equal_constant_time(bytes_of("abc"), bytes_of("abd")));
    EXPECT_FALSE(equal_constant_time(bytes_of("abc"), bytes_of("abcd")));
}

TEST(Suite, HasOneName) {
    EXPECT_EQ(parse_suite("intl"), Suite::Intl);
    EXPECT_EQ(parse_suite("sm"), Suite::Sm);
    EXPECT_EQ(parse_suite("SM"), std::nullopt);
    EXPECT_EQ(parse_suite(""), std::nullopt);
}

TEST(Hasher, TellsAtEachMomentTheDigestOfAllSoFar) {
    for (const Suite suite : {Suite::Intl, Suite::Sm}) {
        Hasher running(suite);
        std::string all;
        EXPECT_EQ(running.so_far(), hash(suite, bytes_of(all)));
        for (int i = 0; i < 200; ++i) {
            const std::string piece(static_cast<std::size_t>(i), 'k');
            running.update(bytes_of(piece));
            all += piece;
            EXPECT_EQ(running.so_far(), hash(suite, bytes_of(all)));
            EXPECT_EQ(running.so_far(), hash(suite, bytes_of(all)));
        }
        Hasher moved = std::move(running);
        EXPECT_EQ(moved.so_far(), hash(suite, bytes_of(all)));
        EXPECT_EQ(moved.finish(), hash(suite, bytes_of(all)));
    }
}

}  // namespace
}  // namespace kapok::platform::crypto
