// The texts of bytes: each value has one, and nothing else is accepted.

#include "platform/crypto/encoding.h"

#include <gtest/gtest.h>

#include "core/random.h"

namespace kapok::platform::crypto {
namespace {

TEST(Encoding, IsThatOfRfc4648) {
    EXPECT_EQ(to_base64url(bytes_of("")), "");
    EXPECT_EQ(to_base64url(bytes_of("f")), "Zg");
    EXPECT_EQ(to_base64url(bytes_of("foobar")), "Zm9vYmFy");
    EXPECT_EQ(to_base64url(bytes_of("\xFB\xFF")), "-_8");
    EXPECT_EQ(to_hex(bytes_of("foobar")), "666f6f626172");
}

TEST(Encoding, ReadsBackEverySize) {
    core::SeededRandom random(1);
    for (std::size_t size = 0; size < 300; ++size) {
        Bytes bytes(size);
        random.fill(bytes);
        EXPECT_EQ(from_hex(to_hex(bytes)), bytes);
        EXPECT_EQ(from_base64url(to_base64url(bytes)), bytes);
    }
}

TEST(Encoding, AcceptsOneTextAValue) {
    for (const std::string_view text : {"0", "0G", "0a0", "0A", " 0a", "0a ", "0a:0b"}) {
        EXPECT_EQ(from_hex(text), std::nullopt) << text;
    }
    // Padding, the other alphabet, bits beyond the last byte, white space, a lone character.
    for (const std::string_view text : {"Zg==", "+/8", "Zh", "Zg ", " Zg", "Z", "Zg\n", "算力"}) {
        EXPECT_EQ(from_base64url(text), std::nullopt) << text;
    }
}

// libsodium 1.0.18 reads each byte from 80 on as "_".
TEST(Encoding, AcceptsOneByteADigit) {
    for (unsigned byte = 0; byte < 256; ++byte) {
        const std::string text{'A', static_cast<char>(byte), 'A', 'A'};
        if (const auto bytes = from_base64url(text)) {
            EXPECT_EQ(to_base64url(*bytes), text) << byte;
        }
        if (const auto bytes = from_hex(text)) {
            EXPECT_EQ(to_hex(*bytes), text) << byte;
        }
    }
}

TEST(Encoding, ChecksWithTheUsualCrc) {
    EXPECT_EQ(crc32(bytes_of("123456789")), 0xCBF43926U);
    EXPECT_EQ(crc32(bytes_of("")), 0U);
}

}  // namespace
}  // namespace kapok::platform::crypto
