#pragma once

// The storage port of identity, in its own types. Every call takes the caller's scope and sees and
// changes nothing outside it; those that begin with system_ are for what has no caller yet, such as
// signing in, and for the platform's own jobs. The SQL is in sql/.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/page.h"
#include "core/principal.h"
#include "core/result.h"
#include "core/secret.h"
#include "identity/lockout.h"
#include "identity/organization_tree.h"
#include "identity/types.h"
#include "platform/crypto/hash.h"
#include "platform/db/database.h"

namespace kapok::identity::store {

using core::Page;
using core::Result;
using core::Scope;
using core::Window;
using platform::crypto::Digest;
using platform::db::Reader;
using platform::db::Transaction;

// Counters that tell servers when to read again.
struct Counters {
    std::int64_t credentials = 0;
    std::int64_t tree = 0;

    friend bool operator==(const Counters&, const Counters&) = default;
};
[[nodiscard]] Result<Counters> system_read_counters(Reader& reader);
[[nodiscard]] Result<void> system_count_credentials(Transaction& transaction);
[[nodiscard]] Result<void> system_count_tree(Transaction& transaction);

// Organizations.
struct OrganizationFilter {
    std::optional<core::OrganizationId> parent;
    std::optional<std::string> name;
    std::optional<OrganizationKind> kind;
    std::optional<Status> status;
};
[[nodiscard]] Result<OrganizationTree> system_load_tree(Reader& reader);
[[nodiscard]] Result<bool> system_has_organization(Reader& reader, core::OrganizationId id);
[[nodiscard]] Result<std::optional<Organization>> find_organization(Reader& reader,
                                                                    const Scope& scope,
                                                                    core::OrganizationId id);
[[nodiscard]] Result<Page<Organization>> list_organizations(Reader& reader, const Scope& scope,
                                                            const OrganizationFilter& filter,
                                                            const Window& window);
// False if the name is taken. The parent must be in scope.
[[nodiscard]] Result<bool> insert_organization(Transaction& transaction, const Scope& scope,
                                               const Organization& organization);
// Replaces the row of version `version - 1`; false if that is not there or the name is taken.
[[nodiscard]] Result<bool> update_organization(Transaction& transaction, const Scope& scope,
                                               const Organization& organization);

// Projects.
struct ProjectFilter {
    std::optional<core::OrganizationId> organization;
    std::optional<core::ProjectId> project;  // The one that a key is bound to.
    std::optional<std::string> name;
    std::optional<Status> status;
};
[[nodiscard]] Result<bool> system_has_project(Reader& reader, core::ProjectId id);
[[nodiscard]] Result<std::optional<Project>> find_project(Reader& reader, const Scope& scope,
                                                          core::ProjectId id);
[[nodiscard]] Result<Page<Project>> list_projects(Reader& reader, const Scope& scope,
                                                  const ProjectFilter& filter,
                                                  const Window& window);
[[nodiscard]] Result<bool> insert_project(Transaction& transaction, const Scope& scope,
                                          const Project& project);
[[nodiscard]] Result<bool> update_project(Transaction& transaction, const Scope& scope,
                                          const Project& project);

// Users. A user is in scope where the user's home organization is.
struct UserFilter {
    std::optional<core::OrganizationId> organization;
    std::optional<std::string> name;
    std::optional<Status> status;
};
struct StoredPassword {
    User user;
    std::string password_hash;
};
[[nodiscard]] Result<std::optional<StoredPassword>> system_find_password(Reader& reader,
                                                                         std::string_view name);
[[nodiscard]] Result<std::optional<StoredPassword>> system_find_password(Reader& reader,
                                                                         core::UserId id);
[[nodiscard]] Result<bool> system_has_user(Reader& reader, core::UserId id);
[[nodiscard]] Result<bool> system_has_user_name(Reader& reader, std::string_view name);
// Active users with this role in this organization itself.
[[nodiscard]] Result<std::int64_t> system_count_role(Reader& reader, core::Grant grant);
[[nodiscard]] Result<std::optional<User>> find_user(Reader& reader, const Scope& scope,
                                                    core::UserId id);
[[nodiscard]] Result<Page<User>> list_users(Reader& reader, const Scope& scope,
                                            const UserFilter& filter, const Window& window);
[[nodiscard]] Result<bool> insert_user(Transaction& transaction, const Scope& scope,
                                       const User& user, const std::string& password_hash);
// All but the password and the grants.
[[nodiscard]] Result<bool> update_user(Transaction& transaction, const Scope& scope,
                                       const User& user);
[[nodiscard]] Result<void> replace_grants(Transaction& transaction, const Scope& scope,
                                          const User& user);
// Only if the stored hash is still `before`, so that of two changes at once one wins.
[[nodiscard]] Result<bool> update_password(Transaction& transaction, const Scope& scope,
                                           const User& user, const std::string& before,
                                           const std::string& password_hash);

// Not a change of the user, so the version stays.
[[nodiscard]] Result<void> system_record_sign_in(Transaction& transaction, core::UserId user,
                                                 core::Timestamp at);

// Attempts to sign in. `kind` is "account" or "peer".
[[nodiscard]] Result<Attempts> system_find_attempts(Reader& reader, std::string_view kind,
                                                    std::string_view subject);
[[nodiscard]] Result<void> system_put_attempts(Transaction& transaction, std::string_view kind,
                                               std::string_view subject, const Attempts& attempts);
[[nodiscard]] Result<void> system_drop_attempts(Transaction& transaction, std::string_view kind,
                                                std::string_view subject);
[[nodiscard]] Result<std::int64_t> system_drop_attempts_before(Transaction& transaction,
                                                               core::Timestamp time);

// Sessions.
struct OpenSession {
    Session session;
    User user;
};
[[nodiscard]] Result<std::optional<OpenSession>> system_find_session(Reader& reader,
                                                                     const Digest& token_hash);
[[nodiscard]] Result<void> insert_session(Transaction& transaction, const Scope& scope,
                                          const Session& session, const Digest& token_hash);
// Moves "last seen" forward, for sessions that are still there.
[[nodiscard]] Result<void> system_touch_sessions(Transaction& transaction,
                                                 std::span<const SessionId> sessions,
                                                 core::Timestamp seen_at);
[[nodiscard]] Result<std::optional<Session>> find_session(Reader& reader, const Scope& scope,
                                                          SessionId id);
[[nodiscard]] Result<Page<Session>> list_sessions(Reader& reader, const Scope& scope,
                                                  std::optional<core::UserId> user,
                                                  const Window& window);
[[nodiscard]] Result<bool> delete_session(Transaction& transaction, const Scope& scope,
                                          SessionId id);
// All of a user but one, or all.
[[nodiscard]] Result<std::int64_t> delete_sessions_of(Transaction& transaction, const Scope& scope,
                                                      core::UserId user,
                                                      std::optional<SessionId> except);
// Keeps the newest `count` of a user.
[[nodiscard]] Result<void> trim_sessions_of(Transaction& transaction, const Scope& scope,
                                            core::UserId user, std::size_t count);
[[nodiscard]] Result<std::int64_t> system_delete_ended_sessions(Transaction& transaction,
                                                                core::Timestamp expired_before,
                                                                core::Timestamp idle_before);

// API keys.
enum class KeyState : std::uint8_t { Active, Ended };
inline constexpr std::array<std::string_view, 2> kKeyStateNames{"active", "ended"};
struct KeyFilter {
    std::optional<core::OrganizationId> organization;
    std::optional<core::ProjectId> project;
    std::optional<KeyState> state;
    core::Timestamp now;
    // Of organizations beyond this scope only the keys that `own` made.
    Scope full;
    std::optional<core::UserId> own;
};
struct StoredKey {
    ApiKey key;
    Digest hash{};
    bool project_active = true;
};
[[nodiscard]] Result<std::optional<StoredKey>> system_find_key(Reader& reader, ApiKeyId id);
[[nodiscard]] Result<bool> system_has_key(Reader& reader, ApiKeyId id);
[[nodiscard]] Result<std::optional<ApiKey>> find_key(Reader& reader, const Scope& scope,
                                                     ApiKeyId id);
[[nodiscard]] Result<Page<ApiKey>> list_keys(Reader& reader, const Scope& scope,
                                             const KeyFilter& filter, const Window& window);
[[nodiscard]] Result<bool> insert_key(Transaction& transaction, const Scope& scope,
                                      const ApiKey& key, const Digest& hash);
// Its end: when it expires, and whether it was revoked.
[[nodiscard]] Result<bool> update_key(Transaction& transaction, const Scope& scope,
                                      const ApiKey& key);
// The keys of a maker that still work, for revoking them one by one.
[[nodiscard]] Result<std::vector<ApiKey>> active_keys_of(Reader& reader, const Scope& scope,
                                                         core::UserId maker, core::Timestamp now);
struct LastUse {
    ApiKeyId key;
    core::Timestamp at;
};
[[nodiscard]] Result<void> system_record_last_use(Transaction& transaction,
                                                  std::span<const LastUse> uses);

// Enrollment tokens and agents.
struct StoredToken {
    EnrollmentToken token;
    Digest hash{};
    std::optional<Digest> used_with;  // Digest of the certificate request that used it.
};
struct SiteFilter {
    std::optional<core::OrganizationId> organization;
    std::optional<KeyState> state;
    core::Timestamp now;
};
[[nodiscard]] Result<std::optional<StoredToken>> system_find_token(Reader& reader,
                                                                   EnrollmentTokenId id);
[[nodiscard]] Result<std::optional<EnrollmentToken>> find_token(Reader& reader, const Scope& scope,
                                                                EnrollmentTokenId id);
[[nodiscard]] Result<Page<EnrollmentToken>> list_tokens(Reader& reader, const Scope& scope,
                                                        const SiteFilter& filter,
                                                        const Window& window);
[[nodiscard]] Result<bool> insert_token(Transaction& transaction, const Scope& scope,
                                        const EnrollmentToken& token, const Digest& hash);
// Its end: used, by whom and with what, or revoked.
[[nodiscard]] Result<void> update_token(Transaction& transaction, const Scope& scope,
                                        const EnrollmentToken& token,
                                        const std::optional<Digest>& used_with);
[[nodiscard]] Result<std::optional<Agent>> system_find_agent(Reader& reader, AgentId id);
[[nodiscard]] Result<std::optional<Agent>> find_agent(Reader& reader, const Scope& scope,
                                                      AgentId id);
[[nodiscard]] Result<Page<Agent>> list_agents(Reader& reader, const Scope& scope,
                                              const SiteFilter& filter, const Window& window);
[[nodiscard]] Result<void> insert_agent(Transaction& transaction, const Scope& scope,
                                        const Agent& agent);
[[nodiscard]] Result<bool> update_agent(Transaction& transaction, const Scope& scope,
                                        const Agent& agent);

// The built-in certificate authority.
struct StoredAuthority {
    std::string certificate_pem;
    std::vector<std::byte> sealed_key;
};
[[nodiscard]] Result<std::optional<StoredAuthority>> system_find_authority(Reader& reader,
                                                                           std::string_view name);
// False if another server was first.
[[nodiscard]] Result<bool> system_insert_authority(Transaction& transaction, std::string_view name,
                                                   const StoredAuthority& authority);

}  // namespace kapok::identity::store
