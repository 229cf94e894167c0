#pragma once

// What the services of identity share, and the few steps that each of their methods begins with.

#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "core/clock.h"
#include "core/principal.h"
#include "core/random.h"
#include "core/result.h"
#include "identity/authorize.h"
#include "identity/directory.h"
#include "identity/errors.h"
#include "identity/idempotency.h"
#include "identity/settings.h"
#include "identity/token_hasher.h"
#include "platform/db/database.h"

namespace kapok::identity {

// All of it outlives the services: Identity owns it or was given it.
struct Context {
    platform::db::Database& database;
    const core::Clock& clock;
    core::Random& random;
    Directory& directory;
    const TokenHasher& hasher;
    const Settings& settings;
};

// A thing and, if it was made or changed by this very call, that it was.
template <class T>
struct Made {
    T thing;
    bool is_new = true;
};

// How a client names what it makes, so that a retry makes nothing twice.
template <class Id>
struct Naming {
    std::optional<Id> id;
    std::optional<IdempotencyKey> key;
};

// Which id a creation shall use: the one from an earlier run of the same request, the client's, or
// a new one. A client's id must be fresh.
template <class Id>
struct ChosenId {
    Id id;
    bool repeated = false;  // Made by an earlier run.
};

// Refuses a change meant for another version than the present one; nothing means any.
[[nodiscard]] core::Result<void> check_version(std::optional<std::int64_t> expected,
                                               std::int64_t actual);

[[nodiscard]] core::Result<void> check_fresh_id(const core::Uuid& id, std::string text,
                                                core::Timestamp now);

// `owner`'s thing as authorize() wants it, by the tree as last read.
[[nodiscard]] inline Resource place(const Context& context, core::OrganizationId owner,
                                    std::string name, std::optional<core::ProjectId> project = {},
                                    std::optional<core::Uuid> user = {}) {
    return resource_of(*context.directory.tree(), owner, std::move(name), project, user);
}

[[nodiscard]] inline core::Scope scope_of(const Context& context,
                                          const core::Principal& principal) {
    return visible_scope(principal, *context.directory.tree());
}

[[nodiscard]] inline core::Scope scope_of(const Context& context, const core::Principal& principal,
                                          Action action) {
    return visible_scope(principal, action, *context.directory.tree());
}

// Whether the caller itself holds `role` for `organization`, or administers it.
[[nodiscard]] bool can_give(const Context& context, const core::Principal& principal,
                            core::OrganizationId organization, core::Role role);

// What was looked for, or "not found".
template <class T>
[[nodiscard]] core::Result<T> require(core::Result<std::optional<T>> found, std::string name) {
    if (!found) {
        return std::unexpected(found.error());
    }
    if (std::optional<T>& thing = *found) {
        return *std::move(thing);
    }
    return not_found(std::move(name));
}

// Runs steps until one fails.
template <class... Steps>
[[nodiscard]] core::Result<void> in_order(Steps... steps) {
    core::Result<void> done;
    static_cast<void>(((done = steps(), done.has_value()) && ...));
    return done;
}

// What the making of a thing needs to know whatever the thing is; it lives for one call.
template <class Id>
struct Making {
    const Context& context;
    platform::db::Transaction& transaction;
    const Naming<Id>& naming;
};

template <class Id>
[[nodiscard]] core::Result<ChosenId<Id>> choose_id(const Making<Id>& making) {
    const auto& [context, transaction, naming] = making;
    const Id id = naming.id ? *naming.id : Id::make(context.clock, context.random);
    const auto earlier = claim_id(transaction, naming.key, id);
    if (!earlier) {
        return std::unexpected(earlier.error());
    }
    if (const std::optional<Id>& made = *earlier) {
        return ChosenId<Id>{*made, true};
    }
    if (const auto fresh = check_fresh_id(id.uuid(), id.text(), transaction.now()); !fresh) {
        return std::unexpected(fresh.error());
    }
    return ChosenId<Id>{id, false};
}

// Makes a thing unless it is there. `find(id)` looks for it under any tenant; `is_same(thing)` says
// whether the caller may see it and asked for just that; `make(id)` inserts it. An id that is taken
// by anything else is refused without a word on what has it.
template <class Id, class Find, class IsSame, class Make>
[[nodiscard]] auto make_once(const Making<Id>& making, Find find, IsSame is_same, Make make)
    -> core::Result<Made<typename std::invoke_result_t<Make, Id>::value_type>> {
    using Thing = typename std::invoke_result_t<Make, Id>::value_type;
    const auto chosen = choose_id(making);
    if (!chosen) {
        return std::unexpected(chosen.error());
    }
    const core::Result<std::optional<Thing>> found = find(chosen->id);
    if (!found) {
        return std::unexpected(found.error());
    }
    if (const std::optional<Thing>& there = *found) {
        if (chosen->repeated || is_same(*there)) {
            return Made<Thing>{*there, false};
        }
        return core::fail(kIdTaken, {}, "/id");
    }
    auto made = make(chosen->id);
    if (!made) {
        return std::unexpected(made.error());
    }
    return Made<Thing>{*std::move(made), true};
}

}  // namespace kapok::identity
