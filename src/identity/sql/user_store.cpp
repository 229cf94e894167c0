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

constexpr std::string_view kSelectUser =
    "select seq, id, organization_id, name, display_name, status, must_change_password, version,"
    " created_at, updated_at, last_sign_in_at from users";
constexpr std::string_view kSelectPassword =
    "select seq, id, organization_id, name, display_name, status, must_change_password, version,"
    " created_at, updated_at, last_sign_in_at, password_hash from users";

User to_user(const Row& row) {
    return {row.id<core::UserId>(1),
            row.id<core::OrganizationId>(2),
            std::string(row.text(3)),
            std::string(row.text(4)),
            sql::stored<Status>(kStatusNames, row.text(5)),
            row.boolean(6),
            {},
            row.integer(7),
            row.time(8),
            row.time(9),
            row.time_if(10)};
}

StoredPassword to_password(const Row& row) {
    return {to_user(row), std::string(row.text(11))};
}

Result<void> add_grants(Reader& reader, User& user) {
    auto grants = reader.list(
        "select organization_id, role from user_roles where user_id = ?"
        " order by organization_id, role",
        {user.id}, [](const Row& row) {
            return core::Grant{row.id<core::OrganizationId>(0),
                               sql::stored<core::Role>(core::kRoleNames, row.text(1))};
        });
    if (!grants) {
        return std::unexpected(grants.error());
    }
    user.grants = *std::move(grants);
    return {};
}

Result<std::optional<StoredPassword>> with_grants(Reader& reader,
                                                  Result<std::optional<StoredPassword>> found) {
    if (!found) {
        return found;
    }
    if (auto& stored = *found) {
        if (const auto added = add_grants(reader, stored->user); !added) {
            return std::unexpected(added.error());
        }
    }
    return found;
}

}  // namespace

Result<std::optional<StoredPassword>> system_find_password(Reader& reader, std::string_view name) {
    Select select(kSelectPassword, "organization_id", Scope::all());
    return with_grants(reader, find_one(reader, select.where("name = ?", {name}), to_password));
}

Result<std::optional<StoredPassword>> system_find_password(Reader& reader, core::UserId id) {
    Select select(kSelectPassword, "organization_id", Scope::all());
    return with_grants(reader, find_one(reader, select.where("id = ?", {id}), to_password));
}

Result<bool> system_has_user(Reader& reader, core::UserId id) {
    return sql::exists(reader, "select 1 from users where id = ?", {id});
}

Result<bool> system_has_user_name(Reader& reader, std::string_view name) {
    return sql::exists(reader, "select 1 from users where name = ?", {name});
}

Result<std::int64_t> system_count_role(Reader& reader, core::Grant grant) {
    const auto found = reader.find(
        "select count(*) from user_roles r join users u on u.id = r.user_id"
        " where r.organization_id = ? and r.role = ? and u.status = 'active'",
        {grant.organization, to_text(grant.role)}, [](const Row& row) { return row.integer(0); });
    if (!found) {
        return std::unexpected(found.error());
    }
    return found->value_or(0);
}

Result<std::optional<User>> find_user(Reader& reader, const Scope& scope, core::UserId id) {
    auto found = find_one(
        reader, Select(kSelectUser, "organization_id", scope).where("id = ?", {id}), to_user);
    if (!found) {
        return found;
    }
    if (auto& user = *found) {
        if (const auto added = add_grants(reader, *user); !added) {
            return std::unexpected(added.error());
        }
    }
    return found;
}

Result<Page<User>> list_users(Reader& reader, const Scope& scope, const UserFilter& filter,
                              const Window& window) {
    Select select(kSelectUser, "organization_id", scope);
    select.where_if("organization_id = ?", filter.organization)
        .where_if("name = ?", filter.name)
        .where_if("status = ?", filter.status, [](Status status) { return to_text(status); })
        .window(window);
    auto page =
        read_page<User>(reader, select, window, to_user, [](const User& one) { return one.name; });
    if (!page) {
        return page;
    }
    for (User& user : page->items) {
        if (const auto added = add_grants(reader, user); !added) {
            return std::unexpected(added.error());
        }
    }
    return page;
}

