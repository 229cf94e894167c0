#pragma once

// Users and their roles. Nobody gives a role that they could not use themselves, and nobody changes
// a user who holds a role where they have no say: otherwise an operator of a company could take
// over an account of the platform's.

#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "core/secret.h"
#include "identity/context.h"
#include "identity/password_workers.h"
#include "identity/store.h"
#include "identity/types.h"

namespace kapok::identity {

struct NewUser {
    Naming<core::UserId> naming;
    core::OrganizationId organization;
    std::string name;
    std::string display_name;
    std::vector<core::Grant> grants;
};

struct UserChange {
    std::optional<std::int64_t> expected_version;
    std::optional<std::string> display_name;
    std::optional<Status> status;
};

// A user and the password to hand over, which is shown this once and must be changed.
struct UserWithPassword {
    User user;
    std::optional<core::Secret> password;  // Nothing when a creation is repeated.
};

class UserService {
public:
    template <class T>
    using Answer = boost::asio::awaitable<core::Result<T>>;

    UserService(const Context& context, PasswordWorkers& passwords) noexcept
        : context_(context), passwords_(passwords) {}

    Answer<UserWithPassword> create(core::Principal caller, NewUser request);
    Answer<User> get(core::Principal caller, core::UserId id);
    // The caller, who needs no role for that.
    Answer<User> get_self(core::Principal caller);
    Answer<store::Page<User>> list(core::Principal caller, store::UserFilter filter,
                                   store::Window window);
    Answer<User> update(core::Principal caller, core::UserId id, UserChange change);
    Answer<User> set_roles(core::Principal caller, core::UserId id, std::vector<core::Grant> grants,
                           std::optional<std::int64_t> expected_version);
    Answer<UserWithPassword> reset_password(core::Principal caller, core::UserId id);

private:
    core::Result<void> check_new(const core::Principal& caller, const NewUser& request) const;
    core::Result<Made<User>> insert(platform::db::Transaction& transaction,
                                    const core::Principal& caller, const NewUser& request,
                                    const std::string& password_hash);
    core::Result<User> find_to_change(platform::db::Reader& reader, const core::Principal& caller,
                                      core::UserId id,
                                      std::optional<std::int64_t> expected_version) const;
    core::Result<User> store_change(platform::db::Transaction& transaction,
                                    const core::Principal& caller, const User& before, User after,
                                    std::string_view event);
    core::Result<void> check_last_operator(platform::db::Transaction& transaction,
                                           const User& before, const User& after) const;
    core::Result<User> store_password(platform::db::Transaction& transaction,
                                      const core::Principal& caller, core::UserId id,
                                      const std::string& password_hash);
    core::Result<void> check_foreign_grants(const core::Principal& caller, const User& user) const;
    core::Result<void> end_what_is_lost(platform::db::Transaction& transaction,
                                        const core::Principal& caller, const User& before,
                                        const User& after);
    core::Result<void> end_keys(platform::db::Transaction& transaction,
                                const core::Principal& caller, const User& maker);

    Context context_;
    PasswordWorkers& passwords_;
};

// 20 characters that cannot be confused in print: 100 bits.
[[nodiscard]] core::Secret make_password(core::Random& random);

}  // namespace kapok::identity
