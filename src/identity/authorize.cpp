#include "identity/authorize.h"

#include <algorithm>
#include <set>
#include <utility>

#include "identity/errors.h"
#include "identity/types.h"

namespace kapok::identity {
namespace {

struct Held {
    Roles owner;  // Roles that hold for the owner of the thing.
    Roles root;   // Roles given in the root organization itself.
};

Held held_roles(const core::Principal& principal, const Resource& resource) {
    Held held;
    const core::OrganizationId root =
        resource.ancestors.empty() ? resource.owner : resource.ancestors.back();
    for (const core::Grant& grant : principal.grants) {
        const bool above =
            std::ranges::find(resource.ancestors, grant.organization) != resource.ancestors.end();
        if (above || grant.organization == resource.owner) {
            held.owner = held.owner | grant.role;
        }
        if (grant.organization == root) {
            held.root = held.root | grant.role;
        }
    }
    return held;
}

bool is_own(const core::Principal& principal, const Resource& resource) {
    return principal.kind == core::PrincipalKind::User && resource.user == principal.id;
}

bool is_bound_elsewhere(const core::Principal& principal, const Resource& resource) {
    return principal.project && resource.project && principal.project != resource.project;
}

std::string names_of(Roles wanted) {
    std::string names;
    for (std::size_t i = 0; i < core::kRoleNames.size(); ++i) {
        if (wanted.intersects(static_cast<core::Role>(i))) {
            names.append(names.empty() ? "" : ", ").append(core::kRoleNames[i]);
        }
    }
    return names;
}

template <class Allowed>
core::Scope scope_where(const core::Principal& principal, const OrganizationTree& tree,
                        Allowed allowed) {
    if (principal.kind == core::PrincipalKind::System) {
        return core::Scope::all();
    }
    std::set<core::OrganizationId> seen;
    for (const core::Grant& grant : principal.grants) {
        if (!allowed(grant)) {
            continue;
        }
        const auto watches = Roles(core::Role::Operator) | core::Role::Auditor;
        if (!tree.empty() && grant.organization == tree.root() && watches.intersects(grant.role)) {
            return core::Scope::all();
        }
        const auto below = tree.subtree(grant.organization);
        seen.insert(below.begin(), below.end());
    }
    return {false, {seen.begin(), seen.end()}};
}

}  // namespace

Resource resource_of(const OrganizationTree& tree, core::OrganizationId owner, std::string name,
                     std::optional<core::ProjectId> project, std::optional<core::Uuid> user) {
    return {std::move(name), owner, tree.ancestors(owner), project, user};
}

std::unexpected<core::Error> not_found(std::string name) {
    return core::fail(kNotFound, {{"name", std::move(name)}});
}

core::Result<void> authorize(const core::Principal& principal, const ActionRow& action,
                             const Resource& resource) {
    if (principal.kind == core::PrincipalKind::System) {
        return {};
    }
    if (principal.kind == core::PrincipalKind::Anonymous) {
        return core::fail(kSignInRequired);
    }
    const Held held = held_roles(principal, resource);
    const bool own = is_own(principal, resource) && action.own.intersects(held.owner);
    const bool sees = own || action.see.intersects(held.owner);
    if (!sees || is_bound_elsewhere(principal, resource)) {
        return not_found(resource.name);
    }
    if (!holds_scope(principal.scopes, action.scope)) {
        return core::fail(kScopeMissing, {{"scope", std::string(action.scope)}});
    }
    const Roles effective = action.level == Level::Root ? held.root : held.owner;
    if (!own && !action.may.intersects(effective)) {
        return core::fail(action.level == Level::Root ? kRootRoleMissing : kRoleMissing,
                          {{"action", std::string(action.name)}, {"roles", names_of(action.may)}});
    }
    return {};
}

bool runs_the_platform(const core::Principal& principal, const OrganizationTree& tree) {
    return std::ranges::any_of(principal.grants, [&](const core::Grant& grant) {
        return grant.role == core::Role::Operator && grant.organization == tree.root();
    });
}

core::Scope visible_scope(const core::Principal& principal, const OrganizationTree& tree) {
    return scope_where(principal, tree, [](const core::Grant&) { return true; });
}

core::Scope visible_scope(const core::Principal& principal, const ActionRow& action,
                          const OrganizationTree& tree) {
    if (principal.kind != core::PrincipalKind::System &&
        !holds_scope(principal.scopes, action.scope)) {
        return {};
    }
    return scope_where(principal, tree, [&](const core::Grant& grant) {
        const bool right_level =
            action.level == Level::Owner || (!tree.empty() && grant.organization == tree.root());
        return right_level && action.may.intersects(grant.role);
    });
}

}  // namespace kapok::identity
