#include "models/batch/entrance.h"

#include <string_view>

#include "identity/store.h"
#include "models/errors.h"

namespace kapok::models {
namespace {

constexpr std::string_view kGatewayScope = "gateway:call";  // That every route here asks for.

}  // namespace

core::Result<ProjectPlace> Entrance::project(platform::db::Reader& reader, const Wish& wish) const {
    if (caller_.project) {
        // A key is bound to its project, whatever it names.
        const ProjectPlace own{caller_.organization, *caller_.project};
        if (!wish.project.empty() && wish.project != own.project.text()) {
            return identity::not_found(wish.project);
        }
        const auto allowed = check(wish.action, own);
        return allowed ? core::Result<ProjectPlace>(own) : std::unexpected(allowed.error());
    }
    if (wish.project.empty()) {
        return core::fail(kProjectNotNamed, {}, "/query/project_id");
    }
    const auto id = core::ProjectId::parse(wish.project);
    if (!id) {
        return identity::not_found(wish.project);
    }
    const auto found = identity::store::find_project(reader, core::Scope::all(), *id);
    if (!found) {
        return std::unexpected(found.error());
    }
    const std::optional<identity::Project>& project = *found;
    if (!project) {
        return identity::not_found(wish.project);
    }
    const ProjectPlace place{project->organization, project->id};
    const auto allowed = check(wish.action, place);
    return allowed ? core::Result<ProjectPlace>(place) : std::unexpected(allowed.error());
}

bool Entrance::lets(identity::Action action, const ProjectPlace& place) const {
    return check(action, place).has_value();
}

core::Result<void> Entrance::check(identity::Action action, const ProjectPlace& place) const {
    if (caller_.project && *caller_.project != place.project) {
        return identity::not_found(place.project.text());
    }
    // A key that may call models has files and batches with it, as OpenAI's clients expect, but
    // only in a role that may have them.
    identity::ActionRow row = action.row();
    if (caller_.project) {
        row.scope = kGatewayScope;
    }
    return identity::authorize(
        caller_, row,
        identity::resource_of(*tree_, place.organization, place.project.text(), place.project));
}

}  // namespace kapok::models
