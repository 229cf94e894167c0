#include "identity/identity.h"

#include <atomic>
#include <utility>

#include "identity/errors.h"
#include "identity/events.h"
#include "identity/limits.h"
#include "identity/names.h"

namespace kapok::identity {

namespace crypto = platform::crypto;
using core::Principal;
using core::Result;
using platform::db::Transaction;

namespace {

constexpr std::uint32_t kSealingKeyNumber = 1;
constexpr std::string_view kFirstUserName = "admin";

struct FirstThings {
    Organization root;
    User user;
};

Result<std::optional<FirstThings>> insert_first(Transaction& transaction, FirstThings first,
                                                const std::string& password_hash) {
    const core::Scope all = core::Scope::all();
    const auto tree = store::system_load_tree(transaction);
    if (!tree) {
        return std::unexpected(tree.error());
    }
    if (!tree->empty()) {
        return std::nullopt;
    }
    const core::Timestamp now = transaction.now();
    first.root.created_at = first.root.updated_at = now;
    first.user.created_at = first.user.updated_at = now;
    const auto root = store::insert_organization(transaction, all, first.root);
    if (!root || !*root) {
        return root ? Result<std::optional<FirstThings>>() : std::unexpected(root.error());
    }
    const auto user = store::insert_user(transaction, all, first.user, password_hash);
    if (!user) {
        return std::unexpected(user.error());
    }
    return first;
}

}  // namespace

struct Identity::Parts {
    Parts(platform::db::Database& database, const core::Clock& clock, core::Random& random,
          const crypto::MasterKey& master, crypto::CertificateAuthority made_authority,
          Settings given)
        : settings(std::move(given)),
          hasher(master, settings.suite),
          authority(std::move(made_authority)),
          directory(database, clock),
          context{database, clock, random, directory, hasher, settings},
          passwords(settings.password_cost, random),
          organizations(context),
          users(context, passwords),
          sign_in(context, passwords),
          keys(context),
          agents(context, authority),
          credentials(context),
          authorizer(context, credentials) {}

