// Sealed keys open with their passphrase only, and nothing of them shows.

#include "app/backup/secrets.h"

#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "app/backup/errors.h"
#include "platform/crypto/errors.h"

namespace kapok::app::backup {
namespace {

namespace crypto = platform::crypto;

const core::Secret kPassphrase("木棉花开红似火，广州城里春来早");

class Sealed : public testing::TestWithParam<crypto::Suite> {
protected:
    std::string seal(std::optional<core::Secret> settings) {
        const Secrets secrets{core::Secret("canary-of-the-key"), std::move(settings)};
        return seal_secrets(secrets, kPassphrase, GetParam(), random_,
                            crypto::kCheapestPasswordCost)
            .value();
    }

    core::SystemRandom random_;
};

TEST_P(Sealed, OpensWithItsPassphraseOnly) {
    const std::string sealed = seal(core::Secret("url = 'postgres://canary'\n"));
    EXPECT_EQ(sealed.find("canary"), sealed.npos);
    const auto opened = open_secrets(sealed, kPassphrase);
    ASSERT_TRUE(opened.has_value());
    EXPECT_EQ(opened->master_key.reveal(), "canary-of-the-key");
    EXPECT_EQ(opened->settings.value().reveal(), "url = 'postgres://canary'\n");
    EXPECT_EQ(open_secrets(sealed, core::Secret("another passphrase")).error().code(),
              crypto::kCannotOpen);
    EXPECT_FALSE(open_secrets(seal({}), kPassphrase).value().settings.has_value());
}

TEST_P(Sealed, IsRefusedWhenAnyByteChanged) {
    const std::string sealed = seal({});
    for (std::size_t i = 0; i + 1 < sealed.size(); ++i) {
        std::string changed = sealed;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(open_secrets(changed, kPassphrase).has_value()) << i << " " << sealed[i];
    }
    EXPECT_FALSE(open_secrets("", kPassphrase).has_value());
    EXPECT_FALSE(open_secrets("[]", kPassphrase).has_value());
}

TEST_P(Sealed, CannotAskForAllOfTheMemory) {
    std::string sealed = seal({});
    const std::string_view cost = "\"memory_bytes\":8192";
    sealed.replace(sealed.find(cost), cost.size(), "\"memory_bytes\":1099511627776");
    EXPECT_EQ(open_secrets(sealed, kPassphrase).error().code(), crypto::kCannotOpen);
}

INSTANTIATE_TEST_SUITE_P(Suites, Sealed, testing::Values(crypto::Suite::Intl, crypto::Suite::Sm));

TEST(Passphrase, IsTheFirstLineOfAFileOfItsOwner) {
    const std::string file = testing::TempDir() + "/kapok-passphrase";
    const auto code = [&](const std::string& content, mode_t mode) {
        ::unlink(file.c_str());
        std::ofstream(file) << content;
        ::chmod(file.c_str(), mode);
        const auto read = read_passphrase(file);
        return read ? std::string(read->reveal()) : std::string(read.error().code().name);
    };
    EXPECT_EQ(code("seventeen cranes\r\nnot this\n", 0600), "seventeen cranes");
    EXPECT_EQ(code("木棉花开红似火广州春天早", 0600), "木棉花开红似火广州春天早");
    EXPECT_EQ(code("short\n", 0600), kBadPassphrase.name);
    EXPECT_EQ(code("木棉花开\n", 0600), kBadPassphrase.name);
    EXPECT_EQ(code("", 0600), kBadPassphrase.name);
    EXPECT_EQ(code("seventeen cranes\n", 0644), crypto::kKeyFileExposed.name);
    ::unlink(file.c_str());
    EXPECT_EQ(read_passphrase(file).error().code(), crypto::kKeyFileMissing);
}

}  // namespace
}  // namespace kapok::app::backup
