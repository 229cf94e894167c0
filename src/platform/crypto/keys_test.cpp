// Signing keys against the vectors of RFC 8032 and GB/T 32918, their texts, and what must be
// refused.

#include "platform/crypto/keys.h"

#include <gtest/gtest.h>

#include "platform/crypto/encoding.h"
#include "platform/crypto/errors.h"

namespace kapok::platform::crypto {
namespace {

Bytes unhex(std::string_view text) {
    return from_hex(text).value();
}

struct EdVector {
    std::string_view secret;
    std::string_view public_key;
    std::string_view message;
    std::string_view signature;
};

// RFC 8032 section 7.1, tests 1, 2, 3 and SHA(abc).
constexpr EdVector kEdVectors[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b"
     "4"
     "6bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11"
     "d"
     "8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc"
     "6"
     "594a7c15e9716ed28dc027beceea1ec40a"},
    {"833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
     "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3fee"
     "b"
     "bd454d4423643ce80e2a9ac94fa54ca49f",
     "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e"
     "0"
     "303dca179c138ac17ad9bef1177331a704"},
};

// GB/T 32918.5 annex A.2: the recommended curve, user id 1234567812345678.
constexpr std::string_view kSm2Secret =
    "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8";
constexpr std::string_view kSm2Public =
    "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13";
constexpr std::string_view kSm2Signature =
    "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
    "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa";

TEST(Ed25519, SignsAsRfc8032) {
    for (const auto& [secret, its_public, message, signature] : kEdVectors) {
        const auto key = PrivateKey::from_raw(Suite::Intl, unhex(secret));
        ASSERT_TRUE(key.has_value());
        EXPECT_EQ(to_hex(key->public_key().raw()), its_public);
        EXPECT_EQ(to_hex(key->sign(unhex(message))), signature);
        EXPECT_TRUE(key->public_key().verify(unhex(message), unhex(signature)).has_value());
    }
}

TEST(Sm2, DerivesAndVerifiesAsGbt32918) {
    const auto key = PrivateKey::from_raw(Suite::Sm, unhex(kSm2Secret));
    ASSERT_TRUE(key.has_value());
    EXPECT_EQ(to_hex(key->public_key().raw()), kSm2Public);
    const ByteView message = bytes_of("message digest");
    EXPECT_TRUE(key->public_key().verify(message, unhex(kSm2Signature)).has_value());
    EXPECT_TRUE(key->public_key().verify(message, key->sign(message)).has_value());
    EXPECT_EQ(key->public_key().verify(bytes_of("message digesu"), unhex(kSm2Signature)).error(),
              core::Error(kBadSignature, {}, {}));
}

class AnySuite : public testing::TestWithParam<Suite> {};
INSTANTIATE_TEST_SUITE_P(Keys, AnySuite, testing::Values(Suite::Intl, Suite::Sm));

TEST_P(AnySuite, MakesTheSameKeyFromTheSameSeed) {
    core::SeededRandom one(3);
    core::SeededRandom two(3);
    const PrivateKey key = PrivateKey::make(GetParam(), one);
    EXPECT_EQ(key.public_key(), PrivateKey::make(GetParam(), two).public_key());
    EXPECT_FALSE(key.public_key() == PrivateKey::make(GetParam(), one).public_key());
}

TEST_P(AnySuite, ReadsBackEveryForm) {
    core::SeededRandom random(4);
    for (int i = 0; i < 20; ++i) {
        const PrivateKey key = PrivateKey::make(GetParam(), random);
        const PublicKey& its_public = key.public_key();
        EXPECT_EQ(PublicKey::parse(its_public.text()), its_public);
        EXPECT_EQ(PublicKey::from_raw(GetParam(), its_public.raw()), its_public);
        EXPECT_EQ(PublicKey::from_pem(its_public.pem()), its_public);
        EXPECT_EQ(PrivateKey::from_pem(key.pem())->raw().reveal(), key.raw().reveal());
        EXPECT_EQ(PrivateKey::from_raw(GetParam(), bytes_of(key.raw().reveal()))->public_key(),
                  its_public);
        EXPECT_EQ(its_public.id().size(), 16U);
    }
}

TEST_P(AnySuite, FindsEveryChangedByteOfASignatureAndOfAMessage) {
    core::SeededRandom random(5);
    const PrivateKey key = PrivateKey::make(GetParam(), random);
    Bytes message(40);
    random.fill(message);
    Signature signature = key.sign(message);
    for (std::byte& byte : signature) {
        const std::byte kept =
            std::exchange(byte, byte ^ static_cast<std::byte>(1U << random.below(8)));
        EXPECT_FALSE(key.public_key().verify(message, signature).has_value());
        byte = kept;
    }
    for (std::byte& byte : message) {
        const std::byte kept =
            std::exchange(byte, byte ^ static_cast<std::byte>(1U << random.below(8)));
        EXPECT_FALSE(key.public_key().verify(message, signature).has_value());
        byte = kept;
    }
    EXPECT_TRUE(key.public_key().verify(message, signature).has_value());
    EXPECT_FALSE(key.public_key().verify(message, ByteView(signature).first(63)).has_value());
    EXPECT_FALSE(key.public_key().verify(message, {}).has_value());
    const PrivateKey other = PrivateKey::make(GetParam(), random);
    EXPECT_FALSE(other.public_key().verify(message, signature).has_value());
}

TEST_P(AnySuite, SignsTheEmptyMessageAndAMegabyte) {
    core::SeededRandom random(6);
    const PrivateKey key = PrivateKey::make(GetParam(), random);
    const Bytes large(1'000'000, std::byte{7});
    for (const ByteView message : {ByteView(), ByteView(large)}) {
        EXPECT_TRUE(key.public_key().verify(message, key.sign(message)).has_value());
    }
}

TEST(Keys, RefuseTextsThatAreNoKey) {
    const std::string good = "ed25519:" + to_base64url(unhex(kEdVectors[0].public_key));
    EXPECT_TRUE(PublicKey::parse(good).has_value());
    for (const std::string& text :
         {std::string(), std::string("ed25519:"), good + "A", good + "=", good.substr(1),
          "ED" + good.substr(2), " " + good, good.substr(0, good.size() - 1),
          "sm2:" + good.substr(8), "ed25519:" + to_base64url(unhex(kSm2Public)),
          std::string("rsa:AAAA"), std::string(1'000'000, 'e')}) {
        EXPECT_EQ(PublicKey::parse(text).error().code(), kBadKeyText) << text.substr(0, 100);
    }
}

TEST(Keys, RefusePointsOfSmallOrderAndPointsOffTheCurve) {
    Bytes identity(32);
    EXPECT_FALSE(PublicKey::from_raw(Suite::Intl, identity).has_value());
    identity[0] = std::byte{1};
    EXPECT_FALSE(PublicKey::from_raw(Suite::Intl, identity).has_value());
    Bytes point = unhex(kSm2Public);
    point.back() ^= std::byte{1};
    EXPECT_EQ(PublicKey::from_raw(Suite::Sm, point).error().code(), kBadKey);
    point = unhex(kSm2Public);
    point.front() = std::byte{6};  // The hybrid form: the same point, another text.
    EXPECT_FALSE(PublicKey::from_raw(Suite::Sm, point).has_value());
    EXPECT_FALSE(PublicKey::from_raw(Suite::Sm, Bytes(1)).has_value());
}

TEST(Keys, RefuseScalarsOutOfRange) {
    EXPECT_FALSE(PrivateKey::from_raw(Suite::Sm, Bytes(32)).has_value());
    EXPECT_FALSE(PrivateKey::from_raw(Suite::Sm, Bytes(32, std::byte{0xFF})).has_value());
    // n - 1, which SM2 excludes: a signature would divide by zero.
    EXPECT_FALSE(
        PrivateKey::from_raw(
            Suite::Sm, unhex("fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54122"))
            .has_value());
    EXPECT_FALSE(PrivateKey::from_raw(Suite::Sm, Bytes(31, std::byte{1})).has_value());
    EXPECT_FALSE(PrivateKey::from_raw(Suite::Intl, Bytes(33, std::byte{1})).has_value());
}

TEST(Keys, RefuseOtherPem) {
    core::SeededRandom random(7);
    const PrivateKey key = PrivateKey::make(Suite::Intl, random);
    EXPECT_FALSE(PublicKey::from_pem("").has_value());
    EXPECT_FALSE(PublicKey::from_pem("-----BEGIN PUBLIC KEY-----\n").has_value());
    EXPECT_FALSE(PublicKey::from_pem(key.pem().reveal()).has_value());
    EXPECT_FALSE(PrivateKey::from_pem(core::Secret(key.public_key().pem())).has_value());
    EXPECT_FALSE(PrivateKey::from_pem(core::Secret("算力")).has_value());
}

}  // namespace
}  // namespace kapok::platform::crypto
