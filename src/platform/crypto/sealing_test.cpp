// The ciphers against the vectors of their standards, and sealing against every kind of change.

#include "platform/crypto/sealing.h"

#include <string>

#include <gtest/gtest.h>

#include "platform/crypto/ciphers.h"
#include "platform/crypto/encoding.h"
#include "platform/crypto/errors.h"

namespace kapok::platform::crypto {
namespace {

Bytes unhex(std::string_view text) {
    return from_hex(text).value();
}

TEST(Aes256Gcm, GivesTheTextsOfTheGcmSpecification) {
    // McGrew and Viega, test cases 13, 14 and 16, which NIST took over.
    const Bytes zero_key(32);
    const Bytes zero_nonce(12);
    EXPECT_EQ(to_hex(aes256_gcm_encrypt(zero_key, zero_nonce, {}, {})),
              "530f8afbc74536b9a963b4f1c4cb738b");
    EXPECT_EQ(to_hex(aes256_gcm_encrypt(zero_key, zero_nonce, {}, Bytes(16))),
              "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");
    const Bytes key = unhex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
    const Bytes nonce = unhex("cafebabefacedbaddecaf888");
    const Bytes associated = unhex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
    const Bytes plain = unhex(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e"
        "2449a6b525b16aedf5aa0de657ba637b39");
    const Bytes sealed = aes256_gcm_encrypt(key, nonce, associated, plain);
    EXPECT_EQ(
        to_hex(sealed),
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b"
        "1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b");
    EXPECT_EQ(aes256_gcm_decrypt(key, nonce, associated, sealed), plain);
    EXPECT_EQ(aes256_gcm_decrypt(key, nonce, {}, sealed), std::nullopt);
}

TEST(Sm4, GivesTheBlockOfGbt32907AndTheCounterModeOfItsInternetDraft) {
    const Bytes key = unhex("0123456789abcdeffedcba9876543210");
    // The key stream of a counter is that counter encrypted: annex A.1 has this block.
    EXPECT_EQ(to_hex(sm4_ctr(key, key, Bytes(16))), "681edf34d206965e86b3e94f536e4246");
    EXPECT_EQ(
        to_hex(sm4_ctr(key, unhex("000102030405060708090a0b0c0d0e0f"),
                       unhex("aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd"
                             "eeeeeeeeeeeeeeeeffffffffffffffffaaaaaaaaaaaaaaaabbbbbbbbbbbbbbb"
                             "b"))),
        "ac3236cb970cc20791364c395a1342d1a3cbc1878c6f30cd074cce385cdd70c7f234bc0e24c11980fd1286"
        "310ce37b926e02fcd0faa0baf38b2933851d824514");
}

class Sealing : public testing::TestWithParam<Suite> {
protected:
    core::SeededRandom random{8};
    SealingKey key = make_key(1);

    SealingKey make_key(std::uint32_t id) {
        std::array<std::byte, 32> material;
        random.fill(material);
        return {GetParam(), id, material};
    }
};
INSTANTIATE_TEST_SUITE_P(Suites, Sealing, testing::Values(Suite::Intl, Suite::Sm));

TEST_P(Sealing, OpensEverySize) {
    for (std::size_t size = 0; size < 100; ++size) {
        Bytes plain(size);
        random.fill(plain);
        const Bytes sealed = seal(key, plain, bytes_of("place"), random);
        const auto opened = open(std::span(&key, 1), sealed, bytes_of("place"));
        ASSERT_TRUE(opened.has_value());
        EXPECT_EQ(opened->reveal(), text_of(plain));
    }
}

TEST_P(Sealing, NeverGivesTheSameBytesTwice) {
    EXPECT_NE(seal(key, bytes_of("v"), {}, random), seal(key, bytes_of("v"), {}, random));
}

TEST_P(Sealing, FindsEveryChangedMissingAndAddedByte) {
    const Bytes sealed = seal(key, bytes_of("sk-live-0001"), bytes_of("place"), random);
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        Bytes changed = sealed;
        changed[i] ^= static_cast<std::byte>(1U << random.below(8));
        EXPECT_FALSE(open(std::span(&key, 1), changed, bytes_of("place")).has_value()) << i;
        EXPECT_FALSE(
            open(std::span(&key, 1), ByteView(sealed).first(i), bytes_of("place")).has_value());
    }
    Bytes longer = sealed;
    longer.push_back(std::byte{0});
    EXPECT_FALSE(open(std::span(&key, 1), longer, bytes_of("place")).has_value());
}

TEST_P(Sealing, OpensOnlyInItsPlace) {
    const Bytes sealed = seal(key, bytes_of("value"), bytes_of("place"), random);
    for (const std::string_view place : {"", "plac", "places", "other"}) {
        EXPECT_EQ(open(std::span(&key, 1), sealed, bytes_of(place)).error().code(), kCannotOpen);
    }
}

TEST_P(Sealing, ChoosesTheKeyByItsId) {
    const SealingKey old = key;
    const SealingKey keys[] = {make_key(2), old};
    const Bytes sealed = seal(old, bytes_of("value"), {}, random);
    EXPECT_EQ(sealing_key_id(sealed), 1U);
    EXPECT_EQ(open(keys, sealed, {})->reveal(), "value");
    const auto refused = open(std::span(keys).first(1), sealed, {});
    EXPECT_EQ(refused.error(), core::Error(kUnknownSealingKey, {{"key", "1"}}, {}));
    const SealingKey same_id = make_key(1);
    EXPECT_EQ(open(std::span(&same_id, 1), sealed, {}).error().code(), kCannotOpen);
}

}  // namespace
}  // namespace kapok::platform::crypto
