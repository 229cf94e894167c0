#include "identity/http/organization_routes.h"

#include <utility>

#include "core/known.h"
#include "identity/http/translate.h"
#include "identity/http/views.h"
#include "platform/http/etag.h"
#include "platform/http/query.h"

namespace kapok::identity {
namespace {

using Answer = boost::asio::awaitable<http::Response>;

template <class T>
http::Response reply(const core::Result<T>& thing, const http::Request& request) {
    return thing ? versioned_reply(200, to_json(*thing), thing->version)
                 : http::problem(thing.error(), request);
}

template <class T>
http::Response made_reply(const core::Result<Made<T>>& made, const http::Request& request) {
    return made ? versioned_reply(201, to_json(made->thing), made->thing.version)
                : http::problem(made.error(), request);
}

Answer list_organizations(Identity* identity, http::Request request) {
    const auto window = http::window_of(request);
    if (!window) {
        co_return http::problem(window.error(), request);
    }
    store::OrganizationFilter filter;
    filter.parent = http::find_id_parameter<core::OrganizationId>(request.query, "parent_id");
    filter.kind = query_choice<OrganizationKind>(request, "kind", kOrganizationKindNames);
    filter.name = http::find_parameter(request.query, "name");
    filter.status = query_choice<Status>(request, "status", kStatusNames);
    const auto page = co_await identity->organizations().list(request.principal, filter, *window);
    co_return page_reply(page, *window, request);
}

Answer create_organization(Identity* identity, http::Request request) {
    auto naming = naming_of<core::OrganizationId>(request);
    if (!naming) {
        co_return http::problem(naming.error(), request);
    }
    NewOrganization wanted;
    wanted.naming = *std::move(naming);
    wanted.parent = http::get_id<core::OrganizationId>(request.json, "parent_id");
    wanted.name = http::get_text(request.json, "name");
    wanted.kind =
        core::known(find_choice<OrganizationKind>(request.json, "kind", kOrganizationKindNames));
    const auto made =
        co_await identity->organizations().create(request.principal, std::move(wanted));
    co_return made_reply(made, request);
}

Answer get_organization(Identity* identity, http::Request request) {
    const auto id = path_id<core::OrganizationId>(request);
    const auto found = co_await identity->organizations().get(request.principal, id);
    co_return reply(found, request);
}

Answer update_organization(Identity* identity, http::Request request) {
    const auto version = http::if_match(request);
    if (!version) {
        co_return http::problem(version.error(), request);
    }
    OrganizationChange change;
    change.expected_version = *version;
    change.name = http::find_text(request.json, "name");
    change.kind = find_choice<OrganizationKind>(request.json, "kind", kOrganizationKindNames);
    change.status = find_choice<Status>(request.json, "status", kStatusNames);
    change.parent = http::find_id<core::OrganizationId>(request.json, "parent_id");
    const auto id = path_id<core::OrganizationId>(request);
    const auto changed =
        co_await identity->organizations().update(request.principal, id, std::move(change));
    co_return reply(changed, request);
}

Answer list_projects(Identity* identity, http::Request request) {
    const auto window = http::window_of(request);
    if (!window) {
        co_return http::problem(window.error(), request);
    }
    store::ProjectFilter filter;
    filter.organization =
        http::find_id_parameter<core::OrganizationId>(request.query, "organization_id");
    filter.name = http::find_parameter(request.query, "name");
    filter.status = query_choice<Status>(request, "status", kStatusNames);
    const auto page =
        co_await identity->organizations().list_projects(request.principal, filter, *window);
    co_return page_reply(page, *window, request);
}

Answer create_project(Identity* identity, http::Request request) {
    auto naming = naming_of<core::ProjectId>(request);
    if (!naming) {
        co_return http::problem(naming.error(), request);
    }
    NewProject wanted;
    wanted.naming = *std::move(naming);
    wanted.organization = http::get_id<core::OrganizationId>(request.json, "organization_id");
    wanted.name = http::get_text(request.json, "name");
    wanted.description = http::find_text(request.json, "description").value_or("");
    const auto made =
        co_await identity->organizations().create_project(request.principal, std::move(wanted));
    co_return made_reply(made, request);
}

Answer get_project(Identity* identity, http::Request request) {
    const auto id = path_id<core::ProjectId>(request);
    const auto found = co_await identity->organizations().get_project(request.principal, id);
    co_return reply(found, request);
}

Answer update_project(Identity* identity, http::Request request) {
    const auto version = http::if_match(request);
    if (!version) {
        co_return http::problem(version.error(), request);
    }
    ProjectChange change;
    change.expected_version = *version;
    change.name = http::find_text(request.json, "name");
    change.description = http::find_text(request.json, "description");
    change.status = find_choice<Status>(request.json, "status", kStatusNames);
    const auto id = path_id<core::ProjectId>(request);
    const auto changed =
        co_await identity->organizations().update_project(request.principal, id, std::move(change));
    co_return reply(changed, request);
}

}  // namespace

void add_organization_routes(http::Router& router, Identity& identity) {
    add_routes(router, identity, kOrganizationRoutes,
               {list_organizations, create_organization, get_organization, update_organization,
                list_projects, create_project, get_project, update_project});
}

}  // namespace kapok::identity
