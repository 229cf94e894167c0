#include "models/batch/entrance.h"

#include "identity/store.h"
#include "models/errors.h"

namespace kapok::models {

core::Result<ProjectPlace> Entrance::project(platform::db::Reader& reader, const Wish& wish) const {
    if (caller_.project) {
        // A key is bound to its project, whatever it names.
        const bool own = wish.project.empty() || wish.project == caller_.project->text();
        return own ? core::Result<ProjectPlace>({caller_.organization, *caller_.project})
                   : identity::not_found(wish.project);
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
    const auto allowed = identity::authorize(
        caller_, wish.action,
        identity::resource_of(*tree_, project->organization, wish.project, project->id));
    return allowed ? core::Result<ProjectPlace>({project->organization, project->id})
                   : std::unexpected(allowed.error());
}

bool Entrance::lets(identity::Action action, const ProjectPlace& place) const {
    if (caller_.project) {
        return *caller_.project == place.project;
    }
    return identity::authorize(caller_, action,
                               identity::resource_of(*tree_, place.organization,
                                                     place.project.text(), place.project))
        .has_value();
}

}  // namespace kapok::models
