// The built-in authority: what it issues is accepted for its use and its time, and nothing else is.

#include "platform/crypto/certificates.h"

#include <gtest/gtest.h>

#include "core/timestamp.h"
#include "platform/crypto/errors.h"
#include "platform/crypto/keys.h"

namespace kapok::platform::crypto {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr core::Timestamp kNow = core::from_micros(1'795'000'000'123'456);
constexpr hours kTenYears{24 * 3'650};

class Certificates : public testing::Test {
protected:
    core::ManualClock clock{kNow};
    core::SeededRandom random{15};
    CertifiedKey root =
        CertificateAuthority::create("Kapok test", kTenYears, clock, random).value();
    CertificateAuthority authority = CertificateAuthority::load(root).value();

    std::string agent_certificate(std::string_view id) {
        const auto request = make_key_request("hint", random);
        return authority
            .issue_agent(request->request_pem, id, kAgentCertificateValidity, clock, random)
            .value();
    }
    core::Result<CertificateInfo> verify(std::string_view pem, CertificateUse use) {
        return verify_certificate(authority.certificate_pem(), pem, use, clock.now());
    }
};

TEST_F(Certificates, OfTheAuthoritySaySo) {
    const auto info = parse_certificate(root.certificate_pem);
    ASSERT_TRUE(info.has_value());
    EXPECT_TRUE(info->is_authority);
    EXPECT_EQ(info->common_name, "Kapok test");
    EXPECT_EQ(info->issuer_common_name, "Kapok test");
    EXPECT_EQ(info->serial.size(), 32U);
    EXPECT_EQ(info->fingerprint.size(), 64U);
}

TEST_F(Certificates, ForServersCarryEveryName) {
    const auto issued = authority.issue_server(
        {"kapok.example.cn", "*.example.cn", "127.0.0.1", "::1", "localhost"}, hours(24), clock,
        random);
    ASSERT_TRUE(issued.has_value());
    const auto info = verify(issued->certificate_pem, CertificateUse::Server);
    ASSERT_TRUE(info.has_value());
    EXPECT_EQ(info->common_name, "kapok.example.cn");
    EXPECT_EQ(info->dns_names,
              (std::vector<std::string>{"kapok.example.cn", "*.example.cn", "localhost"}));
    EXPECT_EQ(info->ip_addresses, (std::vector<std::string>{"127.0.0.1", "::1"}));
    EXPECT_FALSE(info->is_authority);
    EXPECT_FALSE(verify(issued->certificate_pem, CertificateUse::Agent).has_value());
}

TEST_F(Certificates, ForServersRefuseNamesThatAreNone) {
    const std::string label(64, 'a');
    for (const std::string& name :
         {std::string(), std::string("a b"), std::string("-a.cn"), std::string("a-.cn"),
          std::string("a..cn"), std::string("a.cn."), std::string("*"), std::string("a.*.cn"),
          std::string("算力.cn"), label, std::string("a.cn\0.b", 7), std::string("DNS:a,IP:1"),
          std::string(254, 'a')}) {
        EXPECT_EQ(authority.issue_server({"ok.cn", name}, hours(1), clock, random).error().code(),
                  kBadName)
            << name;
    }
    EXPECT_FALSE(authority.issue_server({}, hours(1), clock, random).has_value());
    const std::vector<std::string> many(101, "a.cn");
    EXPECT_FALSE(authority.issue_server(many, hours(1), clock, random).has_value());
}

TEST_F(Certificates, ForAgentsNameTheAgentAndNotWhatTheRequestSays) {
    const std::string pem = agent_certificate("agt_01J00000000000000000000000");
    const auto info = verify(pem, CertificateUse::Agent);
    ASSERT_TRUE(info.has_value());
    EXPECT_EQ(info->common_name, "agt_01J00000000000000000000000");
    EXPECT_EQ(info->not_before, core::from_micros(1'795'000'000'000'000) - minutes(5));
    EXPECT_EQ(info->not_after, core::from_micros(1'795'000'000'000'000) + hours(24));
    EXPECT_FALSE(verify(pem, CertificateUse::Server).has_value());
}

TEST_F(Certificates, AreValidForTheirTimeOnly) {
    const std::string pem = agent_certificate("agt_1");
    const core::Timestamp start = core::from_micros(1'795'000'000'000'000);
    const auto at = [&](core::Timestamp time) {
        return verify_certificate(root.certificate_pem, pem, CertificateUse::Agent, time);
    };
    EXPECT_TRUE(at(start - minutes(5)).has_value());
    EXPECT_EQ(at(start - minutes(5) - seconds(1)).error().code(), kExpiredCertificate);
    EXPECT_TRUE(at(start + hours(24) - seconds(1)).has_value());
    EXPECT_EQ(at(start + hours(24) + seconds(1)).error().code(), kExpiredCertificate);
}

TEST_F(Certificates, OfAnotherAuthorityAreRefused) {
    const auto other_root = CertificateAuthority::create("Kapok test", kTenYears, clock, random);
    const auto refused = verify_certificate(other_root->certificate_pem, agent_certificate("agt_1"),
                                            CertificateUse::Agent, kNow);
    EXPECT_EQ(refused.error().code(), kUntrustedCertificate);
    // The authority's own certificate names no agent.
    EXPECT_FALSE(verify(root.certificate_pem, CertificateUse::Agent).has_value());
}

TEST_F(Certificates, AreIssuedOnlyForRequestsThatProveTheirKey) {
    const auto request = make_key_request("hint", random);
    ASSERT_TRUE(request.has_value());
    const auto issue = [&](std::string_view pem) {
        return authority.issue_agent(pem, "agt_1", hours(1), clock, random);
    };
    EXPECT_TRUE(issue(request->request_pem).has_value());
    std::string changed = request->request_pem;
    const auto place = changed.size() / 2;
    changed[place] = changed[place] == 'A' ? 'B' : 'A';
    EXPECT_EQ(issue(changed).error().code(), kBadRequest);
    EXPECT_EQ(issue("").error().code(), kBadRequest);
    EXPECT_EQ(issue(root.certificate_pem).error().code(), kBadRequest);
    EXPECT_EQ(issue(std::string(1'000'000, '-')).error().code(), kBadRequest);
    EXPECT_EQ(
        authority.issue_agent(request->request_pem, "", hours(1), clock, random).error().code(),
        kBadName);
    EXPECT_EQ(
        authority.issue_agent(request->request_pem, "a\nb", hours(1), clock, random).error().code(),
        kBadName);
}

TEST_F(Certificates, NeedTheKeyThatBelongsToThem) {
    const auto other = CertificateAuthority::create("Other", kTenYears, clock, random);
    EXPECT_EQ(
        CertificateAuthority::load({other->private_key_pem, root.certificate_pem}).error().code(),
        kBadKey);
    const auto server = authority.issue_server({"a.cn"}, hours(1), clock, random);
    EXPECT_EQ(CertificateAuthority::load(*server).error().code(), kBadCertificate);
    EXPECT_FALSE(CertificateAuthority::load({core::Secret(), ""}).has_value());
    EXPECT_FALSE(parse_certificate("-----BEGIN CERTIFICATE-----\nAA\n").has_value());
    EXPECT_FALSE(certificate_pem_of_der(bytes_of("nothing")).has_value());
}

}  // namespace
}  // namespace kapok::platform::crypto
