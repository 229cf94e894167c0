#pragma once

// People sign in with a name and a password and get a session. An unknown name and a wrong password
// take the same time, count the same and get the same answer. An attempt is counted before the
// password is looked at, so that many at once cannot outrun the lock (see lockout.h).

#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "core/secret.h"
#include "identity/context.h"
#include "identity/password_workers.h"
#include "identity/store.h"
#include "identity/types.h"

namespace kapok::identity {

struct SignIn {
    std::string user_name;
    core::Secret password;
    std::string peer;
};

struct SignedIn {
    core::Secret token;  // For the cookie.
    std::string csrf_token;
    Session session;
    User user;
};

class SignInService {
public:
    template <class T>
    using Answer = boost::asio::awaitable<core::Result<T>>;

    SignInService(const Context& context, PasswordWorkers& passwords) noexcept
        : context_(context), passwords_(passwords) {}

    Answer<SignedIn> sign_in(SignIn request);
    // Ends the session of this token; nothing happens if it has ended already.
    Answer<void> sign_out(core::Principal caller, core::Secret token);
    // Ends all sessions of the user but the one of `token`.
    Answer<User> change_password(core::Principal caller, core::Secret token, core::Secret present,
                                 core::Secret wanted);

    // Of `user`, or of the caller.
    Answer<store::Page<Session>> list(core::Principal caller, std::optional<core::UserId> user,
                                      store::Window window);
    Answer<void> revoke(core::Principal caller, SessionId id);

private:
    using Found = std::optional<store::StoredPassword>;

    // Counts the attempt, or refuses it, and finds the user if there is one.
    core::Result<Found> begin(platform::db::Transaction& transaction, const std::string& name,
                              const std::string& peer);
    core::Result<void> count(platform::db::Transaction& transaction, std::string_view kind,
                             const std::string& subject, const LockoutPolicy& policy);
    core::Result<void> record_failure(platform::db::Transaction& transaction,
                                      const std::string& peer, const Found& found);
    core::Result<void> take_back(platform::db::Transaction& transaction, const std::string& name,
                                 const std::string& peer);
    core::Result<Session> open_session(platform::db::Transaction& transaction,
                                       const store::StoredPassword& verified,
                                       const std::string& peer, const core::Secret& token);
    Answer<SignedIn> admit(store::StoredPassword verified, SignIn request);
    Answer<User> replace_password(core::Principal caller, core::Secret token,
                                  store::StoredPassword verified, core::Secret wanted);
    boost::asio::awaitable<store::StoredPassword> store_better_hash(store::StoredPassword verified,
                                                                    std::string hash);

    Context context_;
    PasswordWorkers& passwords_;
};

// Who `user` is to the rest of the program.
[[nodiscard]] core::Principal principal_of(const User& user);

}  // namespace kapok::identity