Result<bool> insert_user(Transaction& transaction, const Scope& scope, const User& user,
                         const std::string& password_hash) {
    if (!in_scope(scope, user.organization)) {
        return false;
    }
    const auto inserted = sql::changed(transaction.execute(
        "insert into users (id, organization_id, name, display_name, status, password_hash,"
        " must_change_password, version, created_at, updated_at)"
        " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing",
        {user.id, user.organization, user.name, user.display_name, to_text(user.status),
         password_hash, user.must_change_password, user.version, user.created_at,
         user.updated_at}));
    if (!inserted || !*inserted) {
        return inserted;
    }
    if (const auto granted = replace_grants(transaction, scope, user); !granted) {
        return std::unexpected(granted.error());
    }
    return true;
}

Result<bool> update_user(Transaction& transaction, const Scope& scope, const User& user) {
    std::vector<Value> values{user.display_name, to_text(user.status), user.must_change_password,
                              user.version,      user.updated_at,      user.id,
                              user.version - 1};
    const std::string text =
        "update users set display_name = ?, status = ?, must_change_password = ?, version = ?,"
        " updated_at = ? where id = ? and version = ?" +
        within("organization_id", scope, values);
    return sql::changed(transaction.execute(text, values));
}

Result<void> replace_grants(Transaction& transaction, const Scope& scope, const User& user) {
    std::vector<Value> values{user.id};
    const std::string text =
        "delete from user_roles where user_id in (select id from users where id = ?" +
        within("organization_id", scope, values) + ")";
    if (const auto deleted = transaction.execute(text, values); !deleted) {
        return std::unexpected(deleted.error());
    }
    std::vector<std::vector<Value>> rows;
    rows.reserve(user.grants.size());
    for (const core::Grant& grant : user.grants) {
        rows.push_back({user.id, grant.organization, to_text(grant.role)});
    }
    return transaction.execute_many(
        "insert into user_roles (user_id, organization_id, role) values (?, ?, ?)", rows);
}

Result<bool> update_password(Transaction& transaction, const Scope& scope, const User& user,
                             const std::string& before, const std::string& password_hash) {
    std::vector<Value> values{
        password_hash, user.must_change_password, user.version, user.updated_at, user.id, before};
    const std::string text =
        "update users set password_hash = ?, must_change_password = ?, version = ?, updated_at = ?"
        " where id = ? and password_hash = ?" +
        within("organization_id", scope, values);
    return sql::changed(transaction.execute(text, values));
}

Result<void> system_record_sign_in(Transaction& transaction, core::UserId user,
                                   core::Timestamp at) {
    return sql::done(
        transaction.execute("update users set last_sign_in_at = ? where id = ?", {at, user}));
}

Result<Attempts> system_find_attempts(Reader& reader, std::string_view kind,
                                      std::string_view subject) {
    const auto found = reader.find(
        "select count, last_at from sign_in_attempts where kind = ? and subject = ?",
        {kind, subject}, [](const Row& row) { return Attempts{row.integer(0), row.time(1)}; });
    if (!found) {
        return std::unexpected(found.error());
    }
    return found->value_or(Attempts{});
}

Result<void> system_put_attempts(Transaction& transaction, std::string_view kind,
                                 std::string_view subject, const Attempts& attempts) {
    return sql::done(transaction.execute(
        "insert into sign_in_attempts (kind, subject, count, last_at) values (?, ?, ?, ?)"
        " on conflict (kind, subject) do update set count = excluded.count,"
        " last_at = excluded.last_at",
        {kind, subject, attempts.count, attempts.last}));
}

Result<void> system_drop_attempts(Transaction& transaction, std::string_view kind,
                                  std::string_view subject) {
    return sql::done(transaction.execute(
        "delete from sign_in_attempts where kind = ? and subject = ?", {kind, subject}));
}

Result<std::int64_t> system_drop_attempts_before(Transaction& transaction, core::Timestamp time) {
    return transaction.execute("delete from sign_in_attempts where last_at < ?", {time});
}

}  // namespace kapok::identity::store
