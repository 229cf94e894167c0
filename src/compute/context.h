#pragma once

// What the services of compute share. All of it outlives them.

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "compute/artifacts.h"
#include "compute/billing.h"
#include "compute/grade/grade.h"
#include "core/clock.h"
#include "core/principal.h"
#include "core/random.h"
#include "core/result.h"
#include "identity/authorize.h"
#include "identity/idempotency.h"
#include "identity/organization_tree.h"
#include "platform/db/database.h"

namespace kapok::compute {

// The organizations as they are now; never null.
using Organizations = std::function<std::shared_ptr<const identity::OrganizationTree>()>;

struct Context {
    platform::db::Database& database;
    const core::Clock& clock;
    core::Random& random;  // Safe on any thread.
    Organizations organizations;
    Billing& billing;
    Artifacts& artifacts;
    GradeRules rules;
    std::chrono::milliseconds heartbeat_limit{30'000};
};

// How a client names what it makes, so that a retry makes nothing twice.
template <class Id>
struct Naming {
    std::optional<Id> id;
    std::optional<identity::IdempotencyKey> key;
};

template <class T>
struct Made {
    T thing;
    bool is_new = true;
};

// Refuses an id that was not made for this request.
[[nodiscard]] core::Result<void> check_fresh(const core::Uuid& id, const std::string& text,
                                             core::Timestamp now);

// `owner`'s thing as identity::authorize wants it.
[[nodiscard]] inline identity::Resource place(const Context& context, core::OrganizationId owner,
                                              std::string name,
                                              std::optional<core::ProjectId> project = {}) {
    return identity::resource_of(*context.organizations(), owner, std::move(name), project);
}

[[nodiscard]] inline core::Scope scope_of(const Context& context, const core::Principal& caller,
                                          identity::Action action) {
    return identity::visible_scope(caller, action, *context.organizations());
}

// What was looked for, or "not found".
template <class T>
[[nodiscard]] core::Result<T> require(core::Result<std::optional<T>> found, std::string name) {
    if (!found) {
        return std::unexpected(found.error());
    }
    if (std::optional<T>& thing = *found) {
        return *std::move(thing);
    }
    return identity::not_found(std::move(name));
}

}  // namespace kapok::compute
