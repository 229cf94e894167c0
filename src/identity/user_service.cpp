#include "identity/user_service.h"

#include <algorithm>
#include <utility>

#include "core/limits.h"
#include "identity/errors.h"
#include "identity/events.h"
#include "identity/limits.h"
#include "identity/names.h"
#include "identity/sign_in_service.h"

namespace kapok::identity {

using core::Grant;
using core::Principal;
using core::Result;
using platform::db::Reader;
using platform::db::Transaction;

namespace {

constexpr auto kNameMax = static_cast<std::size_t>(core::kNameBytesMax);

bool holds(const std::vector<Grant>& grants, const Grant& grant) {
    return std::ranges::find(grants, grant) != grants.end();
}

// In one order and without doubles, so that equal sets are equal.
std::vector<Grant> normal(std::vector<Grant> grants) {
    const auto key = [](const Grant& grant) {
        return std::pair(grant.organization, to_text(grant.role));
    };
    std::ranges::sort(grants, {}, key);
    const auto doubles = std::ranges::unique(grants);
    grants.erase(doubles.begin(), doubles.end());
    return grants;
}

Result<void> check_grants(const Context& context, const Principal& caller,
                          const std::vector<Grant>& grants) {
    for (const Grant& grant : grants) {
        const Resource where = place(context, grant.organization, grant.organization.text());
        if (const auto allowed = authorize(caller, "user:grant", where); !allowed) {
            return allowed;
        }
    }
    return {};
}

Result<void> check_count(const std::vector<Grant>& grants) {
    return grants.size() <= kGrantsMax
               ? Result<void>()
               : core::fail(kTooManyGrants, {{"limit", std::to_string(kGrantsMax)}}, "/roles");
}

}  // namespace

core::Secret make_password(core::Random& random) {
    constexpr std::string_view kCharacters = "23456789abcdefghijkmnpqrstuvwxyz";  // No 0 o, 1 l.
    static_assert(kCharacters.size() == 32);
    std::string text;
    text.reserve(24);
    for (int i = 0; i < 20; ++i) {
        text += i > 0 && i % 5 == 0 ? "-" : "";
        text += kCharacters[static_cast<std::size_t>(random.below(kCharacters.size()))];
    }
    return core::Secret(std::move(text));
}

Result<void> UserService::check_new(const Principal& caller, const NewUser& request) const {
    const Resource home = place(context_, request.organization, request.organization.text());
    return in_order([&] { return authorize(caller, "user:create", home); },
                    [&] { return check_grants(context_, caller, request.grants); },
                    [&] { return check_count(request.grants); },
                    [&] { return check_user_name(request.name); },
                    [&] { return check_name(request.display_name, kNameMax); });
}

UserService::Answer<UserWithPassword> UserService::create(Principal caller, NewUser request) {
    request.grants = normal(std::move(request.grants));
    if (const auto allowed = check_new(caller, request); !allowed) {
        co_return std::unexpected(allowed.error());
    }
    core::Secret password = make_password(context_.random);
    const auto hashed = co_await passwords_.hash(password);
    if (!hashed) {
        co_return std::unexpected(hashed.error());
    }
    const auto command = [this, caller, request, hash = *hashed](Transaction& transaction) {
        return insert(transaction, caller, request, hash);
    };
    auto made = co_await context_.database.write(command);
    if (!made) {
        co_return std::unexpected(made.error());
    }
    UserWithPassword answer{std::move(made->thing), std::nullopt};
    if (made->is_new) {
        answer.password = std::move(password);
    }
    co_return answer;
}

Result<Made<User>> UserService::insert(Transaction& transaction, const Principal& caller,
                                       const NewUser& request, const std::string& password_hash) {
    const core::Scope scope = scope_of(context_, caller);
    return make_once(
        Making{context_, transaction, request.naming},
        [&](core::UserId id) { return store::find_user(transaction, core::Scope::all(), id); },
        [&](const User& found) {
            return in_scope(scope, found.organization) &&
                   found.organization == request.organization && found.name == request.name &&
                   found.display_name == request.display_name && found.grants == request.grants;
        },
        [&](core::UserId id) -> Result<User> {
            User user;
            user.id = id;
            user.organization = request.organization;
            user.name = request.name;
            user.display_name = request.display_name;
            user.grants = request.grants;
            user.created_at = transaction.now();
            user.updated_at = transaction.now();
            const auto inserted = store::insert_user(transaction, scope, user, password_hash);
            if (!inserted) {
                return std::unexpected(inserted.error());
            }
            if (!*inserted) {
                return core::fail(kNameTaken, {{"name", request.name}}, "/name");
            }
            const auto told = publish(transaction, caller, "identity.user_created", user);
            return told ? Result<User>(user) : std::unexpected(told.error());
        });
}

UserService::Answer<User> UserService::get(Principal caller, core::UserId id) {
    const auto read = [id, scope = scope_of(context_, caller)](Reader& reader) {
        return store::find_user(reader, scope, id);
    };
    auto read_result = co_await context_.database.read(read);
    auto found = require(std::move(read_result), id.text());
    if (!found) {
        co_return found;
    }
    const Resource resource = place(context_, found->organization, id.text());
    if (const auto allowed = authorize(caller, "user:read", resource); !allowed) {
        co_return std::unexpected(allowed.error());
    }
    co_return found;
}

UserService::Answer<User> UserService::get_self(Principal caller) {
    const core::UserId id(caller.id);
    const core::Scope own{false, {caller.organization}};
    const auto read = [id, own](Reader& reader) { return store::find_user(reader, own, id); };
    auto found = co_await context_.database.read(read);
    co_return require(std::move(found), id.text());
}

UserService::Answer<store::Page<User>> UserService::list(Principal caller, store::UserFilter filter,
                                                         store::Window window) {
    const auto read = [scope = scope_of(context_, caller, "user:read"), filter,
                       window](Reader& reader) {
        return store::list_users(reader, scope, filter, window);
    };
    auto page = co_await context_.database.read(read);
    co_return page;
}

Result<User> UserService::find_to_change(Reader& reader, const Principal& caller, core::UserId id,
                                         std::optional<std::int64_t> expected_version) const {
    const core::Scope scope = scope_of(context_, caller);
    auto user = require(store::find_user(reader, scope, id), id.text());
    if (!user) {
        return user;
    }
    const Resource resource = place(context_, user->organization, id.text());
    const auto allowed = in_order([&] { return authorize(caller, "user:update", resource); },
                                  [&] { return check_version(expected_version, user->version); });
    return allowed ? user : std::unexpected(allowed.error());
}

UserService::Answer<User> UserService::update(Principal caller, core::UserId id,
                                              UserChange change) {
    if (change.display_name) {
        if (const auto named = check_name(*change.display_name, kNameMax); !named) {
            co_return std::unexpected(named.error());
        }
    }
    const auto command = [this, caller, id, change](Transaction& transaction) -> Result<User> {
        const auto before = find_to_change(transaction, caller, id, change.expected_version);
        if (!before) {
            return before;
        }
        // Whoever holds a role elsewhere is changed only by those with a say there too.
        if (const auto allowed = check_foreign_grants(caller, *before); !allowed) {
            return std::unexpected(allowed.error());
        }
        User after = *before;
        after.display_name = change.display_name.value_or(after.display_name);
        after.status = change.status.value_or(after.status);
        return store_change(transaction, caller, *before, std::move(after),
                            "identity.user_updated");
    };
    auto user = co_await context_.database.write(command);
    co_return user;
}

UserService::Answer<User> UserService::set_roles(Principal caller, core::UserId id,
                                                 std::vector<Grant> grants,
                                                 std::optional<std::int64_t> expected_version) {
    grants = normal(std::move(grants));
    const auto command = [this, caller, id, grants,
                          expected_version](Transaction& transaction) -> Result<User> {
        const auto before = find_to_change(transaction, caller, id, expected_version);
        if (!before) {
            return before;
        }
        std::vector<Grant> touched;  // Given or taken; those that stay are nobody's business.
        std::ranges::copy_if(grants, std::back_inserter(touched),
                             [&](const Grant& grant) { return !holds(before->grants, grant); });
        std::ranges::copy_if(before->grants, std::back_inserter(touched),
                             [&](const Grant& grant) { return !holds(grants, grant); });
        const auto allowed = in_order([&] { return check_count(grants); },
                                      [&] { return check_grants(context_, caller, touched); });
        if (!allowed) {
            return std::unexpected(allowed.error());
        }
        User after = *before;
        after.grants = grants;
        return store_change(transaction, caller, *before, std::move(after),
                            "identity.user_roles_set");
    };
    auto user = co_await context_.database.write(command);
    co_return user;
}

Result<User> UserService::store_change(Transaction& transaction, const Principal& caller,
                                       const User& before, User after, std::string_view event) {
    if (const auto fine = check_last_operator(transaction, before, after); !fine) {
        return std::unexpected(fine.error());
    }
    const core::Scope scope = scope_of(context_, caller);
    after.version += 1;
    after.updated_at = transaction.now();
    const auto updated = store::update_user(transaction, scope, after);
    if (!updated) {
        return std::unexpected(updated.error());
    }
    const auto told = in_order(
        [&] {
            return before.grants == after.grants ? Result<void>()
                                                 : store::replace_grants(transaction, scope, after);
        },
        [&] { return publish(transaction, caller, event, after); },
        [&] { return end_what_is_lost(transaction, caller, before, after); });
    if (!told) {
        return std::unexpected(told.error());
    }
    return after;
}

Result<void> UserService::check_last_operator(Transaction& transaction, const User& before,
                                              const User& after) const {
    const auto tree = context_.directory.tree();
    if (tree->empty()) {
        return {};
    }
    const Grant rules{tree->root(), core::Role::Operator};
    const auto is_one = [&](const User& user) {
        return user.status == Status::Active && holds(user.grants, rules);
    };
    if (!is_one(before) || is_one(after)) {
        return {};
    }
    const auto count = store::system_count_role(transaction, rules);
    if (!count) {
        return std::unexpected(count.error());
    }
    return *count > 1 ? Result<void>() : core::fail(kLastOperator);
}

// Who is suspended loses sessions and keys: they know the passwords and the keys' texts. Who loses
// a role loses the keys that they could not make now.
Result<void> UserService::end_what_is_lost(Transaction& transaction, const Principal& caller,
                                           const User& before, const User& after) {
    if (after.status == Status::Suspended && before.status == Status::Active) {
        const auto ended =
            store::delete_sessions_of(transaction, core::Scope::all(), after.id, std::nullopt);
        if (!ended) {
            return std::unexpected(ended.error());
        }
    }
    const bool lost = std::ranges::any_of(
        before.grants, [&](const Grant& grant) { return !holds(after.grants, grant); });
    return lost || after.status == Status::Suspended ? end_keys(transaction, caller, after)
                                                     : Result<void>();
}

Result<void> UserService::end_keys(Transaction& transaction, const Principal& caller,
                                   const User& maker) {
    const core::Scope all = core::Scope::all();  // Also what the user made elsewhere.
    const auto keys = store::active_keys_of(transaction, all, maker.id, transaction.now());
    if (!keys) {
        return std::unexpected(keys.error());
    }
    const Principal person = principal_of(maker);
    for (ApiKey key : *keys) {
        if (maker.status == Status::Active &&
            can_give(context_, person, key.organization, key.role)) {
            continue;
        }
        key.revoked_at = transaction.now();
        key.version += 1;
        const auto revoked = store::update_key(transaction, all, key);
        if (!revoked) {
            return std::unexpected(revoked.error());
        }
        if (const auto told = publish(transaction, caller, "identity.key_revoked", key); !told) {
            return told;
        }
    }
    return keys->empty() ? Result<void>() : context_.directory.change_credentials(transaction);
}

UserService::Answer<UserWithPassword> UserService::reset_password(Principal caller,
                                                                  core::UserId id) {
    // Before the work of hashing, and again in the command.
    const auto look = [this, caller, id](Reader& reader) {
        return find_to_change(reader, caller, id, std::nullopt);
    };
    if (const auto seen = co_await context_.database.read(look); !seen) {
        co_return std::unexpected(seen.error());
    }
    core::Secret password = make_password(context_.random);
    const auto hashed = co_await passwords_.hash(password);
    if (!hashed) {
        co_return std::unexpected(hashed.error());
    }
    const auto command = [this, caller, id, hash = *hashed](Transaction& transaction) {
        return store_password(transaction, caller, id, hash);
    };
    auto user = co_await context_.database.write(command);
    if (!user) {
        co_return std::unexpected(user.error());
    }
    UserWithPassword answer{std::move(*user), std::move(password)};
    co_return answer;
}

Result<User> UserService::store_password(Transaction& transaction, const Principal& caller,
                                         core::UserId id, const std::string& password_hash) {
    const auto before = find_to_change(transaction, caller, id, std::nullopt);
    if (!before) {
        return before;
    }
    const auto stored = require(store::system_find_password(transaction, id), id.text());
    const auto allowed = check_foreign_grants(caller, *before);
    if (!stored || !allowed) {
        return std::unexpected(stored ? allowed.error() : stored.error());
    }
    User after = *before;
    after.must_change_password = true;
    after.version += 1;
    after.updated_at = transaction.now();
    const core::Scope scope = scope_of(context_, caller);
    const auto updated =
        store::update_password(transaction, scope, after, stored->password_hash, password_hash);
    const auto ended = store::delete_sessions_of(transaction, scope, id, std::nullopt);
    if (!updated || !ended) {
        return std::unexpected(updated ? ended.error() : updated.error());
    }
    const auto told = in_order(
        [&] { return store::system_drop_attempts(transaction, kAccountAttempts, after.name); },
        [&] { return publish(transaction, caller, "identity.user_password_reset", after); });
    if (!told) {
        return std::unexpected(told.error());
    }
    return after;
}

Result<void> UserService::check_foreign_grants(const Principal& caller, const User& user) const {
    return check_grants(context_, caller, user.grants);
}

}  // namespace kapok::identity
