#include "identity/http/user_routes.h"

#include <utility>

#include "core/known.h"
#include "identity/http/translate.h"
#include "identity/http/views.h"
#include "platform/http/etag.h"

namespace kapok::identity {
namespace {

using Answer = boost::asio::awaitable<http::Response>;

http::Response reply(const core::Result<User>& user, const http::Request& request) {
    return user ? versioned_reply(200, to_json(*user), user->version)
                : http::problem(user.error(), request);
}

http::Response reply(const core::Result<UserWithPassword>& made, const http::Request& request,
                     int status) {
    if (!made) {
        return http::problem(made.error(), request);
    }
    boost::json::object body = to_json(made->user);
    if (const auto& password = made->password) {
        body["password"] = password->reveal();
    }
    return versioned_reply(status, std::move(body), made->user.version);
}

std::vector<core::Grant> find_roles(const boost::json::object& body) {
    std::vector<core::Grant> grants;
    const auto* roles = http::find_list(body, "roles");
    for (std::size_t i = 0; roles && i < roles->size(); ++i) {
        const boost::json::object& one = roles->at(i).as_object();
        grants.push_back({http::get_id<core::OrganizationId>(one, "organization_id"),
                          core::known(find_choice<core::Role>(one, "role", core::kRoleNames))});
    }
    return grants;
}

Answer list_users(Identity* identity, http::Request request) {
    const auto window = http::window_of(request);
    if (!window) {
        co_return http::problem(window.error(), request);
    }
    store::UserFilter filter;
    filter.organization =
        http::find_id_parameter<core::OrganizationId>(request.query, "organization_id");
    filter.name = http::find_parameter(request.query, "name");
    filter.status = query_choice<Status>(request, "status", kStatusNames);
    const auto page = co_await identity->users().list(request.principal, filter, *window);
    co_return page_reply(page, *window, request);
}

Answer create_user(Identity* identity, http::Request request) {
    auto naming = naming_of<core::UserId>(request);
    if (!naming) {
        co_return http::problem(naming.error(), request);
    }
    NewUser wanted;
    wanted.naming = *std::move(naming);
    wanted.organization = http::get_id<core::OrganizationId>(request.json, "organization_id");
    wanted.name = http::get_text(request.json, "name");
    wanted.display_name = http::find_text(request.json, "display_name").value_or(wanted.name);
    wanted.grants = find_roles(request.json);
    const auto made = co_await identity->users().create(request.principal, std::move(wanted));
    co_return reply(made, request, 201);
}

Answer get_user(Identity* identity, http::Request request) {
    const auto id = path_id<core::UserId>(request);
    const auto user = co_await identity->users().get(request.principal, id);
    co_return reply(user, request);
}

Answer update_user(Identity* identity, http::Request request) {
    const auto version = http::if_match(request);
    if (!version) {
        co_return http::problem(version.error(), request);
    }
    UserChange change;
    change.expected_version = *version;
    change.display_name = http::find_text(request.json, "display_name");
    change.status = find_choice<Status>(request.json, "status", kStatusNames);
    const auto id = path_id<core::UserId>(request);
    const auto user = co_await identity->users().update(request.principal, id, std::move(change));
    co_return reply(user, request);
}

Answer set_user_roles(Identity* identity, http::Request request) {
    const auto version = http::if_match(request);
    if (!version) {
        co_return http::problem(version.error(), request);
    }
    const auto id = path_id<core::UserId>(request);
    auto grants = find_roles(request.json);
    const auto user =
        co_await identity->users().set_roles(request.principal, id, std::move(grants), *version);
    co_return reply(user, request);
}

Answer reset_user_password(Identity* identity, http::Request request) {
    const auto id = path_id<core::UserId>(request);
    const auto user = co_await identity->users().reset_password(request.principal, id);
    co_return reply(user, request, 200);
}

}  // namespace

void add_user_routes(http::Router& router, Identity& identity) {
    add_routes(
        router, identity, kUserRoutes,
        {list_users, create_user, get_user, update_user, set_user_roles, reset_user_password});
}

}  // namespace kapok::identity
