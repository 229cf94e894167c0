#include "identity/agent_service.h"

#include <utility>

#include "core/limits.h"
#include "core/timestamp.h"
#include "identity/errors.h"
#include "identity/events.h"
#include "identity/limits.h"
#include "identity/names.h"
#include "identity/token_format.h"
#include "platform/crypto/bytes.h"

namespace kapok::identity {

using core::Principal;
using core::Result;
using platform::db::Reader;
using platform::db::Transaction;

namespace {

constexpr auto kNameMax = static_cast<std::size_t>(core::kNameBytesMax);

bool is_same(const EnrollmentToken& found, const NewEnrollmentToken& asked) {
    return found.organization == asked.organization && found.site_name == asked.site_name;
}

bool is_open(const EnrollmentToken& token, core::Timestamp now) {
    return !token.revoked_at && token.expires_at > now;
}

// An older one of its certificates may be in other hands. Certificates count whole seconds.
bool may_be_renewed(const Agent& agent, core::Timestamp ended_at, core::Timestamp now) {
    const auto newest = std::chrono::floor<std::chrono::seconds>(agent.certificate_expires_at);
    return ended_at == newest && now <= ended_at + kAgentRenewalGrace;
}

Result<void> check_lifetime(std::optional<core::Timestamp> expires_at, core::Timestamp now) {
    if (!expires_at || (*expires_at > now && *expires_at <= now + kEnrollmentLifetimeMax)) {
        return {};
    }
    return core::fail(kBadExpiry,
                      {{"earliest", core::to_rfc3339(now)},
                       {"latest", core::to_rfc3339(now + kEnrollmentLifetimeMax)}},
                      "/expires_at");
}

}  // namespace

Principal principal_of(const Agent& agent) {
    Principal principal;
    principal.kind = core::PrincipalKind::Agent;
    principal.id = agent.id.uuid();
    principal.name = "agent " + agent.id.text();
    principal.organization = agent.organization;
    principal.grants = {{agent.organization, core::Role::Provider}};
    principal.scopes = {"agent:connect"};
    return principal;
}

AgentService::Answer<EnrollmentTokenWithText> AgentService::create_token(
    Principal caller, NewEnrollmentToken request) {
    const Resource home = place(context_, request.organization, request.organization.text());
    const auto allowed =
        in_order([&] { return authorize(caller, "agent:enroll", home); },
                 [&] { return check_name(request.site_name, kNameMax); },
                 [&] { return check_lifetime(request.expires_at, context_.clock.now()); });
    if (!allowed) {
        co_return std::unexpected(allowed.error());
    }
    const auto command = [this, caller,
                          request](Transaction& transaction) -> Result<EnrollmentTokenWithText> {
        const core::Scope scope = scope_of(context_, caller);
        std::optional<core::Secret> text;
        const auto made = make_once(
            Making{context_, transaction, request.naming},
            [&](EnrollmentTokenId id) {
                return store::find_token(transaction, core::Scope::all(), id);
            },
            [&](const EnrollmentToken& found) {
                return in_scope(scope, found.organization) && is_same(found, request);
            },
            [&](EnrollmentTokenId id) -> Result<EnrollmentToken> {
                EnrollmentToken token;
                token.id = id;
                token.organization = request.organization;
                token.site_name = request.site_name;
                token.created_at = transaction.now();
                token.expires_at =
                    request.expires_at.value_or(transaction.now() + kEnrollmentLifetime);
                if (caller.kind == core::PrincipalKind::User) {
                    token.made_by = core::UserId(caller.id);
                }
                text = make_token(kEnrollmentPrefix, context_.settings.environment, id.uuid(),
                                  context_.random);
                const auto inserted = store::insert_token(
                    transaction, scope, token, context_.hasher.of_enrollment_token(text->reveal()));
                if (!inserted) {
                    return std::unexpected(inserted.error());
                }
                const auto told =
                    publish(transaction, caller, "identity.enrollment_token_created", token);
                return told ? Result<EnrollmentToken>(token) : std::unexpected(told.error());
            });
        if (!made) {
            return std::unexpected(made.error());
        }
        return EnrollmentTokenWithText{made->thing, std::move(text)};
    };
    auto made = co_await context_.database.write(command);
    co_return made;
}

AgentService::Answer<store::Page<EnrollmentToken>> AgentService::list_tokens(
    Principal caller, store::SiteFilter filter, store::Window window) {
    filter.now = context_.clock.now();
    const auto read = [scope = scope_of(context_, caller, "agent:read"), filter,
                       window](Reader& reader) {
        return store::list_tokens(reader, scope, filter, window);
    };
    auto page = co_await context_.database.read(read);
    co_return page;
}

AgentService::Answer<void> AgentService::revoke_token(Principal caller, EnrollmentTokenId id) {
    const auto command = [this, caller, id](Transaction& transaction) -> Result<void> {
        const core::Scope scope = scope_of(context_, caller);
        auto token = require(store::find_token(transaction, scope, id), id.text());
        if (!token) {
            return std::unexpected(token.error());
        }
        const Resource resource = place(context_, token->organization, id.text());
        const auto allowed = authorize(caller, "agent:revoke", resource);
        if (!allowed || token->revoked_at || token->used_at) {
            return allowed;  // A used one has no more effect.
        }
        token->revoked_at = transaction.now();
        const auto revoked = store::update_token(transaction, scope, *token, std::nullopt);
        if (!revoked) {
            return revoked;
        }
        return publish(transaction, caller, "identity.enrollment_token_revoked", *token);
    };
    auto revoked = co_await context_.database.write(command);
    co_return revoked;
}

AgentService::Answer<Enrollment> AgentService::enroll(core::Secret token, std::string request_pem) {
    const auto parts = parse_token(kEnrollmentPrefix, token.reveal());
    if (!parts || request_pem.size() > kCertificateRequestBytesMax) {
        co_return core::fail(kBadEnrollmentToken);
    }
    const EnrollmentTokenId id(parts->id);
    const auto command = [this, id, token, request_pem](Transaction& transaction) {
        return join(transaction, id, token, request_pem);
    };
    auto enrolled = co_await context_.database.write(command);
    co_return enrolled;
}

Result<Enrollment> AgentService::join(Transaction& transaction, EnrollmentTokenId id,
                                      const core::Secret& token, const std::string& request_pem) {
    namespace crypto = platform::crypto;
    const auto found = store::system_find_token(transaction, id);
    if (!found) {
        return std::unexpected(found.error());
    }
    const auto& stored = *found;
    const crypto::Digest hash = context_.hasher.of_enrollment_token(token.reveal());
    const crypto::Digest request = crypto::hash(crypto::Suite::Intl, crypto::bytes_of(request_pem));
    const bool good = stored && crypto::equal_constant_time(hash, stored->hash) &&
                      is_open(stored->token, transaction.now()) &&
                      context_.directory.tree()->is_active(stored->token.organization);
    if (!good || (stored->token.used_at && stored->used_with != request)) {
        return core::fail(kBadEnrollmentToken);
    }
    EnrollmentToken used = stored->token;
    if (used.used_at) {
        if (!used.agent) {
            return core::fail(kBadEnrollmentToken);
        }
        const auto agent = require(store::system_find_agent(transaction, *used.agent), "");
        if (!agent || agent->revoked_at) {
            return core::fail(kBadEnrollmentToken);
        }
        return issue(transaction, *agent, request_pem);
    }
    Agent agent;
    agent.id = AgentId::make(context_.clock, context_.random);
    agent.organization = used.organization;
    agent.site_name = used.site_name;
    agent.enrolled_at = transaction.now();
    agent.certificate_expires_at = transaction.now();
    used.used_at = transaction.now();
    used.agent = agent.id;
    const core::Scope own{false, {used.organization}};
    const auto joined = in_order(
        [&] { return store::insert_agent(transaction, own, agent); },
        [&] { return store::update_token(transaction, own, used, request); },
        [&] {
            return publish(transaction, principal_of(agent), "identity.agent_enrolled", agent);
        });
    if (!joined) {
        return std::unexpected(joined.error());
    }
    return issue(transaction, agent, request_pem);
}

Result<Enrollment> AgentService::issue(Transaction& transaction, Agent agent,
                                       const std::string& request_pem) const {
    auto certificate = authority_.issue_agent(
        request_pem, agent.id.text(), kAgentCertificateLifetime, context_.clock, context_.random);
    if (!certificate) {
        return std::unexpected(certificate.error());
    }
    agent.certificate_expires_at = transaction.now() + kAgentCertificateLifetime;
    agent.version += 1;
    const core::Scope own{false, {agent.organization}};
    const auto updated = store::update_agent(transaction, own, agent);
    if (!updated) {
        return std::unexpected(updated.error());
    }
    const auto told =
        publish(transaction, principal_of(agent), "identity.agent_certificate_issued", agent);
    if (!told) {
        return std::unexpected(told.error());
    }
    return Enrollment{std::move(agent), *std::move(certificate), authority_.certificate_pem()};
}

AgentService::Answer<Enrollment> AgentService::renew(Principal caller, std::string request_pem,
                                                     std::optional<core::Timestamp> ended_at) {
    if (caller.kind != core::PrincipalKind::Agent) {
        co_return core::fail(kBadAgentCertificate);
    }
    const auto command = [this, caller, request_pem,
                          ended_at](Transaction& transaction) -> Result<Enrollment> {
        const AgentId id(caller.id);
        const core::Scope own{false, {caller.organization}};
        const auto agent = require(store::find_agent(transaction, own, id), id.text());
        if (!agent || agent->revoked_at) {
            return core::fail(kBadAgentCertificate);
        }
        if (ended_at && !may_be_renewed(*agent, *ended_at, transaction.now())) {
            return core::fail(kBadAgentCertificate);
        }
        return issue(transaction, *agent, request_pem);
    };
    auto renewed = co_await context_.database.write(command);
    co_return renewed;
}

AgentService::Answer<Agent> AgentService::get(Principal caller, AgentId id) {
    const auto read = [id, scope = scope_of(context_, caller)](Reader& reader) {
        return store::find_agent(reader, scope, id);
    };
    auto read_result = co_await context_.database.read(read);
    auto agent = require(std::move(read_result), id.text());
    if (!agent) {
        co_return agent;
    }
    const Resource resource = place(context_, agent->organization, id.text());
    if (const auto allowed = authorize(caller, "agent:read", resource); !allowed) {
        co_return std::unexpected(allowed.error());
    }
    co_return agent;
}

AgentService::Answer<store::Page<Agent>> AgentService::list(Principal caller,
                                                            store::SiteFilter filter,
                                                            store::Window window) {
    filter.now = context_.clock.now();
    const auto read = [scope = scope_of(context_, caller, "agent:read"), filter,
                       window](Reader& reader) {
        return store::list_agents(reader, scope, filter, window);
    };
    auto page = co_await context_.database.read(read);
    co_return page;
}

AgentService::Answer<Agent> AgentService::revoke(Principal caller, AgentId id) {
    const auto command = [this, caller, id](Transaction& transaction) -> Result<Agent> {
        const core::Scope scope = scope_of(context_, caller);
        auto agent = require(store::find_agent(transaction, scope, id), id.text());
        if (!agent) {
            return agent;
        }
        const Resource resource = place(context_, agent->organization, id.text());
        if (const auto allowed = authorize(caller, "agent:revoke", resource); !allowed) {
            return std::unexpected(allowed.error());
        }
        if (agent->revoked_at) {
            return agent;
        }
        agent->revoked_at = transaction.now();
        agent->version += 1;
        const auto revoked = store::update_agent(transaction, scope, *agent);
        if (!revoked) {
            return std::unexpected(revoked.error());
        }
        const auto told = in_order(
            [&] { return context_.directory.change_credentials(transaction); },
            [&] { return publish(transaction, caller, "identity.agent_revoked", *agent); });
        return told ? agent : std::unexpected(told.error());
    };
    auto agent = co_await context_.database.write(command);
    co_return agent;
}

}  // namespace kapok::identity
