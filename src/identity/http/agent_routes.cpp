#include "identity/http/agent_routes.h"

#include <utility>

#include "identity/http/translate.h"
#include "identity/http/views.h"

namespace kapok::identity {
namespace {

using Answer = boost::asio::awaitable<http::Response>;

store::SiteFilter site_filter(const http::Request& request) {
    store::SiteFilter filter;
    filter.organization =
        http::find_id_parameter<core::OrganizationId>(request.query, "organization_id");
    filter.state = query_choice<store::KeyState>(request, "state", store::kKeyStateNames);
    return filter;
}

http::Response reply(const core::Result<Enrollment>& enrollment, const http::Request& request,
                     int status) {
    if (!enrollment) {
        return http::problem(enrollment.error(), request);
    }
    return http::json_response(status, {{"agent", to_json(enrollment->agent)},
                                        {"certificate", enrollment->certificate_pem},
                                        {"authority", enrollment->authority_pem}});
}

Answer list_tokens(Identity* identity, http::Request request) {
    const auto window = http::window_of(request);
    if (!window) {
        co_return http::problem(window.error(), request);
    }
    const store::SiteFilter filter = site_filter(request);
    const auto page = co_await identity->agents().list_tokens(request.principal, filter, *window);
    co_return page_reply(page, *window, request);
}

Answer create_token(Identity* identity, http::Request request) {
    auto naming = naming_of<EnrollmentTokenId>(request);
    if (!naming) {
        co_return http::problem(naming.error(), request);
    }
    NewEnrollmentToken wanted;
    wanted.naming = *std::move(naming);
    wanted.organization = http::find_id<core::OrganizationId>(request.json, "organization_id")
                              .value_or(request.principal.organization);
    wanted.site_name = http::get_text(request.json, "site_name");
    wanted.expires_at = http::find_time(request.json, "expires_at");
    const auto made =
        co_await identity->agents().create_token(request.principal, std::move(wanted));
    if (!made) {
        co_return http::problem(made.error(), request);
    }
    boost::json::object body = to_json(made->token);
    if (const auto& text = made->text) {
        body["token"] = text->reveal();
    }
    co_return http::json_response(201, body);
}

Answer revoke_token(Identity* identity, http::Request request) {
    const auto id = path_id<EnrollmentTokenId>(request);
    const auto done = co_await identity->agents().revoke_token(request.principal, id);
    co_return empty_reply(done, request);
}

Answer list_agents(Identity* identity, http::Request request) {
    const auto window = http::window_of(request);
    if (!window) {
        co_return http::problem(window.error(), request);
    }
    const store::SiteFilter filter = site_filter(request);
    const auto page = co_await identity->agents().list(request.principal, filter, *window);
    co_return page_reply(page, *window, request);
}

Answer get_agent(Identity* identity, http::Request request) {
    const auto id = path_id<AgentId>(request);
    const auto agent = co_await identity->agents().get(request.principal, id);
    co_return agent ? versioned_reply(200, to_json(*agent), agent->version)
                    : http::problem(agent.error(), request);
}

Answer revoke_agent(Identity* identity, http::Request request) {
    const auto id = path_id<AgentId>(request);
    const auto agent = co_await identity->agents().revoke(request.principal, id);
    co_return agent ? http::empty_response() : http::problem(agent.error(), request);
}

Answer enroll(Identity* identity, http::Request request) {
    core::Secret token(http::get_text(request.json, "token"));
    std::string pem = http::get_text(request.json, "certificate_request");
    const auto joined = co_await identity->agents().enroll(std::move(token), std::move(pem));
    co_return reply(joined, request, 201);
}

Answer renew(Identity* identity, http::Request request) {
    std::string pem = http::get_text(request.json, "certificate_request");
    const auto renewed = co_await identity->agents().renew(request.principal, std::move(pem),
                                                           request.client_certificate_ended_at);
    co_return reply(renewed, request, 200);
}

}  // namespace

void add_agent_admin_routes(http::Router& router, Identity& identity) {
    add_routes(router, identity, kAgentAdminRoutes,
               {list_tokens, create_token, revoke_token, list_agents, get_agent, revoke_agent});
}

void add_agent_routes(http::Router& router, Identity& identity) {
    add_routes(router, identity, kAgentRoutes, {enroll, renew});
}

}  // namespace kapok::identity
