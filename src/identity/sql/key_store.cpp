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

constexpr std::string_view kSelectKey =
    "select seq, id, organization_id, project_id, name, role, scopes, made_by, replaces,"
    " created_at, expires_at, revoked_at, last_used_at, version from api_keys";
constexpr std::string_view kSelectStoredKey =
    "select k.seq, k.id, k.organization_id, k.project_id, k.name, k.role, k.scopes, k.made_by,"
    " k.replaces, k.created_at, k.expires_at, k.revoked_at, k.last_used_at, k.version, k.key_hash,"
    " coalesce(p.status, 'active')"
    " from api_keys k left join projects p on p.id = k.project_id";
constexpr std::string_view kActive =
    "revoked_at is null and (expires_at is null or expires_at > ?)";

// Scopes have no spaces, so that a list of them is kept as words.
std::string join(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) {
        text.append(text.empty() ? "" : " ").append(word);
    }
    return text;
}

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> words;
    while (!text.empty()) {
        const auto end = std::min(text.find(' '), text.size());
        words.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return words;
}

ApiKey to_key(const Row& row) {
    return {row.id<ApiKeyId>(1),
            row.id<core::OrganizationId>(2),
            row.id_if<core::ProjectId>(3),
            std::string(row.text(4)),
            sql::stored<core::Role>(core::kRoleNames, row.text(5)),
            split(row.text(6)),
            row.id_if<core::UserId>(7),
            row.id_if<ApiKeyId>(8),
            row.time(9),
            row.time_if(10),
            row.time_if(11),
            row.time_if(12),
            row.integer(13)};
}

}  // namespace

Result<std::optional<StoredKey>> system_find_key(Reader& reader, ApiKeyId id) {
    Select select(kSelectStoredKey, "k.organization_id", Scope::all());
    return find_one(reader, select.where("k.id = ?", {id}), [](const Row& row) {
        return StoredKey{to_key(row), sql::to_digest(row.blob(14)),
                         row.text(15) == to_text(Status::Active)};
    });
}

Result<bool> system_has_key(Reader& reader, ApiKeyId id) {
    return sql::exists(reader, "select 1 from api_keys where id = ?", {id});
}

Result<std::optional<ApiKey>> find_key(Reader& reader, const Scope& scope, ApiKeyId id) {
    return find_one(reader, Select(kSelectKey, "organization_id", scope).where("id = ?", {id}),
                    to_key);
}

Result<Page<ApiKey>> list_keys(Reader& reader, const Scope& scope, const KeyFilter& filter,
                               const Window& window) {
    Select select(kSelectKey, "organization_id", scope);
    select.where_if("organization_id = ?", filter.organization)
        .where_if("project_id = ?", filter.project)
        .within_or("organization_id", filter.full, "made_by", filter.own);
    if (filter.state == KeyState::Active) {
        select.where(kActive, {filter.now});
    } else if (filter.state == KeyState::Ended) {
        select.where("(revoked_at is not null or expires_at <= ?)", {filter.now});
    }
    select.window(window);
    return read_page<ApiKey>(reader, select, window, to_key,
                             [](const ApiKey& one) { return one.name; });
}

Result<bool> insert_key(Transaction& transaction, const Scope& scope, const ApiKey& key,
                        const Digest& hash) {
    if (!in_scope(scope, key.organization)) {
        return false;
    }
    return sql::changed(transaction.execute(
        "insert into api_keys (id, organization_id, project_id, name, role, scopes, key_hash,"
        " made_by, replaces, created_at, expires_at, version)"
        " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing",
        {key.id, key.organization, key.project, key.name, to_text(key.role), join(key.scopes),
         sql::to_value(hash), key.made_by, key.replaces, key.created_at, key.expires_at,
         key.version}));
}

Result<bool> update_key(Transaction& transaction, const Scope& scope, const ApiKey& key) {
    std::vector<Value> values{key.expires_at, key.revoked_at, key.version, key.id, key.version - 1};
    const std::string text =
        "update api_keys set expires_at = ?, revoked_at = ?, version = ?"
        " where id = ? and version = ?" +
        within("organization_id", scope, values);
    return sql::changed(transaction.execute(text, values));
}

Result<std::vector<ApiKey>> active_keys_of(Reader& reader, const Scope& scope, core::UserId maker,
                                           core::Timestamp now) {
    Select select(kSelectKey, "organization_id", scope);
    select.where("made_by = ?", {maker}).where(kActive, {now});
    return reader.list(select.text(), select.values(), to_key);
}

Result<void> system_record_last_use(Transaction& transaction, std::span<const LastUse> uses) {
    std::vector<std::vector<Value>> rows;
    for (const LastUse& use : uses) {
        rows.push_back({use.at, use.key, use.at});
    }
    return transaction.execute_many(
        "update api_keys set last_used_at = ? where id = ?"
        " and (last_used_at is null or last_used_at < ?)",
        rows);
}

}  // namespace kapok::identity::store
