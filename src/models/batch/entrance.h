#pragma once

// Who may touch a project's files and batches: people and keys whose role there lets them. A key
// knows its project; a person names one.

#include <memory>
#include <string>
#include <utility>

#include "core/principal.h"
#include "core/result.h"
#include "identity/authorize.h"
#include "platform/db/database.h"

namespace kapok::models {

// What is asked for, as a row of identity's table.
struct Wish {
    identity::Action action;
    std::string project = {};  // As a person names it; empty: of the key.
};

struct ProjectPlace {
    core::OrganizationId organization;
    core::ProjectId project;
};

class Entrance {
public:
    Entrance(std::shared_ptr<const identity::OrganizationTree> tree, core::Principal caller)
        : tree_(std::move(tree)), caller_(std::move(caller)) {}

    [[nodiscard]] const core::Principal& caller() const noexcept { return caller_; }

    // Where new things go and what is listed. kProjectNotNamed for a person who names none, "not
    // found" for one that the caller may not see.
    [[nodiscard]] core::Result<ProjectPlace> project(platform::db::Reader& reader,
                                                     const Wish& wish) const;
    // Whether the caller may do this to a thing that is there.
    [[nodiscard]] bool lets(identity::Action action, const ProjectPlace& place) const;

private:
    [[nodiscard]] core::Result<void> check(identity::Action action,
                                           const ProjectPlace& place) const;

    std::shared_ptr<const identity::OrganizationTree> tree_;
    core::Principal caller_;
};

}  // namespace kapok::models
