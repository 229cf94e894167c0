#pragma once

// Agents join with a one-time token and from then on prove themselves with a certificate of the
// built-in authority, which they renew themselves while it is valid, or the newest one for some
// days after. An agent is known by its id, the subject of its certificate; revoking the agent
// refuses all its certificates at once.

#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "core/secret.h"
#include "identity/context.h"
#include "identity/store.h"
#include "identity/types.h"
#include "platform/crypto/certificates.h"
#include "platform/crypto/sealing.h"

namespace kapok::identity {

struct NewEnrollmentToken {
    Naming<EnrollmentTokenId> naming;
    core::OrganizationId organization;
    std::string site_name;
    std::optional<core::Timestamp> expires_at;  // Else kEnrollmentLifetime from now.
};

struct EnrollmentTokenWithText {
    EnrollmentToken token;
    std::optional<core::Secret> text;  // Nothing when a creation is repeated.
};

struct Enrollment {
    Agent agent;
    std::string certificate_pem;
    std::string authority_pem;  // What the agent trusts the platform's agent listener by.
};

class AgentService {
public:
    template <class T>
    using Answer = boost::asio::awaitable<core::Result<T>>;

    AgentService(const Context& context,
                 const platform::crypto::CertificateAuthority& authority) noexcept
        : context_(context), authority_(authority) {}

    Answer<EnrollmentTokenWithText> create_token(core::Principal caller,
                                                 NewEnrollmentToken request);
    Answer<store::Page<EnrollmentToken>> list_tokens(core::Principal caller,
                                                     store::SiteFilter filter,
                                                     store::Window window);
    Answer<void> revoke_token(core::Principal caller, EnrollmentTokenId id);

    // The same token with the same certificate request gives the same agent again while the token
    // lasts, so that an agent whose answer was lost is not locked out.
    Answer<Enrollment> enroll(core::Secret token, std::string request_pem);
    // For an agent that shows a valid certificate.
    // With its newest certificate, which ended at `ended_at`, if it has.
    Answer<Enrollment> renew(core::Principal agent, std::string request_pem,
                             std::optional<core::Timestamp> ended_at);

    Answer<Agent> get(core::Principal caller, AgentId id);
    Answer<store::Page<Agent>> list(core::Principal caller, store::SiteFilter filter,
                                    store::Window window);
    Answer<Agent> revoke(core::Principal caller, AgentId id);

private:
    core::Result<Enrollment> join(platform::db::Transaction& transaction, EnrollmentTokenId id,
                                  const core::Secret& token, const std::string& request_pem);
    core::Result<Enrollment> issue(platform::db::Transaction& transaction, Agent agent,
                                   const std::string& request_pem) const;

    Context context_;
    const platform::crypto::CertificateAuthority& authority_;
};

// Who `agent` is to the rest of the program: a provider of its organization that may only connect.
[[nodiscard]] core::Principal principal_of(const Agent& agent);

// The authority that the database keeps, made at the first start. Its key is sealed.
[[nodiscard]] core::Result<platform::crypto::CertificateAuthority> load_or_create_authority(
    platform::db::Database& database, const platform::crypto::SealingKey& key,
    const core::Clock& clock, core::Random& random);

}  // namespace kapok::identity
