#pragma once

// May this caller do this to that thing? One pure function over one table (actions.h), called at
// every service's entrance. What the caller may not see is "not found", with the same words as a
// thing that does not exist; what the caller sees but may not change is refused with the reason.

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "core/principal.h"
#include "core/result.h"
#include "identity/actions.h"
#include "identity/organization_tree.h"

namespace kapok::identity {

// Whose thing it is. For what does not exist yet: where it is to be made.
struct Resource {
    std::string name;                             // For the answer, as the caller wrote it.
    core::OrganizationId owner;                   // Whose it is.
    std::vector<core::OrganizationId> ancestors;  // Of the owner: parent first, root last.
    std::optional<core::ProjectId> project = {};  // If it belongs to one.
    std::optional<core::Uuid> user = {};          // Whose own it is, if it is a person's.
};

[[nodiscard]] Resource resource_of(const OrganizationTree& tree, core::OrganizationId owner,
                                   std::string name, std::optional<core::ProjectId> project = {},
                                   std::optional<core::Uuid> user = {});

[[nodiscard]] core::Result<void> authorize(const core::Principal& principal,
                                           const ActionRow& action, const Resource& resource);
[[nodiscard]] inline core::Result<void> authorize(const core::Principal& principal, Action action,
                                                  const Resource& resource) {
    return authorize(principal, action.row(), resource);
}

// An operator of the root organization runs the servers, their disks and their network.
[[nodiscard]] bool runs_the_platform(const core::Principal& principal,
                                     const OrganizationTree& tree);

// What a service answers about a thing that is not there, so that the two cases look the same.
[[nodiscard]] std::unexpected<core::Error> not_found(std::string name);

// Whose rows the caller may list: of the organizations where it holds a role, and of those below.
// With an action, only where its roles let it do that.
[[nodiscard]] core::Scope visible_scope(const core::Principal& principal,
                                        const OrganizationTree& tree);
[[nodiscard]] core::Scope visible_scope(const core::Principal& principal, const ActionRow& action,
                                        const OrganizationTree& tree);
[[nodiscard]] inline core::Scope visible_scope(const core::Principal& principal, Action action,
                                               const OrganizationTree& tree) {
    return visible_scope(principal, action.row(), tree);
}

[[nodiscard]] inline bool in_scope(const core::Scope& scope, core::OrganizationId organization) {
    return scope.everything ||
           std::ranges::find(scope.organizations, organization) != scope.organizations.end();
}

}  // namespace kapok::identity
