#pragma once

// Organizations and their projects: create, look up, change. Who is above whom decides everybody's
// rights, so moving one is for the root organization's operators only.

#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "identity/context.h"
#include "identity/store.h"
#include "identity/types.h"

namespace kapok::identity {

struct NewOrganization {
    Naming<core::OrganizationId> naming;
    core::OrganizationId parent;
    std::string name;
    OrganizationKind kind = OrganizationKind::Company;
};

// What is absent stays.
struct OrganizationChange {
    std::optional<std::int64_t> expected_version;
    std::optional<std::string> name;
    std::optional<OrganizationKind> kind;
    std::optional<Status> status;
    std::optional<core::OrganizationId> parent;
};

struct NewProject {
    Naming<core::ProjectId> naming;
    core::OrganizationId organization;
    std::string name;
    std::string description;
};

struct ProjectChange {
    std::optional<std::int64_t> expected_version;
    std::optional<std::string> name;
    std::optional<std::string> description;
    std::optional<Status> status;
};

class OrganizationService {
public:
    template <class T>
    using Answer = boost::asio::awaitable<core::Result<T>>;

    explicit OrganizationService(const Context& context) noexcept : context_(context) {}

    Answer<Made<Organization>> create(core::Principal caller, NewOrganization request);
    Answer<Organization> get(core::Principal caller, core::OrganizationId id);
    Answer<store::Page<Organization>> list(core::Principal caller, store::OrganizationFilter filter,
                                           store::Window window);
    Answer<Organization> update(core::Principal caller, core::OrganizationId id,
                                OrganizationChange change);

    Answer<Made<Project>> create_project(core::Principal caller, NewProject request);
    Answer<Project> get_project(core::Principal caller, core::ProjectId id);
    Answer<store::Page<Project>> list_projects(core::Principal caller, store::ProjectFilter filter,
                                               store::Window window);
    Answer<Project> update_project(core::Principal caller, core::ProjectId id,
                                   ProjectChange change);

private:
    core::Result<Made<Organization>> insert(platform::db::Transaction& transaction,
                                            const core::Principal& caller,
                                            const NewOrganization& request);
    core::Result<Organization> insert_as(platform::db::Transaction& transaction,
                                         const core::Principal& caller,
                                         const NewOrganization& request, core::OrganizationId id);
    core::Result<Organization> apply(platform::db::Transaction& transaction,
                                     const core::Principal& caller, core::OrganizationId id,
                                     const OrganizationChange& change);
    core::Result<void> check_change(platform::db::Transaction& transaction,
                                    const core::Principal& caller, const Organization& before,
                                    const OrganizationChange& change) const;
    core::Result<Made<Project>> insert_project(platform::db::Transaction& transaction,
                                               const core::Principal& caller,
                                               const NewProject& request);
    core::Result<Project> apply_project(platform::db::Transaction& transaction,
                                        const core::Principal& caller, core::ProjectId id,
                                        const ProjectChange& change);

    Context context_;
};

}  // namespace kapok::identity
