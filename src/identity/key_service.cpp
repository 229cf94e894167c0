#include "identity/key_service.h"

#include <algorithm>
#include <utility>

#include "core/limits.h"
#include "core/timestamp.h"
#include "identity/errors.h"
#include "identity/events.h"
#include "identity/limits.h"
#include "identity/names.h"
#include "identity/token_format.h"

namespace kapok::identity {

using core::Principal;
using core::Result;
using platform::db::Reader;
using platform::db::Transaction;

namespace {

constexpr auto kNameMax = static_cast<std::size_t>(core::kNameBytesMax);

Result<void> check_scopes(const Principal& caller, const std::vector<std::string>& scopes) {
    for (std::size_t i = 0; i < scopes.size(); ++i) {
        const std::string pointer = "/scopes/" + std::to_string(i);
        if (!is_scope(scopes[i]) && scopes[i] != kEveryScope) {
            return core::fail(kUnknownScope, {{"scope", scopes[i]}}, pointer);
        }
        if (caller.kind != core::PrincipalKind::System && !holds_scope(caller.scopes, scopes[i])) {
            return core::fail(kBeyondOwnRights, {{"right", scopes[i]}}, pointer);
        }
    }
    return {};
}

Result<void> check_time(std::optional<core::Timestamp> time, core::Timestamp now,
                        std::chrono::microseconds longest, std::string pointer) {
    if (!time || (*time > now && *time <= now + longest)) {
        return {};
    }
    return core::fail(
        kBadExpiry,
        {{"earliest", core::to_rfc3339(now)}, {"latest", core::to_rfc3339(now + longest)}},
        std::move(pointer));
}

std::vector<std::string> normal(std::vector<std::string> scopes) {
    std::ranges::sort(scopes);
    const auto doubles = std::ranges::unique(scopes);
    scopes.erase(doubles.begin(), doubles.end());
    return scopes;
}

bool is_same(const ApiKey& found, const NewKey& asked) {
    return found.organization == asked.organization && found.project == asked.project &&
           found.name == asked.name && found.role == asked.role && found.scopes == asked.scopes;
}

}  // namespace

bool is_active(const ApiKey& key, core::Timestamp now) noexcept {
    return !key.revoked_at && (!key.expires_at || *key.expires_at > now);
}

core::Secret KeyService::make_text(ApiKeyId id) const {
    return make_token(kApiKeyPrefix, context_.settings.environment, id.uuid(), context_.random);
}

KeyService::Answer<KeyWithText> KeyService::create(Principal caller, NewKey request) {
    request.scopes = normal(std::move(request.scopes));
    if (const auto allowed = check_new(caller, request); !allowed) {
        co_return std::unexpected(allowed.error());
    }
    const auto command = [this, caller, request](Transaction& transaction) {
        return insert(transaction, caller, request);
    };
    auto made = co_await context_.database.write(command);
    co_return made;
}

Result<void> KeyService::check_new(const Principal& caller, const NewKey& request) const {
    const core::OrganizationId home = request.organization;
    const Resource where = place(context_, home, home.text(), request.project);
    return in_order([&] { return authorize(caller, "key:create", where); },
                    [&]() -> Result<void> {
                        if (caller.project && request.project != caller.project) {
                            return core::fail(kBeyondOwnRights, {{"right", "project"}},
                                              "/project_id");
                        }
                        return {};
                    },
                    [&]() -> Result<void> {
                        if (!can_give(context_, caller, home, request.role)) {
                            const std::string role(to_text(request.role));
                            return core::fail(kBeyondOwnRights, {{"right", role}}, "/role");
                        }
                        return {};
                    },
                    [&] { return check_scopes(caller, request.scopes); },
                    [&] { return check_name(request.name, kNameMax); },
                    [&] {
                        return check_time(request.expires_at, context_.clock.now(), kKeyLifetimeMax,
                                          "/expires_at");
                    });
}

Result<void> KeyService::check_project(Transaction& transaction, const Principal& caller,
                                       const NewKey& request) const {
    if (!request.project) {
        return {};
    }
    const core::Scope scope = scope_of(context_, caller);
    const auto project =
        require(store::find_project(transaction, scope, *request.project), request.project->text());
    if (!project) {
        return std::unexpected(project.error());
    }
    if (project->organization != request.organization) {
        return not_found(request.project->text());
    }
    if (project->status != Status::Active) {
        return core::fail(kProjectSuspended, {{"project", request.project->text()}});
    }
    return {};
}

Result<KeyWithText> KeyService::insert(Transaction& transaction, const Principal& caller,
                                       const NewKey& request) {
    std::optional<core::Secret> text;
    const auto made = make_once(
        Making{context_, transaction, request.naming},
        [&](ApiKeyId id) { return store::find_key(transaction, core::Scope::all(), id); },
        [&](const ApiKey& found) {
            const Resource resource =
                place(context_, found.organization, "", found.project,
                      found.made_by ? std::optional(found.made_by->uuid()) : std::nullopt);
            return authorize(caller, "key:read", resource) && is_same(found, request);
        },
        [&](ApiKeyId id) -> Result<ApiKey> {
            const auto project = check_project(transaction, caller, request);
            if (!project) {
                return std::unexpected(project.error());
            }
            ApiKey key;
            key.id = id;
            key.organization = request.organization;
            key.project = request.project;
            key.name = request.name;
            key.role = request.role;
            key.scopes = request.scopes;
            key.expires_at = request.expires_at;
            text = make_text(id);
            return insert_as(transaction, caller, std::move(key), *text, "identity.key_created");
        });
    if (!made) {
        return std::unexpected(made.error());
    }
    return KeyWithText{made->thing, std::move(text)};
}

Result<ApiKey> KeyService::insert_as(Transaction& transaction, const Principal& caller, ApiKey key,
                                     const core::Secret& text, std::string_view event) {
    key.created_at = transaction.now();
    if (caller.kind == core::PrincipalKind::User) {
        key.made_by = core::UserId(caller.id);
    }
    const auto inserted = store::insert_key(transaction, scope_of(context_, caller), key,
                                            context_.hasher.of_api_key(text.reveal()));
    if (!inserted) {
        return std::unexpected(inserted.error());
    }
    if (!*inserted) {
        return core::fail(kIdTaken, {}, "/id");
    }
    if (const auto told = publish(transaction, caller, event, key); !told) {
        return std::unexpected(told.error());
    }
    return key;
}

Result<ApiKey> KeyService::find_to(Reader& reader, const Principal& caller, Action action,
                                   ApiKeyId id) const {
    auto key = require(store::find_key(reader, scope_of(context_, caller), id), id.text());
    if (!key) {
        return key;
    }
    std::optional<core::Uuid> maker;
    if (const auto& made_by = key->made_by) {
        maker = made_by->uuid();
    }
    const Resource resource = place(context_, key->organization, id.text(), key->project, maker);
    const bool elsewhere = caller.project && key->project != caller.project;
    const auto allowed = authorize(caller, action, resource);
    if (elsewhere || !allowed) {
        return elsewhere ? not_found(id.text()) : std::unexpected(allowed.error());
    }
    return key;
}

KeyService::Answer<ApiKey> KeyService::get(Principal caller, ApiKeyId id) {
    const auto read = [this, caller, id](Reader& reader) {
        return find_to(reader, caller, "key:read", id);
    };
    auto key = co_await context_.database.read(read);
    co_return key;
}

KeyService::Answer<store::Page<ApiKey>> KeyService::list(Principal caller, store::KeyFilter filter,
                                                         store::Window window) {
    filter.now = context_.clock.now();
    filter.full = scope_of(context_, caller, "key:read");
    if (caller.kind == core::PrincipalKind::User) {
        filter.own = core::UserId(caller.id);
    }
    if (caller.project) {
        filter.project = caller.project;
    }
    const auto read = [scope = scope_of(context_, caller), filter, window](Reader& reader) {
        return store::list_keys(reader, scope, filter, window);
    };
    auto page = co_await context_.database.read(read);
    co_return page;
}

KeyService::Answer<KeyWithText> KeyService::rotate(Principal caller, ApiKeyId id,
                                                   Naming<ApiKeyId> naming,
                                                   std::optional<core::Timestamp> old_valid_until) {
    const core::Timestamp now = context_.clock.now();
    const auto right = check_time(old_valid_until, now, kKeyOverlapMax, "/old_valid_until");
    if (!right) {
        co_return std::unexpected(right.error());
    }
    const core::Timestamp old_end = old_valid_until.value_or(now);
    const auto command = [this, caller, id, naming, old_end](Transaction& transaction) {
        return replace(transaction, caller, id, naming, old_end);
    };
    auto made = co_await context_.database.write(command);
    co_return made;
}

// Whoever rotates a key holds its text, so that it must not be able to do more than they can.
Result<void> KeyService::check_takeover(Transaction& transaction, const Principal& caller,
                                        const ApiKey& key) const {
    if (!is_active(key, transaction.now())) {
        return core::fail(kAlreadyEnded, {{"name", key.id.text()}});
    }
    if (!can_give(context_, caller, key.organization, key.role)) {
        return core::fail(kBeyondOwnRights, {{"right", std::string(to_text(key.role))}});
    }
    return check_scopes(caller, key.scopes);
}

Result<KeyWithText> KeyService::replace(Transaction& transaction, const Principal& caller,
                                        ApiKeyId id, const Naming<ApiKeyId>& naming,
                                        core::Timestamp old_end) {
    auto old = find_to(transaction, caller, "key:change", id);
    if (!old) {
        return std::unexpected(old.error());
    }
    std::optional<core::Secret> text;
    const auto made = make_once(
        Making{context_, transaction, naming},
        [&](ApiKeyId fresh) { return store::find_key(transaction, core::Scope::all(), fresh); },
        [&](const ApiKey& found) { return found.replaces == id; },
        [&](ApiKeyId fresh) -> Result<ApiKey> {
            const auto fine = check_takeover(transaction, caller, *old);
            if (!fine) {
                return std::unexpected(fine.error());
            }
            ApiKey key = *old;  // Its scopes were checked when it was made; it gains none.
            key.id = fresh;
            key.replaces = id;
            key.version = 1;
            key.last_used_at.reset();
            old->expires_at = std::min(old->expires_at.value_or(old_end), old_end);
            old->version += 1;
            const core::Scope scope = scope_of(context_, caller);
            const auto ended = store::update_key(transaction, scope, *old);
            if (!ended) {
                return std::unexpected(ended.error());
            }
            const auto told = in_order(
                [&] { return context_.directory.change_credentials(transaction); },
                [&] { return publish(transaction, caller, "identity.key_superseded", *old); });
            if (!told) {
                return std::unexpected(told.error());
            }
            text = make_text(fresh);
            return insert_as(transaction, caller, std::move(key), *text, "identity.key_rotated");
        });
    if (!made) {
        return std::unexpected(made.error());
    }
    return KeyWithText{made->thing, std::move(text)};
}

KeyService::Answer<ApiKey> KeyService::revoke(Principal caller, ApiKeyId id) {
    const auto command = [this, caller, id](Transaction& transaction) {
        return end(transaction, caller, id);
    };
    auto key = co_await context_.database.write(command);
    co_return key;
}

Result<ApiKey> KeyService::end(Transaction& transaction, const Principal& caller, ApiKeyId id) {
    auto key = find_to(transaction, caller, "key:change", id);
    if (!key || key->revoked_at) {
        return key;
    }
    key->revoked_at = transaction.now();
    key->version += 1;
    const auto revoked = store::update_key(transaction, scope_of(context_, caller), *key);
    if (!revoked) {
        return std::unexpected(revoked.error());
    }
    const auto told =
        in_order([&] { return context_.directory.change_credentials(transaction); },
                 [&] { return publish(transaction, caller, "identity.key_revoked", *key); });
    if (!told) {
        return std::unexpected(told.error());
    }
    return key;
}

}  // namespace kapok::identity
