// What `kapok verify` takes for a key, and what it says.

#include "app/cli/evidence_commands.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>
#include <unistd.h>

#include "app/evidence/errors.h"
#include "core/random.h"

namespace kapok::app::cli {
namespace {

using platform::crypto::PrivateKey;
using platform::crypto::PublicKey;
using platform::crypto::Suite;

class TrustTest : public testing::Test {
protected:
    void SetUp() override {
        std::string name = std::filesystem::temp_directory_path() / "kapok-trust-XXXXXX";
        const int file = ::mkstemp(name.data());
        ASSERT_GE(file, 0);
        ::close(file);
        name_ = name;
    }
    void TearDown() override { std::filesystem::remove(name_); }

    core::Result<PublicKey> in_file(const std::string& content) {
        std::ofstream(name_, std::ios::trunc) << content;
        return trusted_key(name_);
    }

    core::SeededRandom random_{7};
    std::string name_;
};

TEST_F(TrustTest, TakesAKeyAsTextOrInAFileOfAnyForm) {
    for (const Suite suite : {Suite::Intl, Suite::Sm}) {
        const PublicKey key = PrivateKey::make(suite, random_).public_key();
        EXPECT_EQ(trusted_key(key.text()).value(), key);
        EXPECT_EQ(in_file(key.text() + "\n").value(), key);
        EXPECT_EQ(in_file(key.pem()).value(), key);
        EXPECT_EQ(in_file(R"({"origin": "o", "public_key": ")" + key.text() + "\"}").value(), key);
    }
}

TEST_F(TrustTest, RefusesWhatIsNoKey) {
    for (const std::string wrong :
         {"", "ed25519:", "ed25519:AAAA", "sm2:xx", "/no/such/file", "{}"}) {
        const auto key = trusted_key(wrong);
        ASSERT_FALSE(key) << wrong;
        EXPECT_EQ(key.error().code(), evidence::kBadTrust) << wrong;
    }
    for (const std::string wrong : {"", "rsa:AAAA", "{}", R"({"public_key": 7})", "[1]"}) {
        EXPECT_FALSE(in_file(wrong)) << wrong;
    }
}

TEST(VerifyReport, SaysInBothLanguagesThatAFileIsNoBundle) {
    const evidence::Report report = evidence::verify("{}", std::nullopt);
    EXPECT_FALSE(report.passed());
    Invocation invocation;
    EXPECT_NE(report_text(report, invocation).find("no evidence"), std::string::npos);
    invocation.language = core::Language::Zh;
    EXPECT_NE(report_text(report, invocation).find("核验未通过"), std::string::npos);
    invocation.output = Output::Json;
    const auto json = boost::json::parse(report_text(report, invocation));
    EXPECT_EQ(json.at("verdict").as_string(), "failed");
    EXPECT_EQ(json.at("faults").at(0).at("code").as_string(), "evidence.bad_file");
}

TEST(VerifyReport, HasATextForEachCheckInBothLanguages) {
    for (const evidence::CheckInfo& check : evidence::kChecks) {
        EXPECT_FALSE(check.en.empty()) << check.name;
        EXPECT_FALSE(check.zh.empty()) << check.name;
    }
}

}  // namespace
}  // namespace kapok::app::cli
