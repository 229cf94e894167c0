#include "identity/sign_in_service.h"

#include <array>
#include <chrono>
#include <utility>

#include "identity/errors.h"
#include "identity/events.h"
#include "identity/limits.h"
#include "identity/lockout.h"
#include "identity/names.h"
#include "identity/peer.h"
#include "platform/crypto/encoding.h"

namespace kapok::identity {

using core::Principal;
using core::Result;
using platform::db::Reader;
using platform::db::Transaction;

namespace {

constexpr std::size_t kTokenBytes = 32;

core::Secret make_session_token(core::Random& random) {
    std::array<std::byte, kTokenBytes> bytes{};
    random.fill(bytes);
    return core::Secret(platform::crypto::to_base64url(bytes));
}

std::unexpected<core::Error> locked_out(core::Timestamp until, core::Timestamp now) {
    const auto wait = std::chrono::ceil<std::chrono::seconds>(until - now);
    return core::fail(kLockedOut, {{"retry_after_s", std::to_string(wait.count())}});
}

// What names that nobody can have count for, so that they cost no storage.
std::string attempts_subject(const std::string& name) {
    return check_user_name(name) ? name : "-";
}

}  // namespace

Principal principal_of(const User& user) {
    Principal principal;
    principal.kind = core::PrincipalKind::User;
    principal.id = user.id.uuid();
    principal.name = "user " + user.name;
    principal.organization = user.organization;
    principal.grants = user.grants;
    principal.scopes = {std::string(kEveryScope)};
    return principal;
}

SignInService::Answer<SignedIn> SignInService::sign_in(SignIn request) {
    request.user_name = fold_user_name(request.user_name);
    if (request.password.reveal().size() > kPasswordBytesMax) {
        co_return core::fail(kBadCredentials);
    }
    const std::string peer = peer_group(request.peer);
    const auto counted = [this, name = request.user_name, peer](Transaction& transaction) {
        return begin(transaction, name, peer);
    };
    auto begun = co_await context_.database.write(counted);
    if (!begun) {
        co_return std::unexpected(begun.error());
    }
    auto& found = *begun;
    std::string hash = found ? found->password_hash : passwords_.nobodys_hash();
    const auto right = co_await passwords_.verify(request.password, std::move(hash));
    if (!right) {
        co_return std::unexpected(right.error());
    }
    if (!*right || !found || found->user.status != Status::Active) {
        const auto failed = [this, peer, found](Transaction& transaction) {
            return record_failure(transaction, peer, found);
        };
        const auto recorded = co_await context_.database.write(failed);
        co_return recorded ? core::fail(kBadCredentials) : std::unexpected(recorded.error());
    }
    auto opened = co_await admit(*std::move(found), std::move(request));
    co_return opened;
}

Result<SignInService::Found> SignInService::begin(Transaction& transaction, const std::string& name,
                                                  const std::string& peer) {
    const Settings& settings = context_.settings;
    const auto counted =
        in_order([&] { return count(transaction, kPeerAttempts, peer, settings.peer_lockout); },
                 [&] {
                     return count(transaction, kAccountAttempts, attempts_subject(name),
                                  settings.account_lockout);
                 });
    if (!counted) {
        return std::unexpected(counted.error());
    }
    if (!check_user_name(name)) {
        return std::nullopt;
    }
    return store::system_find_password(transaction, name);
}

Result<void> SignInService::count(Transaction& transaction, std::string_view kind,
                                  const std::string& subject, const LockoutPolicy& policy) {
    const auto attempts = store::system_find_attempts(transaction, kind, subject);
    if (!attempts) {
        return std::unexpected(attempts.error());
    }
    const core::Timestamp now = transaction.now();
    const core::Timestamp next = next_attempt_at(*attempts, policy);
    if (next > now) {
        return locked_out(next, now);
    }
    return store::system_put_attempts(transaction, kind, subject,
                                      count_attempt(*attempts, now, policy));
}

// The write is the same whether there is such a user or not: it takes the same time.
Result<void> SignInService::record_failure(Transaction& transaction, const std::string& peer,
                                           const Found& found) {
    const auto attempts = store::system_find_attempts(transaction, kPeerAttempts, peer);
    if (!attempts) {
        return std::unexpected(attempts.error());
    }
    const auto put = store::system_put_attempts(transaction, kPeerAttempts, peer, *attempts);
    if (!put || !found) {
        return put;
    }
    Principal nobody;
    nobody.name = "peer " + peer;
    return publish(transaction, nobody, "identity.sign_in_failed", found->user);
}

// A right password clears its account. Of the peer only this attempt is taken back: an attacker
// with an account of their own must not clear the count by signing in now and then.
Result<void> SignInService::take_back(Transaction& transaction, const std::string& name,
                                      const std::string& peer) {
    const auto cleared = store::system_drop_attempts(transaction, kAccountAttempts, name);
    auto attempts = store::system_find_attempts(transaction, kPeerAttempts, peer);
    if (!cleared || !attempts) {
        return cleared ? std::unexpected(attempts.error()) : cleared;
    }
    attempts->count = std::max<std::int64_t>(attempts->count - 1, 0);
    return store::system_put_attempts(transaction, kPeerAttempts, peer, *attempts);
}

SignInService::Answer<SignedIn> SignInService::admit(store::StoredPassword verified,
                                                     SignIn request) {
    const core::OrganizationId home = verified.user.organization;
    if (!context_.directory.tree()->is_active(home)) {
        co_return core::fail(kSuspended, {{"organization", home.text()}});
    }
    if (passwords_.needs_rehash(verified.password_hash)) {
        auto hashed = co_await passwords_.hash(request.password);
        if (hashed) {  // If not, the old one serves until next time.
            verified = co_await store_better_hash(std::move(verified), *std::move(hashed));
        }
    }
    core::Secret token = make_session_token(context_.random);
    const auto command = [this, verified, peer = request.peer, token](Transaction& transaction) {
        return open_session(transaction, verified, peer, token);
    };
    const auto session = co_await context_.database.write(command);
    if (!session) {
        co_return std::unexpected(session.error());
    }
    std::string csrf = context_.hasher.csrf_token(token.reveal());
    SignedIn opened{std::move(token), std::move(csrf), *session, std::move(verified.user)};
    co_return opened;
}

boost::asio::awaitable<store::StoredPassword> SignInService::store_better_hash(
    store::StoredPassword verified, std::string hash) {
    const auto command = [verified, hash](Transaction& transaction) {
        return store::update_password(transaction, core::Scope::all(), verified.user,
                                      verified.password_hash, hash);
    };
    const auto updated = co_await context_.database.write(command);
    if (updated && *updated) {
        verified.password_hash = std::move(hash);
    }
    co_return verified;
}

Result<Session> SignInService::open_session(Transaction& transaction,
                                            const store::StoredPassword& verified,
                                            const std::string& peer, const core::Secret& token) {
    const User& user = verified.user;
    const auto found = store::system_find_password(transaction, user.id);
    if (!found) {
        return std::unexpected(found.error());
    }
    const auto& still = *found;
    if (!still || still->password_hash != verified.password_hash ||
        still->user.status != Status::Active) {
        return core::fail(kBadCredentials);  // It was changed while we looked at it.
    }
    const core::Timestamp now = transaction.now();
    Session session{SessionId::make(context_.clock, context_.random),
                    user.id,
                    user.organization,
                    peer,
                    now,
                    now,
                    now + context_.settings.session_absolute};
    const core::Scope own{false, {user.organization}};
    const auto opened = in_order(
        [&] { return take_back(transaction, user.name, peer_group(peer)); },
        [&] { return store::system_record_sign_in(transaction, user.id, now); },
        [&] {
            return store::insert_session(transaction, own, session,
                                         context_.hasher.of_session(token.reveal()));
        },
        [&] { return store::trim_sessions_of(transaction, own, user.id, kSessionsMax); },
        [&] {
            return publish(transaction, principal_of(user), "identity.session_opened", session);
        });
    if (!opened) {
        return std::unexpected(opened.error());
    }
    return session;
}

SignInService::Answer<void> SignInService::sign_out(Principal caller, core::Secret token) {
    const auto command = [this, caller, token](Transaction& transaction) -> Result<void> {
        const auto found =
            store::system_find_session(transaction, context_.hasher.of_session(token.reveal()));
        if (!found) {
            return std::unexpected(found.error());
        }
        const auto& open = *found;
        if (!open) {
            return {};
        }
        const Session& session = open->session;
        const core::Scope own{false, {session.organization}};
        const auto deleted = store::delete_session(transaction, own, session.id);
        if (!deleted) {
            return std::unexpected(deleted.error());
        }
        return publish(transaction, caller, "identity.session_closed", session);
    };
    auto closed = co_await context_.database.write(command);
    co_return closed;
}

SignInService::Answer<User> SignInService::change_password(Principal caller, core::Secret token,
                                                           core::Secret present,
                                                           core::Secret wanted) {
    if (caller.kind != core::PrincipalKind::User) {
        co_return core::fail(kOnlyPeople);
    }
    // A stolen session must not be a way to guess the password, so these attempts count too.
    const auto counted = [this, caller](Transaction& transaction) -> Result<Found> {
        auto found = store::system_find_password(transaction, core::UserId(caller.id));
        if (!found) {
            return found;
        }
        const auto& stored = *found;
        if (!stored) {
            return found;
        }
        const auto attempt = count(transaction, kAccountAttempts, stored->user.name,
                                   context_.settings.account_lockout);
        return attempt ? found : std::unexpected(attempt.error());
    };
    auto write_result = co_await context_.database.write(counted);
    const auto found = require(std::move(write_result), core::UserId(caller.id).text());
    if (!found) {
        co_return std::unexpected(found.error());
    }
    const auto right = co_await passwords_.verify(std::move(present), found->password_hash);
    if (!right) {
        co_return std::unexpected(right.error());
    }
    if (!*right) {
        co_return core::fail(kWrongPassword, {}, "/present_password");
    }
    if (const auto strong = check_password(wanted.reveal(), found->user.name); !strong) {
        co_return std::unexpected(strong.error());
    }
    const auto same = co_await passwords_.verify(wanted, found->password_hash);
    if (same && *same) {
        co_return core::fail(kSamePassword, {}, "/new_password");
    }
    auto changed =
        co_await replace_password(std::move(caller), std::move(token), *found, std::move(wanted));
    co_return changed;
}

SignInService::Answer<User> SignInService::replace_password(Principal caller, core::Secret token,
                                                            store::StoredPassword verified,
                                                            core::Secret wanted) {
    const auto hashed = co_await passwords_.hash(std::move(wanted));
    if (!hashed) {
        co_return std::unexpected(hashed.error());
    }
    const auto command = [this, caller, token, verified,
                          hash = *hashed](Transaction& transaction) -> Result<User> {
        User user = verified.user;
        user.must_change_password = false;
        user.version += 1;
        user.updated_at = transaction.now();
        const core::Scope own{false, {user.organization}};
        const auto updated =
            store::update_password(transaction, own, user, verified.password_hash, hash);
        const auto found =
            store::system_find_session(transaction, context_.hasher.of_session(token.reveal()));
        if (!updated || !found) {
            return std::unexpected(updated ? found.error() : updated.error());
        }
        if (!*updated) {
            return core::fail(kWrongPassword);  // It was changed while we looked at it.
        }
        const auto& open = *found;
        const auto keep = open ? std::optional(open->session.id) : std::nullopt;
        const auto ended = store::delete_sessions_of(transaction, own, user.id, keep);
        if (!ended) {
            return std::unexpected(ended.error());
        }
        const auto told = in_order(
            [&] { return store::system_drop_attempts(transaction, kAccountAttempts, user.name); },
            [&] { return publish(transaction, caller, "identity.user_password_changed", user); });
        return told ? Result<User>(user) : std::unexpected(told.error());
    };
    auto user = co_await context_.database.write(command);
    co_return user;
}

SignInService::Answer<store::Page<Session>> SignInService::list(Principal caller,
                                                                std::optional<core::UserId> user,
                                                                store::Window window) {
    const bool own = !user || user->uuid() == caller.id;
    const core::Scope scope = own ? core::Scope{false, {caller.organization}}
                                  : scope_of(context_, caller, "session:read");
    const core::UserId whose = user.value_or(core::UserId(caller.id));
    const auto read = [scope, whose, window](Reader& reader) {
        return store::list_sessions(reader, scope, whose, window);
    };
    auto page = co_await context_.database.read(read);
    co_return page;
}

SignInService::Answer<void> SignInService::revoke(Principal caller, SessionId id) {
    const auto command = [this, caller, id](Transaction& transaction) -> Result<void> {
        const auto session =
            require(store::find_session(transaction, core::Scope::all(), id), id.text());
        if (!session) {
            return std::unexpected(session.error());
        }
        const Resource resource =
            place(context_, session->organization, id.text(), {}, session->user.uuid());
        const bool own = caller.kind == core::PrincipalKind::User &&
                         session->user.uuid() == caller.id;  // Also without any role.
        if (const auto allowed = authorize(caller, "session:revoke", resource); !own && !allowed) {
            return allowed;
        }
        const core::Scope scope{false, {session->organization}};
        const auto deleted = store::delete_session(transaction, scope, id);
        if (!deleted) {
            return std::unexpected(deleted.error());
        }
        return publish(transaction, caller, "identity.session_revoked", *session);
    };
    auto revoked = co_await context_.database.write(command);
    co_return revoked;
}

}  // namespace kapok::identity
