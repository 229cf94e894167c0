#include "identity/http/sign_in_routes.h"

#include <utility>

#include "identity/http/translate.h"
#include "identity/http/views.h"

namespace kapok::identity {
namespace {

using Answer = boost::asio::awaitable<http::Response>;

// The text of an id has its kind in front.
std::string id_text(const core::Principal& principal) {
    switch (principal.kind) {
        case core::PrincipalKind::User: return core::UserId(principal.id).text();
        case core::PrincipalKind::ApiKey: return ApiKeyId(principal.id).text();
        case core::PrincipalKind::Agent: return AgentId(principal.id).text();
        case core::PrincipalKind::Anonymous:
        case core::PrincipalKind::System: return "";
    }
    std::unreachable();
}

core::Secret session_token(const Identity& identity, const http::Request& request) {
    return find_cookie(request, session_cookie_name(identity.settings()));
}

Answer sign_in(Identity* identity, http::Request request) {
    SignIn attempt{http::get_text(request.json, "user_name"),
                   core::Secret(http::get_text(request.json, "password")), request.peer};
    const auto opened = co_await identity->sign_in().sign_in(std::move(attempt));
    if (!opened) {
        co_return http::problem(opened.error(), request);
    }
    const boost::json::object body{{"csrf_token", opened->csrf_token},
                                   {"must_change_password", opened->user.must_change_password},
                                   {"expires_at", http::to_json(opened->session.expires_at)},
                                   {"user", to_json(opened->user)}};
    http::Response response = http::json_response(200, body);
    response.headers["set-cookie"] = session_cookie(opened->token, identity->settings());
    co_return response;
}

Answer sign_out(Identity* identity, http::Request request) {
    core::Secret token = session_token(*identity, request);
    const auto done = co_await identity->sign_in().sign_out(request.principal, std::move(token));
    http::Response response = empty_reply(done, request);
    response.headers["set-cookie"] = session_cookie(core::Secret(), identity->settings());
    co_return response;
}

Answer get_me(Identity* identity, http::Request request) {
    const core::Principal& caller = request.principal;
    boost::json::object body{
        {"kind", kPrincipalKindNames.at(static_cast<std::size_t>(caller.kind))},
        {"id", id_text(caller)},
        {"name", caller.name},
        {"organization_id", http::to_json(caller.organization)},
        {"project_id", http::to_json(caller.project)},
        {"roles", to_json(caller.grants)},
        {"scopes", to_json(caller.scopes)}};
    if (caller.kind == core::PrincipalKind::User) {
        const auto user = co_await identity->users().get_self(caller);
        if (!user) {
            co_return http::problem(user.error(), request);
        }
        body["user"] = to_json(*user);
        const core::Secret token = session_token(*identity, request);
        body["csrf_token"] = identity->hasher().csrf_token(token.reveal());
    }
    co_return http::json_response(200, body);
}

Answer change_my_password(Identity* identity, http::Request request) {
    core::Secret token = session_token(*identity, request);
    core::Secret present(http::get_text(request.json, "present_password"));
    core::Secret wanted(http::get_text(request.json, "new_password"));
    const auto user = co_await identity->sign_in().change_password(
        request.principal, std::move(token), std::move(present), std::move(wanted));
    co_return user ? versioned_reply(200, to_json(*user), user->version)
                   : http::problem(user.error(), request);
}

Answer list_sessions(Identity* identity, http::Request request) {
    const auto window = http::window_of(request);
    if (!window) {
        co_return http::problem(window.error(), request);
    }
    const auto user = http::find_id_parameter<core::UserId>(request.query, "user_id");
    const auto page = co_await identity->sign_in().list(request.principal, user, *window);
    co_return page_reply(page, *window, request);
}

Answer revoke_session(Identity* identity, http::Request request) {
    const auto id = path_id<SessionId>(request);
    const auto done = co_await identity->sign_in().revoke(request.principal, id);
    co_return empty_reply(done, request);
}

Answer list_scopes(Identity* /*identity*/, http::Request /*request*/) {
    boost::json::array items;
    for (const ScopeText& scope : kScopes) {
        items.emplace_back(
            boost::json::object{{"name", scope.name}, {"en", scope.en}, {"zh", scope.zh}});
    }
    co_return http::page_response(std::move(items), std::nullopt);
}

}  // namespace

void add_sign_in_routes(http::Router& router, Identity& identity) {
    add_routes(router, identity, kSignInRoutes,
               {sign_in, sign_out, get_me, change_my_password, list_sessions, revoke_session,
                list_scopes});
}

}  // namespace kapok::identity
