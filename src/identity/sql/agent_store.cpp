#include <utility>

#include "identity/authorize.h"
#include "identity/sql/rows.h"
#include "identity/store.h"
#include "platform/db/select.h"

namespace kapok::identity::store {

using platform::db::find_one;
using platform::db::read_page;
using platform::db::Row;
using platform::db::Select;
using platform::db::Value;
using platform::db::within;

namespace {

constexpr std::string_view kSelectToken =
    "select seq, id, organization_id, site_name, made_by, created_at, expires_at, revoked_at,"
    " used_at, agent_id from enrollment_tokens";
constexpr std::string_view kSelectStoredToken =
    "select seq, id, organization_id, site_name, made_by, created_at, expires_at, revoked_at,"
    " used_at, agent_id, token_hash, used_with from enrollment_tokens";
constexpr std::string_view kSelectAgent =
    "select seq, id, organization_id, site_name, enrolled_at, certificate_expires_at, revoked_at,"
    " version from agents";

EnrollmentToken to_token(const Row& row) {
    return {row.id<EnrollmentTokenId>(1),
            row.id<core::OrganizationId>(2),
            std::string(row.text(3)),
            row.id_if<core::UserId>(4),
            row.time(5),
            row.time(6),
            row.time_if(7),
            row.time_if(8),
            row.id_if<AgentId>(9)};
}

StoredToken to_stored_token(const Row& row) {
    return {to_token(row), sql::to_digest(row.blob(10)),
            row.is_null(11) ? std::nullopt : std::optional(sql::to_digest(row.blob(11)))};
}

Agent to_agent(const Row& row) {
    return {row.id<AgentId>(1),
            row.id<core::OrganizationId>(2),
            std::string(row.text(3)),
            row.time(4),
            row.time(5),
            row.time_if(6),
            row.integer(7)};
}

}  // namespace

Result<std::optional<StoredToken>> system_find_token(Reader& reader, EnrollmentTokenId id) {
    Select select(kSelectStoredToken, "organization_id", Scope::all());
    return find_one(reader, select.where("id = ?", {id}), to_stored_token);
}

Result<std::optional<EnrollmentToken>> find_token(Reader& reader, const Scope& scope,
                                                  EnrollmentTokenId id) {
    return find_one(reader, Select(kSelectToken, "organization_id", scope).where("id = ?", {id}),
                    to_token);
}

Result<Page<EnrollmentToken>> list_tokens(Reader& reader, const Scope& scope,
                                          const SiteFilter& filter, const Window& window) {
    Select select(kSelectToken, "organization_id", scope);
    select.where_if("organization_id = ?", filter.organization);
    if (filter.state == KeyState::Active) {
        select.where("revoked_at is null and used_at is null and expires_at > ?", {filter.now});
    } else if (filter.state == KeyState::Ended) {
        select.where("(revoked_at is not null or used_at is not null or expires_at <= ?)",
                     {filter.now});
    }
    select.window(window);
    return read_page<EnrollmentToken>(reader, select, window, to_token,
                                      [](const EnrollmentToken&) { return std::string(); });
}

Result<bool> insert_token(Transaction& transaction, const Scope& scope,
                          const EnrollmentToken& token, const Digest& hash) {
    if (!in_scope(scope, token.organization)) {
        return false;
    }
    return sql::changed(transaction.execute(
        "insert into enrollment_tokens (id, organization_id, site_name, token_hash, made_by,"
        " created_at, expires_at) values (?, ?, ?, ?, ?, ?, ?) on conflict do nothing",
        {token.id, token.organization, token.site_name, sql::to_value(hash), token.made_by,
         token.created_at, token.expires_at}));
}

Result<void> update_token(Transaction& transaction, const Scope& scope,
                          const EnrollmentToken& token, const std::optional<Digest>& used_with) {
    std::vector<Value> values{token.revoked_at, token.used_at, token.agent,
                              used_with ? sql::to_value(*used_with) : Value(nullptr), token.id};
    const std::string text =
        "update enrollment_tokens set revoked_at = ?, used_at = ?, agent_id = ?, used_with = ?"
        " where id = ?" +
        within("organization_id", scope, values);
    return sql::done(transaction.execute(text, values));
}

Result<std::optional<Agent>> system_find_agent(Reader& reader, AgentId id) {
    return find_agent(reader, Scope::all(), id);
}

Result<std::optional<Agent>> find_agent(Reader& reader, const Scope& scope, AgentId id) {
    return find_one(reader, Select(kSelectAgent, "organization_id", scope).where("id = ?", {id}),
                    to_agent);
}

Result<Page<Agent>> list_agents(Reader& reader, const Scope& scope, const SiteFilter& filter,
                                const Window& window) {
    Select select(kSelectAgent, "organization_id", scope);
    select.where_if("organization_id = ?", filter.organization);
    if (filter.state) {
        select.where(
            filter.state == KeyState::Active ? "revoked_at is null" : "revoked_at is not null", {});
    }
    select.window(window);
    return read_page<Agent>(reader, select, window, to_agent,
                            [](const Agent&) { return std::string(); });
}

Result<void> insert_agent(Transaction& transaction, const Scope& scope, const Agent& agent) {
    assert(in_scope(scope, agent.organization));
    return sql::done(transaction.execute(
        "insert into agents (id, organization_id, site_name, enrolled_at, certificate_expires_at,"
        " version) values (?, ?, ?, ?, ?, ?)",
        {agent.id, agent.organization, agent.site_name, agent.enrolled_at,
         agent.certificate_expires_at, agent.version}));
}

Result<bool> update_agent(Transaction& transaction, const Scope& scope, const Agent& agent) {
    std::vector<Value> values{agent.certificate_expires_at, agent.revoked_at, agent.version,
                              agent.id, agent.version - 1};
    const std::string text =
        "update agents set certificate_expires_at = ?, revoked_at = ?, version = ?"
        " where id = ? and version = ?" +
        within("organization_id", scope, values);
    return sql::changed(transaction.execute(text, values));
}

Result<std::optional<StoredAuthority>> system_find_authority(Reader& reader,
                                                             std::string_view name) {
    return reader.find("select certificate, sealed_key from certificate_authorities where name = ?",
                       {name}, [](const Row& row) {
                           const auto sealed = row.blob(1);
                           return StoredAuthority{std::string(row.text(0)),
                                                  {sealed.begin(), sealed.end()}};
                       });
}

Result<bool> system_insert_authority(Transaction& transaction, std::string_view name,
                                     const StoredAuthority& authority) {
    return sql::changed(transaction.execute(
        "insert into certificate_authorities (name, certificate, sealed_key, created_at)"
        " values (?, ?, ?, ?) on conflict do nothing",
        {name, authority.certificate_pem, authority.sealed_key, transaction.now()}));
}

}  // namespace kapok::identity::store
