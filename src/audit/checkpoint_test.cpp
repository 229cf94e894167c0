// Checkpoints against Go's golang.org/x/mod/sumdb/note (its documented key pair), and against
// changes: of a note with one signature, no byte can be changed, left out or added unnoticed.

#include "audit/checkpoint.h"

#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "audit/errors.h"
#include "core/random.h"
#include "core/timestamp.h"
#include "platform/crypto/encoding.h"

namespace kapok::audit {
namespace {

namespace crypto = platform::crypto;

constexpr std::string_view kGoKey =
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
constexpr std::string_view kGoText =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n";
constexpr std::string_view kGoSignature =
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=";

TEST(Note, NamesKeysAsGoDoes) {
    const auto typed = from_base64(kGoKey.substr(kGoKey.rfind('+') + 1)).value();
    const auto key = crypto::PublicKey::from_raw(Suite::Intl, std::span(typed).subspan(1)).value();
    EXPECT_EQ(verifier_key("PeterNeumann", key), kGoKey);
    const auto signature = from_base64(kGoSignature).value();
    EXPECT_EQ(crypto::to_hex(std::span(signature).first(4)), "c74f20a3");
    EXPECT_TRUE(key.verify(crypto::bytes_of(kGoText), std::span(signature).subspan(4)));
}

TEST(Base64, HasOneTextForEachValue) {
    const auto bytes = crypto::from_hex("00ff10ef3eabcd").value();
    for (std::size_t size = 0; size <= bytes.size(); ++size) {
        const auto text = to_base64(std::span(bytes).first(size));
        EXPECT_EQ(text.size() % 4, 0U);
        EXPECT_TRUE(std::ranges::equal(from_base64(text).value(), std::span(bytes).first(size)));
    }
    for (const auto* bad : {"A", "AA", "AAA", "AB==", "AA=A", "A===", "====", "-_AA", "AA==\n"}) {
        EXPECT_FALSE(from_base64(bad).has_value()) << bad;
    }
}

class CheckpointNote : public testing::TestWithParam<Suite> {
protected:
    static Checkpoint checkpoint() {
        return {"kapok.example/log",
                {20'852'163, crypto::hash(GetParam(), crypto::bytes_of("leaves"))},
                core::parse_rfc3339("2026-01-31T08:09:10.000011Z").value()};
    }

    core::SeededRandom random_{7};
    crypto::PrivateKey key_ = crypto::PrivateKey::make(GetParam(), random_);
    crypto::PrivateKey other_key_ = crypto::PrivateKey::make(GetParam(), random_);
};

INSTANTIATE_TEST_SUITE_P(Suites, CheckpointNote, testing::Values(Suite::Intl, Suite::Sm));

TEST_P(CheckpointNote, IsReadBackByWhoKnowsTheKey) {
    const std::string note = sign_checkpoint(checkpoint(), key_);
    EXPECT_TRUE(note.starts_with("kapok.example/log\n20852163\n")) << note;
    EXPECT_TRUE(note.contains("=\ntime 2026-01-31T08:09:10.000011Z\n\n— kapok.example/log "));
    EXPECT_EQ(verify_checkpoint(note, key_.public_key()).value(), checkpoint());
    EXPECT_EQ(verify_checkpoint(note, other_key_.public_key()).error().code(),
              kCheckpointNotSigned);
    EXPECT_EQ(signature_count(note), 1U);
}

TEST_P(CheckpointNote, HidesNoChangedMissingOrAddedByte) {
    const std::string note = sign_checkpoint(checkpoint(), key_);
    for (std::size_t at = 0; at < note.size(); ++at) {
        for (const int bit : {0, 1, 4, 5, 7}) {
            std::string changed = note;
            changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
            EXPECT_FALSE(verify_checkpoint(changed, key_.public_key())) << at;
        }
        std::string shorter = note;
        EXPECT_FALSE(verify_checkpoint(shorter.erase(at, 1), key_.public_key())) << at;
        std::string longer = note;
        EXPECT_FALSE(verify_checkpoint(longer.insert(at, 1, '\n'), key_.public_key())) << at;
    }
    EXPECT_FALSE(verify_checkpoint(note + "\n", key_.public_key()));
    EXPECT_FALSE(verify_checkpoint("", key_.public_key()));
}

TEST_P(CheckpointNote, AllowsWitnessesAfterItsOwnSignature) {
    const std::string note = sign_checkpoint(checkpoint(), key_);
    const std::string witnessed = note + "— witness.example/w1 AAAAAAEC\n";
    EXPECT_TRUE(verify_checkpoint(witnessed, key_.public_key()));
    EXPECT_EQ(signature_count(witnessed), 2U);
    EXPECT_FALSE(verify_checkpoint(note + "— witness.example/w1 AAA\n", key_.public_key()));
    // A second signature under our name and number must be good, too.
    const auto line = note.substr(note.find("— "));
    std::string forged = line;
    forged[forged.size() - 20] = forged[forged.size() - 20] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(verify_checkpoint(note + forged, key_.public_key()));
}

TEST_P(CheckpointNote, RefusesSpellingsThatItWouldNotWrite) {
    const auto sign = [&](const std::string& text) {
        const std::string note = sign_checkpoint(checkpoint(), key_);
        std::string line = note.substr(note.find("— "));
        const auto at = line.rfind(' ') + 1;
        auto bytes = from_base64(std::string_view(line).substr(at, line.size() - at - 1)).value();
        bytes.resize(4);
        const auto signature = key_.sign(crypto::bytes_of(text));
        bytes.insert(bytes.end(), signature.begin(), signature.end());
        return fmt::format("{}\n{}{}\n", text, line.substr(0, at), to_base64(bytes));
    };
    const std::string root = to_base64(checkpoint().head.root);
    const auto text = [&](std::string_view size, std::string_view time) {
        return fmt::format("kapok.example/log\n{}\n{}\n{}\n", size, root, time);
    };
    constexpr std::string_view kGoodTime = "time 2026-01-31T08:09:10.000011Z";
    EXPECT_TRUE(verify_checkpoint(sign(text("7", kGoodTime)), key_.public_key()));
    EXPECT_TRUE(verify_checkpoint(sign(text("0", kGoodTime)), key_.public_key()));
    for (const auto* size : {"07", "", "-1", "+7", " 7", "7 ", "18446744073709551616", "7a"}) {
        EXPECT_FALSE(verify_checkpoint(sign(text(size, kGoodTime)), key_.public_key())) << size;
    }
    for (const auto* time :
         {"", "time ", "2026-01-31T08:09:10.000011Z", "time 2026-01-31T08:09:10Z",
          "time 2026-01-31T08:09:10.000011Z\nmore"}) {
        EXPECT_FALSE(verify_checkpoint(sign(text("7", time)), key_.public_key())) << time;
    }
}

TEST(Origin, IsAKeyNameOfANote) {
    EXPECT_TRUE(is_origin("kapok.example/log"));
    for (const std::string_view bad : {"", "a b", "a+b", "木棉", "a\nb", "a\x7F"}) {
        EXPECT_FALSE(is_origin(bad)) << bad;
    }
    EXPECT_FALSE(is_origin(std::string(129, 'a')));
}

}  // namespace
}  // namespace kapok::audit
