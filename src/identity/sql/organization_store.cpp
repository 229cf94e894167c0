#include <utility>

#include "identity/authorize.h"
#include "identity/sql/rows.h"
#include "identity/store.h"
#include "platform/db/select.h"

namespace kapok::identity::store {

using platform::db::find_one;
using platform::db::read_page;
using platform::db::Row;
using platform::db::Select;
using platform::db::Value;
using platform::db::within;

namespace {

constexpr std::string_view kSelectOrganization =
    "select seq, id, parent_id, name, kind, status, version, created_at, updated_at"
    " from organizations";
constexpr std::string_view kSelectProject =
    "select seq, id, organization_id, name, description, status, version, created_at, updated_at"
    " from projects";

Organization to_organization(const Row& row) {
    return {row.id<core::OrganizationId>(1),
            row.id_if<core::OrganizationId>(2),
            std::string(row.text(3)),
            sql::stored<OrganizationKind>(kOrganizationKindNames, row.text(4)),
            sql::stored<Status>(kStatusNames, row.text(5)),
            row.integer(6),
            row.time(7),
            row.time(8)};
}

Project to_project(const Row& row) {
    return {row.id<core::ProjectId>(1),
            row.id<core::OrganizationId>(2),
            std::string(row.text(3)),
            std::string(row.text(4)),
            sql::stored<Status>(kStatusNames, row.text(5)),
            row.integer(6),
            row.time(7),
            row.time(8)};
}

Result<std::int64_t> counter(Reader& reader, std::string_view name) {
    const auto value = reader.find("select value from identity_counters where name = ?", {name},
                                   [](const Row& row) { return row.integer(0); });
    if (!value) {
        return std::unexpected(value.error());
    }
    return value->value_or(0);
}

Result<void> count(Transaction& transaction, std::string_view name) {
    return sql::done(transaction.execute(
        "update identity_counters set value = value + 1 where name = ?", {name}));
}

}  // namespace

Result<Counters> system_read_counters(Reader& reader) {
    const auto credentials = counter(reader, "credentials");
    const auto tree = counter(reader, "tree");
    if (!credentials || !tree) {
        return std::unexpected(credentials ? tree.error() : credentials.error());
    }
    return Counters{*credentials, *tree};
}

Result<void> system_count_credentials(Transaction& transaction) {
    return count(transaction, "credentials");
}

Result<void> system_count_tree(Transaction& transaction) {
    return count(transaction, "tree");
}

Result<OrganizationTree> system_load_tree(Reader& reader) {
    const auto nodes =
        reader.list("select id, parent_id, status from organizations", {}, [](const Row& row) {
            return OrganizationTree::Node{row.id<core::OrganizationId>(0),
                                          row.id_if<core::OrganizationId>(1),
                                          sql::stored<Status>(kStatusNames, row.text(2))};
        });
    if (!nodes) {
        return std::unexpected(nodes.error());
    }
    return OrganizationTree::create(*nodes);
}

Result<bool> system_has_organization(Reader& reader, core::OrganizationId id) {
    return sql::exists(reader, "select 1 from organizations where id = ?", {id});
}

Result<std::optional<Organization>> find_organization(Reader& reader, const Scope& scope,
                                                      core::OrganizationId id) {
    return find_one(reader, Select(kSelectOrganization, "id", scope).where("id = ?", {id}),
                    to_organization);
}

Result<Page<Organization>> list_organizations(Reader& reader, const Scope& scope,
                                              const OrganizationFilter& filter,
                                              const Window& window) {
    const auto text = [](auto value) { return to_text(value); };
    Select select(kSelectOrganization, "id", scope);
    select.where_if("parent_id = ?", filter.parent)
        .where_if("name = ?", filter.name)
        .where_if("kind = ?", filter.kind, text)
        .where_if("status = ?", filter.status, text)
        .window(window);
    return read_page<Organization>(reader, select, window, to_organization,
                                   [](const Organization& one) { return one.name; });
}

Result<bool> insert_organization(Transaction& transaction, const Scope& scope,
                                 const Organization& organization) {
    if (organization.parent ? !in_scope(scope, *organization.parent) : !scope.everything) {
        return false;
    }
    return sql::changed(transaction.execute(
        "insert into organizations (id, parent_id, name, kind, status, version, created_at,"
        " updated_at) values (?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing",
        {organization.id, organization.parent, organization.name, to_text(organization.kind),
         to_text(organization.status), organization.version, organization.created_at,
         organization.updated_at}));
}

Result<bool> update_organization(Transaction& transaction, const Scope& scope,
                                 const Organization& organization) {
    std::vector<Value> values{organization.parent,
                              organization.name,
                              to_text(organization.kind),
                              to_text(organization.status),
                              organization.version,
                              organization.updated_at,
                              organization.id,
                              organization.version - 1,
                              organization.id,
                              organization.parent,
                              organization.name};
    const std::string text =
        "update organizations set parent_id = ?, name = ?, kind = ?, status = ?, version = ?,"
        " updated_at = ? where id = ? and version = ? and not exists (select 1 from organizations o"
        " where o.id <> ? and o.parent_id = ? and o.name = ?)" +
        within("id", scope, values);
    return sql::changed(transaction.execute(text, values));
}

Result<bool> system_has_project(Reader& reader, core::ProjectId id) {
    return sql::exists(reader, "select 1 from projects where id = ?", {id});
}

Result<std::optional<Project>> find_project(Reader& reader, const Scope& scope,
                                            core::ProjectId id) {
    return find_one(reader, Select(kSelectProject, "organization_id", scope).where("id = ?", {id}),
                    to_project);
}

Result<Page<Project>> list_projects(Reader& reader, const Scope& scope, const ProjectFilter& filter,
                                    const Window& window) {
    Select select(kSelectProject, "organization_id", scope);
    select.where_if("organization_id = ?", filter.organization)
        .where_if("id = ?", filter.project)
        .where_if("name = ?", filter.name)
        .where_if("status = ?", filter.status, [](Status status) { return to_text(status); })
        .window(window);
    return read_page<Project>(reader, select, window, to_project,
                              [](const Project& one) { return one.name; });
}

Result<bool> insert_project(Transaction& transaction, const Scope& scope, const Project& project) {
    if (!in_scope(scope, project.organization)) {
        return false;
    }
    return sql::changed(transaction.execute(
        "insert into projects (id, organization_id, name, description, status, version, created_at,"
        " updated_at) values (?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing",
        {project.id, project.organization, project.name, project.description,
         to_text(project.status), project.version, project.created_at, project.updated_at}));
}

Result<bool> update_project(Transaction& transaction, const Scope& scope, const Project& project) {
    std::vector<Value> values{project.name,        project.description, to_text(project.status),
                              project.version,     project.updated_at,  project.id,
                              project.version - 1, project.id,          project.organization,
                              project.name};
    const std::string text =
        "update projects set name = ?, description = ?, status = ?, version = ?, updated_at = ?"
        " where id = ? and version = ? and not exists (select 1 from projects o where o.id <> ?"
        " and o.organization_id = ? and o.name = ?)" +
        within("organization_id", scope, values);
    return sql::changed(transaction.execute(text, values));
}

}  // namespace kapok::identity::store
