#pragma once

// Identity as app wires it: one object that owns the services, the authority for agents and what is
// remembered of credentials. Construct it after the migrations, destroy it after the database has
// finished its commands.

#include <memory>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "core/clock.h"
#include "core/random.h"
#include "core/result.h"
#include "core/secret.h"
#include "identity/agent_service.h"
#include "identity/authorizer.h"
#include "identity/credentials.h"
#include "identity/directory.h"
#include "identity/key_service.h"
#include "identity/organization_service.h"
#include "identity/settings.h"
#include "identity/sign_in_service.h"
#include "identity/user_service.h"
#include "platform/crypto/master_key.h"
#include "platform/db/database.h"

namespace kapok::identity {

struct FirstAdministrator {
    User user;
    core::Secret password;  // Shown once, to be changed at the first sign-in.
};

class Identity {
public:
    // Everything given outlives it. `random` must be fit for secrets and safe on any thread. Loads
    // the tree, and loads or makes the authority for agents.
    [[nodiscard]] static core::Result<std::unique_ptr<Identity>> create(
        platform::db::Database& database, const core::Clock& clock, core::Random& random,
        const platform::crypto::MasterKey& master, Settings settings);
    ~Identity();
    Identity(const Identity&) = delete;
    Identity& operator=(const Identity&) = delete;

    // At the first start makes the root organization and in it the user "admin", an operator.
    // Nothing if there is a root already, also when another server was faster.
    [[nodiscard]] core::Result<std::optional<FirstAdministrator>> ensure_first_administrator();
    // For `kapok admin reset-password`: whoever may read the data folder may do this.
    [[nodiscard]] core::Result<core::Secret> reset_password(const std::string& user_name);

    // Who this user is, for `kapok admin make-key`: whoever may read the data folder may act as
    // anybody.
    [[nodiscard]] core::Result<core::Principal> act_as(const std::string& user_name);

    // To be called every few seconds: writes down last uses, drops what has ended.
    [[nodiscard]] boost::asio::awaitable<core::Result<void>> maintain();

    [[nodiscard]] OrganizationService& organizations() noexcept;
    [[nodiscard]] UserService& users() noexcept;
    [[nodiscard]] SignInService& sign_in() noexcept;
    [[nodiscard]] KeyService& keys() noexcept;
    [[nodiscard]] AgentService& agents() noexcept;
    [[nodiscard]] Credentials& credentials() noexcept;
    [[nodiscard]] Directory& directory() noexcept;
    [[nodiscard]] Authorizer& authorizer() noexcept;
    [[nodiscard]] const TokenHasher& hasher() const noexcept;
    [[nodiscard]] const Settings& settings() const noexcept;
    // Certifies agents; the agents' listener trusts its certificate, and gets its own from it.
    [[nodiscard]] const platform::crypto::CertificateAuthority& authority() const noexcept;

private:
    struct Parts;
    explicit Identity(std::unique_ptr<Parts> parts);

    std::unique_ptr<Parts> parts_;
};

}  // namespace kapok::identity
