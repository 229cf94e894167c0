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

constexpr std::string_view kSelectSession =
    "select seq, id, user_id, organization_id, peer, created_at, last_seen_at, expires_at"
    " from sessions";

Session to_session(const Row& row) {
    return {row.id<SessionId>(1),
            row.id<core::UserId>(2),
            row.id<core::OrganizationId>(3),
            std::string(row.text(4)),
            row.time(5),
            row.time(6),
            row.time(7)};
}

}  // namespace

Result<std::optional<OpenSession>> system_find_session(Reader& reader, const Digest& token_hash) {
    Select select(kSelectSession, "organization_id", Scope::all());
    const auto found_session =
        find_one(reader, select.where("token_hash = ?", {sql::to_value(token_hash)}), to_session);
    if (!found_session) {
        return std::unexpected(found_session.error());
    }
    const auto& session = *found_session;
    if (!session) {
        return std::nullopt;
    }
    const auto found_user = find_user(reader, Scope::all(), session->user);
    if (!found_user) {
        return std::unexpected(found_user.error());
    }
    const auto& user = *found_user;
    if (!user) {
        return std::nullopt;
    }
    return OpenSession{*session, *user};
}

Result<void> insert_session(Transaction& transaction, const Scope& scope, const Session& session,
                            const Digest& token_hash) {
    assert(in_scope(scope, session.organization));
    return sql::done(transaction.execute(
        "insert into sessions (id, organization_id, user_id, token_hash, peer, created_at,"
        " last_seen_at, expires_at) values (?, ?, ?, ?, ?, ?, ?, ?)",
        {session.id, session.organization, session.user, sql::to_value(token_hash), session.peer,
         session.created_at, session.last_seen_at, session.expires_at}));
}

Result<void> system_touch_sessions(Transaction& transaction, std::span<const SessionId> sessions,
                                   core::Timestamp seen_at) {
    std::vector<std::vector<Value>> rows;
    for (const SessionId& session : sessions) {
        rows.push_back({seen_at, session, seen_at});
    }
    return transaction.execute_many(
        "update sessions set last_seen_at = ? where id = ? and last_seen_at < ?", rows);
}

Result<std::optional<Session>> find_session(Reader& reader, const Scope& scope, SessionId id) {
    return find_one(reader, Select(kSelectSession, "organization_id", scope).where("id = ?", {id}),
                    to_session);
}

Result<Page<Session>> list_sessions(Reader& reader, const Scope& scope,
                                    std::optional<core::UserId> user, const Window& window) {
    Select select(kSelectSession, "organization_id", scope);
    select.where_if("user_id = ?", user).window(window);
    return read_page<Session>(reader, select, window, to_session,
                              [](const Session&) { return std::string(); });
}

Result<bool> delete_session(Transaction& transaction, const Scope& scope, SessionId id) {
    std::vector<Value> values{id};
    const std::string text =
        "delete from sessions where id = ?" + within("organization_id", scope, values);
    return sql::changed(transaction.execute(text, values));
}

Result<std::int64_t> delete_sessions_of(Transaction& transaction, const Scope& scope,
                                        core::UserId user, std::optional<SessionId> except) {
    std::vector<Value> values{user};
    std::string text = "delete from sessions where user_id = ?";
    if (except) {
        text += " and id <> ?";
        values.emplace_back(*except);
    }
    text += within("organization_id", scope, values);
    return transaction.execute(text, values);
}

Result<void> trim_sessions_of(Transaction& transaction, const Scope& scope, core::UserId user,
                              std::size_t count) {
    std::vector<Value> values{user, user, count};
    const std::string text =
        "delete from sessions where user_id = ? and seq not in (select seq from sessions"
        " where user_id = ? order by seq desc limit ?)" +
        within("organization_id", scope, values);
    return sql::done(transaction.execute(text, values));
}

Result<std::int64_t> system_delete_ended_sessions(Transaction& transaction,
                                                  core::Timestamp expired_before,
                                                  core::Timestamp idle_before) {
    return transaction.execute("delete from sessions where expires_at <= ? or last_seen_at <= ?",
                               {expired_before, idle_before});
}

}  // namespace kapok::identity::store
