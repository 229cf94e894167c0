#include "identity/http/key_routes.h"

#include <utility>

#include "identity/http/translate.h"
#include "identity/http/views.h"

namespace kapok::identity {
namespace {

using Answer = boost::asio::awaitable<http::Response>;

http::Response reply(const core::Result<KeyWithText>& made, const http::Request& request) {
    if (!made) {
        return http::problem(made.error(), request);
    }
    boost::json::object body = to_json(made->key);
    if (const auto& text = made->text) {
        body["key"] = text->reveal();
    }
    return versioned_reply(201, std::move(body), made->key.version);
}

std::vector<std::string> get_scopes(const boost::json::object& body) {
    std::vector<std::string> scopes;
    for (const auto& scope : *http::find_list(body, "scopes")) {
        scopes.emplace_back(std::string_view(scope.as_string()));
    }
    return scopes;
}

Answer list_keys(Identity* identity, http::Request request) {
    const auto window = http::window_of(request);
    if (!window) {
        co_return http::problem(window.error(), request);
    }
    store::KeyFilter filter;
    filter.organization =
        http::find_id_parameter<core::OrganizationId>(request.query, "organization_id");
    filter.project = http::find_id_parameter<core::ProjectId>(request.query, "project_id");
    filter.state = query_choice<store::KeyState>(request, "state", store::kKeyStateNames);
    const auto page = co_await identity->keys().list(request.principal, filter, *window);
    co_return page_reply(page, *window, request);
}

Answer create_key(Identity* identity, http::Request request) {
    auto naming = naming_of<ApiKeyId>(request);
    if (!naming) {
        co_return http::problem(naming.error(), request);
    }
    NewKey wanted;
    wanted.naming = *std::move(naming);
    wanted.organization = http::find_id<core::OrganizationId>(request.json, "organization_id")
                              .value_or(request.principal.organization);
    wanted.project = http::find_id<core::ProjectId>(request.json, "project_id");
    wanted.name = http::get_text(request.json, "name");
    wanted.role = find_choice<core::Role>(request.json, "role", core::kRoleNames)
                      .value_or(core::Role::Consumer);
    wanted.scopes = get_scopes(request.json);
    wanted.expires_at = http::find_time(request.json, "expires_at");
    const auto made = co_await identity->keys().create(request.principal, std::move(wanted));
    co_return reply(made, request);
}

Answer get_key(Identity* identity, http::Request request) {
    const auto id = path_id<ApiKeyId>(request);
    const auto key = co_await identity->keys().get(request.principal, id);
    co_return key ? versioned_reply(200, to_json(*key), key->version)
                  : http::problem(key.error(), request);
}

Answer rotate_key(Identity* identity, http::Request request) {
    auto naming = naming_of<ApiKeyId>(request);
    if (!naming) {
        co_return http::problem(naming.error(), request);
    }
    const auto until = http::find_time(request.json, "old_valid_until");
    const auto id = path_id<ApiKeyId>(request);
    const auto made =
        co_await identity->keys().rotate(request.principal, id, *std::move(naming), until);
    co_return reply(made, request);
}

Answer revoke_key(Identity* identity, http::Request request) {
    const auto id = path_id<ApiKeyId>(request);
    const auto key = co_await identity->keys().revoke(request.principal, id);
    co_return key ? http::empty_response() : http::problem(key.error(), request);
}

}  // namespace

void add_key_routes(http::Router& router, Identity& identity) {
    add_routes(router, identity, kKeyRoutes,
               {list_keys, create_key, get_key, rotate_key, revoke_key});
}

}  // namespace kapok::identity
