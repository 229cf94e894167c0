// How agents join, renew and are thrown out, on real databases with real certificates.

#include "identity/errors.h"
#include "identity/testing/world.h"
#include "identity/token_format.h"
#include "platform/crypto/certificates.h"
#include "platform/crypto/errors.h"

namespace kapok::identity {
namespace {

namespace crypto = platform::crypto;

class AgentTest : public IdentityTest {
protected:
    void SetUp() override {
        IdentityTest::SetUp();
        if (!IsSkipped() && !HasFatalFailure()) {
            person("provider", company_, core::Role::Provider);
        }
    }
    core::Secret token(std::optional<core::Timestamp> expires_at = {}) {
        NewEnrollmentToken request{{}, company_, "Nansha", expires_at};
        return *run(identity().agents().create_token(as("provider"), request)).value().text;
    }
    std::string request() {
        return crypto::make_key_request("a name of its own", random_).value().request_pem;
    }
    core::Result<Enrollment> enroll(const core::Secret& text, const std::string& pem) {
        return run(identity().agents().enroll(text, pem));
    }
    core::Result<SharedPrincipal> connect(AgentId id) {
        return run(identity().credentials().of_agent(id));
    }

    core::SystemRandom random_;
};
INSTANTIATE_KAPOK_DATABASES(AgentTest);

TEST_P(AgentTest, JoinsWithATokenAndConnectsWithItsCertificate) {
    const auto joined = enroll(token(), request()).value();
    const auto certificate =
        crypto::verify_certificate(joined.authority_pem, joined.certificate_pem,
                                   crypto::CertificateUse::Agent, clock().now())
            .value();
    EXPECT_EQ(certificate.common_name, joined.agent.id.text());
    EXPECT_EQ(joined.agent.certificate_expires_at - clock().now(), kAgentCertificateLifetime);
    const auto principal = connect(joined.agent.id).value();
    EXPECT_EQ(principal->kind, core::PrincipalKind::Agent);
    EXPECT_EQ(principal->organization, company_);
    const Resource site = resource_of(*identity().directory().tree(), company_, "site");
    EXPECT_TRUE(authorize(*principal, "agent:connect", site));
    EXPECT_EQ(code_of(authorize(*principal, "site:update", site)), kScopeMissing.name);
    EXPECT_EQ(events("identity.agent_enrolled"), 1);
}

TEST_P(AgentTest, UsesATokenOnceButMayAskAgain) {
    const auto text = token();
    const auto pem = request();
    const auto first = enroll(text, pem).value();
    EXPECT_EQ(enroll(text, pem)->agent.id, first.agent.id);
    EXPECT_EQ(code_of(enroll(text, request())), kBadEnrollmentToken.name);
    clock().advance(kEnrollmentLifetime);
    EXPECT_EQ(code_of(enroll(text, pem)), kBadEnrollmentToken.name);
}

TEST_P(AgentTest, RefusesBadTokensAndRequests) {
    const auto good = token(clock().now() + std::chrono::minutes(1));
    EXPECT_EQ(code_of(enroll(good, "no request")), crypto::kBadRequest.name);
    EXPECT_EQ(code_of(enroll(good, std::string(1'000'000, 'x'))), kBadEnrollmentToken.name);
    std::string changed(good.reveal());
    changed[45] = changed[45] == 'a' ? 'b' : 'a';
    EXPECT_EQ(code_of(enroll(core::Secret(changed), request())), kBadEnrollmentToken.name);
    EXPECT_EQ(code_of(enroll(*key("boss", company_).text, request())), kBadEnrollmentToken.name);
    const auto forged =
        make_token(kEnrollmentPrefix, "live", make_id<EnrollmentTokenId>().uuid(), random_);
    EXPECT_EQ(code_of(enroll(forged, request())), kBadEnrollmentToken.name);
    clock().advance(std::chrono::minutes(1));
    EXPECT_EQ(code_of(enroll(good, request())), kBadEnrollmentToken.name);
    EXPECT_EQ(events("identity.agent_enrolled"), 0);
}

TEST_P(AgentTest, GivesTokensToProvidersOnly) {
    NewEnrollmentToken request{{}, company_, "Nansha", {}};
    EXPECT_EQ(code_of(run(identity().agents().create_token(as("consumer"), request))),
              kNotFound.name);
    EXPECT_EQ(code_of(run(identity().agents().create_token(as("auditor"), request))),
              kRoleMissing.name);
    EXPECT_EQ(code_of(run(identity().agents().create_token(as("rivalboss"), request))),
              kNotFound.name);
    request.expires_at = clock().now() + kEnrollmentLifetimeMax * 2;
    EXPECT_EQ(code_of(run(identity().agents().create_token(as("provider"), request))),
              kBadExpiry.name);
}

TEST_P(AgentTest, EndsTokens) {
    NewEnrollmentToken request{{make_id<EnrollmentTokenId>(), {}}, company_, "Nansha", {}};
    const auto made = run(identity().agents().create_token(as("provider"), request)).value();
    EXPECT_FALSE(run(identity().agents().create_token(as("provider"), request))->text.has_value());
    EXPECT_EQ(code_of(run(identity().agents().revoke_token(as("rivalboss"), made.token.id))),
              kNotFound.name);
    EXPECT_TRUE(run(identity().agents().revoke_token(as("boss"), made.token.id)));
    EXPECT_EQ(code_of(enroll(*made.text, this->request())), kBadEnrollmentToken.name);
    store::SiteFilter ended;
    ended.state = store::KeyState::Ended;
    EXPECT_EQ(run(identity().agents().list_tokens(as("boss"), ended, {}))->items.size(), 1U);
    EXPECT_TRUE(run(identity().agents().list_tokens(as("rivalboss"), {}, {}))->items.empty());
}

TEST_P(AgentTest, RenewsItsCertificate) {
    const auto joined = enroll(token(), request()).value();
    const core::Principal agent = *connect(joined.agent.id).value();
    clock().advance(std::chrono::hours(12));
    const auto renewed = run(identity().agents().renew(agent, request(), {})).value();
    EXPECT_NE(renewed.certificate_pem, joined.certificate_pem);
    EXPECT_EQ(renewed.agent.certificate_expires_at, clock().now() + kAgentCertificateLifetime);
    EXPECT_EQ(code_of(run(identity().agents().renew(as("boss"), request(), {}))),
              kBadAgentCertificate.name);
}

TEST_P(AgentTest, RenewsItsNewestCertificateForATimeAfterItsEnd) {
    const auto joined = enroll(token(), request()).value();
    const core::Principal agent = *connect(joined.agent.id).value();
    const auto end_of = [](const Enrollment& enrollment) {
        return crypto::parse_certificate(enrollment.certificate_pem).value().not_after;
    };
    const auto renew = [&](core::Timestamp ended_at) {
        return run(identity().agents().renew(agent, request(), ended_at));
    };
    clock().advance(std::chrono::hours(24 * 5));
    const auto again = renew(end_of(joined)).value();
    EXPECT_EQ(again.agent.id, joined.agent.id);
    clock().advance(std::chrono::hours(25));
    EXPECT_EQ(code_of(renew(end_of(joined))), kBadAgentCertificate.name);  // Not its newest.
    clock().advance(kAgentRenewalGrace);
    EXPECT_EQ(code_of(renew(end_of(again))), kBadAgentCertificate.name);  // Too late.
}

TEST_P(AgentTest, IsThrownOutAtOnce) {
    const auto joined = enroll(token(), request()).value();
    const core::Principal agent = *connect(joined.agent.id).value();
    EXPECT_EQ(code_of(run(identity().agents().revoke(as("rivalboss"), joined.agent.id))),
              kNotFound.name);
    EXPECT_EQ(code_of(run(identity().agents().get(as("rivalboss"), joined.agent.id))),
              kNotFound.name);
    EXPECT_TRUE(run(identity().agents().revoke(as("boss"), joined.agent.id)));
    EXPECT_EQ(code_of(connect(joined.agent.id)), kBadAgentCertificate.name);
    EXPECT_EQ(code_of(run(identity().agents().renew(agent, request(), {}))),
              kBadAgentCertificate.name);
    EXPECT_EQ(code_of(connect(make_id<AgentId>())), kBadAgentCertificate.name);
    EXPECT_EQ(run(identity().agents().list(as("boss"), {}, {}))->items.size(), 1U);
    // A key's id is no agent's.
    const auto made = key("boss", company_);
    ASSERT_TRUE(show(*made.text));
    EXPECT_EQ(code_of(connect(AgentId(made.key.id.uuid()))), kBadAgentCertificate.name);
}

TEST_P(AgentTest, KeepsOneAuthorityAcrossStarts) {
    const std::string before = identity().authority().certificate_pem();
    start();
    EXPECT_EQ(identity().authority().certificate_pem(), before);
}

}  // namespace
}  // namespace kapok::identity