    Settings settings;
    TokenHasher hasher;
    crypto::CertificateAuthority authority;
    Directory directory;
    Context context;
    PasswordWorkers passwords;
    OrganizationService organizations;
    UserService users;
    SignInService sign_in;
    KeyService keys;
    AgentService agents;
    Credentials credentials;
    Authorizer authorizer;
    std::atomic<std::int64_t> cleaned_at_us{0};
};

Identity::Identity(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Identity::~Identity() = default;

Result<std::unique_ptr<Identity>> Identity::create(platform::db::Database& database,
                                                   const core::Clock& clock, core::Random& random,
                                                   const crypto::MasterKey& master,
                                                   Settings settings) {
    const auto key = master.sealing_key(settings.suite, "identity.authority", kSealingKeyNumber);
    auto authority = load_or_create_authority(database, key, clock, random);
    if (!authority) {
        return std::unexpected(authority.error());
    }
    auto parts = std::make_unique<Parts>(database, clock, random, master, *std::move(authority),
                                         std::move(settings));
    if (const auto loaded = parts->directory.refresh_blocking(); !loaded) {
        return std::unexpected(loaded.error());
    }
    return std::unique_ptr<Identity>(new Identity(std::move(parts)));
}

Result<std::optional<FirstAdministrator>> Identity::ensure_first_administrator() {
    const Context& context = parts_->context;
    if (!context.directory.tree()->empty()) {
        return std::nullopt;
    }
    core::Secret password = make_password(context.random);
    const auto hash =
        crypto::hash_password(password, context.settings.password_cost, context.random);
    if (!hash) {
        return std::unexpected(hash.error());
    }
    FirstThings first;
    first.root.id = core::OrganizationId::make(context.clock, context.random);
    first.root.name = context.settings.root_name;
    first.root.kind = OrganizationKind::Platform;
    first.user.id = core::UserId::make(context.clock, context.random);
    first.user.organization = first.root.id;
    first.user.name = kFirstUserName;
    first.user.display_name = kFirstUserName;
    first.user.grants = {{first.root.id, core::Role::Operator}};
    const auto made = context.database.write_blocking([&](Transaction& transaction)
                                                          -> Result<std::optional<FirstThings>> {
        const auto inserted = insert_first(transaction, first, *hash);
        if (!inserted) {
            return inserted;
        }
        const auto& present = *inserted;
        if (!present) {
            return inserted;
        }
        const FirstThings& things = *present;
        const Principal platform = Principal::system("first start");
        const auto told = in_order(
            [&] { return context.directory.change_tree(transaction); },
            [&] {
                return publish(transaction, platform, "identity.organization_created", things.root);
            },
            [&] { return publish(transaction, platform, "identity.user_created", things.user); });
        return told ? inserted : std::unexpected(told.error());
    });
    if (!made) {
        return std::unexpected(made.error());
    }
    if (const auto loaded = context.directory.refresh_blocking(); !loaded) {
        return std::unexpected(loaded.error());
    }
    const auto& things = *made;
    if (!things) {
        return std::nullopt;
    }
    return FirstAdministrator{things->user, std::move(password)};
}

Result<core::Secret> Identity::reset_password(const std::string& user_name) {
    const Context& context = parts_->context;
    core::Secret password = make_password(context.random);
    const auto hash =
        crypto::hash_password(password, context.settings.password_cost, context.random);
    if (!hash) {
        return std::unexpected(hash.error());
    }
    const Principal platform = Principal::system("admin reset-password");
    const core::Scope all = core::Scope::all();
    const auto reset = context.database.write_blocking([&](Transaction& transaction)
                                                           -> Result<void> {
        const auto found =
            require(store::system_find_password(transaction, fold_user_name(user_name)), user_name);
        if (!found) {
            return std::unexpected(found.error());
        }
        User user = found->user;
        user.must_change_password = true;
        user.version += 1;
        user.updated_at = transaction.now();
        const auto updated =
            store::update_password(transaction, all, user, found->password_hash, *hash);
        const auto ended = store::delete_sessions_of(transaction, all, user.id, std::nullopt);
        if (!updated || !ended) {
            return std::unexpected(updated ? ended.error() : updated.error());
        }
        return in_order(
            [&] { return store::system_drop_attempts(transaction, kAccountAttempts, user.name); },
            [&] { return publish(transaction, platform, "identity.user_password_reset", user); });
    });
    return reset ? Result<core::Secret>(std::move(password)) : std::unexpected(reset.error());
}

Result<Principal> Identity::act_as(const std::string& user_name) {
    const auto found = parts_->context.database.read_blocking([&](platform::db::Reader& reader) {
        return require(store::system_find_password(reader, fold_user_name(user_name)), user_name);
    });
    return found ? Result<Principal>(principal_of(found->user)) : std::unexpected(found.error());
}

boost::asio::awaitable<Result<void>> Identity::maintain() {
    if (const auto flushed = co_await parts_->credentials.flush(); !flushed) {
        co_return flushed;
    }
    const std::int64_t now_us = core::to_micros(parts_->context.clock.now());
    const auto pause = std::chrono::microseconds(kCleaning).count();
    std::int64_t last = parts_->cleaned_at_us.load();
    if (now_us < last + pause || !parts_->cleaned_at_us.compare_exchange_strong(last, now_us)) {
        co_return Result<void>();
    }
    const auto clean = [settings = parts_->settings](Transaction& transaction) -> Result<void> {
        const core::Timestamp now = transaction.now();
        const auto forget =
            std::max(settings.account_lockout.forget_after, settings.peer_lockout.forget_after);
        const auto ended =
            store::system_delete_ended_sessions(transaction, now, now - settings.session_idle);
        const auto attempts = store::system_drop_attempts_before(transaction, now - forget);
        const auto keys = forget_old_keys(transaction);
        for (const auto* step : {&ended, &attempts, &keys}) {
            if (!*step) {
                return std::unexpected(step->error());
            }
        }
        return {};
    };
    auto cleaned = co_await parts_->context.database.write(clean);
    co_return cleaned;
}

OrganizationService& Identity::organizations() noexcept {
    return parts_->organizations;
}
UserService& Identity::users() noexcept {
    return parts_->users;
}
SignInService& Identity::sign_in() noexcept {
    return parts_->sign_in;
}
KeyService& Identity::keys() noexcept {
    return parts_->keys;
}
AgentService& Identity::agents() noexcept {
    return parts_->agents;
}
Credentials& Identity::credentials() noexcept {
    return parts_->credentials;
}
Directory& Identity::directory() noexcept {
    return parts_->directory;
}
Authorizer& Identity::authorizer() noexcept {
    return parts_->authorizer;
}
const TokenHasher& Identity::hasher() const noexcept {
    return parts_->hasher;
}
const Settings& Identity::settings() const noexcept {
    return parts_->settings;
}
const crypto::CertificateAuthority& Identity::authority() const noexcept {
    return parts_->authority;
}

}  // namespace kapok::identity
