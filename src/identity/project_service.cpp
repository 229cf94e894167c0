#include <utility>

#include "core/limits.h"
#include "identity/errors.h"
#include "identity/events.h"
#include "identity/names.h"
#include "identity/organization_service.h"

namespace kapok::identity {

using core::Principal;
using core::Result;
using platform::db::Reader;
using platform::db::Transaction;

namespace {

constexpr auto kNameMax = static_cast<std::size_t>(core::kNameBytesMax);
constexpr auto kTextMax = static_cast<std::size_t>(core::kTextBytesMax);

bool is_same(const Project& found, const NewProject& asked) {
    return found.organization == asked.organization && found.name == asked.name &&
           found.description == asked.description;
}

Project changed(Project project, const ProjectChange& change, core::Timestamp now) {
    project.name = change.name.value_or(project.name);
    project.description = change.description.value_or(project.description);
    project.status = change.status.value_or(project.status);
    project.version += 1;
    project.updated_at = now;
    return project;
}

}  // namespace

OrganizationService::Answer<Made<Project>> OrganizationService::create_project(Principal caller,
                                                                               NewProject request) {
    const Resource home = place(context_, request.organization, request.organization.text());
    const auto allowed = in_order(
        [&] { return authorize(caller, "project:create", home); },
        [&]() -> Result<void> {  // A key that is bound to a project makes no others.
            return caller.project ? core::fail(kBeyondOwnRights, {{"right", "project:create"}})
                                  : Result<void>();
        },
        [&] { return check_name(request.name, kNameMax); },
        [&] { return check_text(request.description, kTextMax); });
    if (!allowed) {
        co_return std::unexpected(allowed.error());
    }
    const auto command = [this, caller, request](Transaction& transaction) {
        return insert_project(transaction, caller, request);
    };
    auto made = co_await context_.database.write(command);
    co_return made;
}

Result<Made<Project>> OrganizationService::insert_project(Transaction& transaction,
                                                          const Principal& caller,
                                                          const NewProject& request) {
    const core::Scope scope = scope_of(context_, caller);
    return make_once(
        Making{context_, transaction, request.naming},
        [&](core::ProjectId id) {
            return store::find_project(transaction, core::Scope::all(), id);
        },
        [&](const Project& found) {
            return in_scope(scope, found.organization) && is_same(found, request);
        },
        [&](core::ProjectId id) -> Result<Project> {
            const core::Timestamp now = transaction.now();
            Project project{
                id, request.organization, request.name, request.description, Status::Active, 1, now,
                now};
            const auto inserted = store::insert_project(transaction, scope, project);
            if (!inserted) {
                return std::unexpected(inserted.error());
            }
            if (!*inserted) {
                return core::fail(kNameTaken, {{"name", request.name}}, "/name");
            }
            const auto told = publish(transaction, caller, "identity.project_created", project);
            return told ? Result<Project>(project) : std::unexpected(told.error());
        });
}

OrganizationService::Answer<Project> OrganizationService::get_project(Principal caller,
                                                                      core::ProjectId id) {
    const auto read = [id, scope = scope_of(context_, caller)](Reader& reader) {
        return store::find_project(reader, scope, id);
    };
    auto read_result = co_await context_.database.read(read);
    auto found = require(std::move(read_result), id.text());
    if (!found) {
        co_return found;
    }
    const Resource resource = place(context_, found->organization, id.text(), id);
    if (const auto allowed = authorize(caller, "project:read", resource); !allowed) {
        co_return std::unexpected(allowed.error());
    }
    co_return found;
}

OrganizationService::Answer<store::Page<Project>> OrganizationService::list_projects(
    Principal caller, store::ProjectFilter filter, store::Window window) {
    filter.project = caller.project;
    const auto read = [scope = scope_of(context_, caller, "project:read"), filter,
                       window](Reader& reader) {
        return store::list_projects(reader, scope, filter, window);
    };
    auto page = co_await context_.database.read(read);
    co_return page;
}

OrganizationService::Answer<Project> OrganizationService::update_project(Principal caller,
                                                                         core::ProjectId id,
                                                                         ProjectChange change) {
    const auto fine = in_order(
        [&] { return change.name ? check_name(*change.name, kNameMax) : Result<void>(); },
        [&] {
            return change.description ? check_text(*change.description, kTextMax) : Result<void>();
        });
    if (!fine) {
        co_return std::unexpected(fine.error());
    }
    const auto command = [this, caller, id, change](Transaction& transaction) {
        return apply_project(transaction, caller, id, change);
    };
    auto project = co_await context_.database.write(command);
    co_return project;
}

Result<Project> OrganizationService::apply_project(Transaction& transaction,
                                                   const Principal& caller, core::ProjectId id,
                                                   const ProjectChange& change) {
    const core::Scope scope = scope_of(context_, caller);
    const auto before = require(store::find_project(transaction, scope, id), id.text());
    if (!before) {
        return std::unexpected(before.error());
    }
    const Resource resource = place(context_, before->organization, id.text(), id);
    const auto fine =
        in_order([&] { return authorize(caller, "project:update", resource); },
                 [&] { return check_version(change.expected_version, before->version); });
    if (!fine) {
        return std::unexpected(fine.error());
    }
    Project after = changed(*before, change, transaction.now());
    const auto updated = store::update_project(transaction, scope, after);
    if (!updated) {
        return std::unexpected(updated.error());
    }
    if (!*updated) {
        return core::fail(kNameTaken, {{"name", after.name}}, "/name");
    }
    const auto told = in_order(
        [&] {  // Keys of a suspended project stop working.
            return after.status == before->status
                       ? Result<void>()
                       : context_.directory.change_credentials(transaction);
        },
        [&] { return publish(transaction, caller, "identity.project_updated", after); });
    if (!told) {
        return std::unexpected(told.error());
    }
    return after;
}

}  // namespace kapok::identity
