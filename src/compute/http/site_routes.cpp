#include "compute/http/site_routes.h"

#include <utility>

#include <boost/json/parse.hpp>

#include "compute/http/translate.h"
#include "compute/http/views.h"
#include "core/known.h"
#include "platform/http/etag.h"

namespace kapok::compute {

namespace {

using Answer = boost::asio::awaitable<http::Response>;

http::Response node_reply(const core::Result<NodeView>& view, const http::Request& request) {
    if (!view) {
        return http::problem(view.error(), request);
    }
    http::Response response = http::json_response(200, node_json(*view));
    response.headers["etag"] = http::etag_of(view->node.version);
    return response;
}

Answer create_site(Compute* compute, http::Request request) {
    auto naming = naming_of<SiteId>(request);
    if (!naming) {
        co_return http::problem(naming.error(), request);
    }
    NewSite wanted{*std::move(naming),
                   http::find_id<core::OrganizationId>(request.json, "organization_id")
                       .value_or(request.principal.organization),
                   http::get_text(request.json, "name"),
                   http::find_text(request.json, "region").value_or("")};
    const auto made = co_await compute->sites().create(request.principal, std::move(wanted));
    if (!made) {
        co_return http::problem(made.error(), request);
    }
    co_return http::json_response(201, site_json(made->thing));
}

Answer list_sites(Compute* compute, http::Request request) {
    const auto window = http::window_of(request);
    if (!window) {
        co_return http::problem(window.error(), request);
    }
    store::SiteFilter filter{
        http::find_id_parameter<core::OrganizationId>(request.query, "organization_id"),
        http::find_parameter(request.query, "name"), http::find_parameter(request.query, "region")};
    const auto sites =
        co_await compute->sites().list(request.principal, std::move(filter), *window);
    co_return http::page_reply(sites, *window, request, site_json);
}

Answer get_site(Compute* compute, http::Request request) {
    const auto site = co_await compute->sites().get(request.principal, path_id<SiteId>(request));
    if (!site) {
        co_return http::problem(site.error(), request);
    }
    co_return http::json_response(200, site_json(*site));
}

Answer list_nodes(Compute* compute, http::Request request) {
    const auto window = http::window_of(request);
    if (!window) {
        co_return http::problem(window.error(), request);
    }
    const store::NodeFilter filter{
        .site = http::find_id_parameter<SiteId>(request.query, "site_id"),
        .state = identity::query_choice<NodeState>(request, "state", kNodeStateNames),
        .wish = identity::query_choice<NodeWish>(request, "wish", kNodeWishNames)};
    const auto nodes = co_await compute->sites().list_nodes(request.principal, filter, *window);
    co_return http::page_reply(nodes, *window, request, node_json);
}

Answer get_node(Compute* compute, http::Request request) {
    const auto view =
        co_await compute->sites().get_node(request.principal, path_id<NodeId>(request));
    co_return node_reply(view, request);
}

Answer change_node(Compute* compute, http::Request request) {
    const auto version = http::if_match(request);
    if (!version) {
        co_return http::problem(version.error(), request);
    }
    const auto wish =
        identity::named<NodeWish>(kNodeWishNames, http::get_text(request.json, "wish"));
    const auto view = co_await compute->sites().set_wish(
        request.principal, path_id<NodeId>(request), core::known(wish), *version);
    co_return node_reply(view, request);
}

Answer declare_node_lost(Compute* compute, http::Request request) {
    const auto view =
        co_await compute->sites().declare_lost(request.principal, path_id<NodeId>(request));
    co_return node_reply(view, request);
}

Answer measure_node(Compute* compute, http::Request request) {
    std::string effort = http::find_text(request.json, "effort").value_or("tour");
    auto key = identity::idempotency_key_of(request);
    if (!key) {
        co_return http::problem(key.error(), request);
    }
    const auto id = co_await compute->sites().measure(request.principal, path_id<NodeId>(request),
                                                      std::move(effort), *std::move(key));
    if (!id) {
        co_return http::problem(id.error(), request);
    }
    const boost::json::object body{{"id", http::to_json(*id)}};
    co_return http::json_response(202, body);
}

Answer list_measurements(Compute* compute, http::Request request) {
    const auto window = http::window_of(request);
    if (!window) {
        co_return http::problem(window.error(), request);
    }
    const auto measurements = co_await compute->sites().list_measurements(
        request.principal, path_id<NodeId>(request), *window);
    co_return http::page_reply(measurements, *window, request, measurement_json);
}

Answer get_measurement(Compute* compute, http::Request request) {
    const auto found = co_await compute->sites().get_measurement(request.principal,
                                                                 path_id<MeasurementId>(request));
    if (!found) {
        co_return http::problem(found.error(), request);
    }
    co_return http::json_response(200, measurement_json(*found));
}

Answer get_grade_rules(Compute* compute, http::Request /*request*/) {
    const GradeRules& rules = compute->context().rules;
    const boost::json::object body{{"version", rules.version}, {"rules", to_json(rules)}};
    co_return http::json_response(200, body);
}

}  // namespace

void add_site_routes(http::Router& router, Compute& compute) {
    add_handlers(
        router, compute, kSiteRoutes,
        {create_site, list_sites, get_site, list_nodes, get_node, change_node, declare_node_lost,
         measure_node, list_measurements, get_measurement, get_grade_rules});
}

}  // namespace kapok::compute
