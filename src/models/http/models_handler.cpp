#include "models/http/models_handler.h"

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "core/known.h"
#include "identity/http/translate.h"
#include "platform/http/json.h"
#include "platform/http/problem.h"
#include "platform/http/reply.h"
#include "platform/http/sorted_page.h"

namespace kapok::models {
namespace {

namespace json = boost::json;

using Awaited = boost::asio::awaitable<http::Response>;

json::object model_json(const Model& model) {
    return {{"id", model.id.text()},
            {"name", model.name},
            {"provider", model.provider.text()},
            {"description", model.description},
            {"license", model.license},
            {"source", model.source},
            {"revision", model.revision},
            {"context_window", model.context_window},
            {"embedding_dimension", model.embedding_dimension},
            {"created_at", http::to_json(model.created_at)},
            {"file", model.file},
            {"bytes", model.bytes},
            {"quality", model.quality}};
}

json::object own_compute_json(const Hosting& hosting) {
    json::object body{{"context_tokens", hosting.context_tokens},
                      {"slots", hosting.slots},
                      {"cpu_milli", hosting.demand.cpu_milli},
                      {"memory_bytes", hosting.demand.memory_bytes},
                      {"accelerators", hosting.demand.accelerators},
                      {"idle_stop_s", hosting.idle_stop_s},
                      {"wanted", kWantedNames[static_cast<std::size_t>(hosting.wanted)]},
                      {"warm_up_ms", hosting.warm_up_ms},
                      {"tokens_per_s_milli", hosting.tokens_per_s_milli},
                      {"restarts", hosting.restarts}};
    if (hosting.service) {
        body["service"] = hosting.service->text();
    }
    if (hosting.phase) {
        body["phase"] = compute::kServicePhaseNames[static_cast<std::size_t>(*hosting.phase)];
    }
    if (hosting.node) {
        body["node"] = hosting.node->text();
    }
    return body;
}

json::object deployment_json(const Deployment& deployment) {
    json::object body{{"id", deployment.id.text()},
                      {"model", deployment.model.text()},
                      {"organization", deployment.organization.text()},
                      {"upstream", kUpstreamNames[static_cast<std::size_t>(deployment.upstream)]},
                      {"url", deployment.url},
                      {"state", kDeploymentStateNames[static_cast<std::size_t>(deployment.state)]},
                      {"detail", deployment.detail},
                      {"created_at", http::to_json(deployment.created_at)}};
    if (deployment.hosting) {
        body["own_compute"] = own_compute_json(*deployment.hosting);
    }
    return body;
}

// The place of a choice in its names; it was validated to be one of them.
template <class Choice>
std::optional<Choice> choice_of(const json::object& body, std::string_view member,
                                std::span<const std::string_view> names) {
    const auto name = http::find_text(body, member);
    if (!name) {
        return std::nullopt;
    }
    return static_cast<Choice>(std::ranges::find(names, *name) - names.begin());
}

NewHosting hosting_of(const json::object& body) {
    return {http::find_integer(body, "context_tokens"),
            http::find_integer(body, "slots"),
            http::find_integer(body, "cpu_milli"),
            http::find_integer(body, "memory_bytes"),
            http::find_integer(body, "accelerators"),
            http::find_integer(body, "idle_stop_s"),
            choice_of<Wanted>(body, "start", fields::kStartNames)};
}

}  // namespace

Awaited ModelsHandler::list_models(http::Request request) {
    const auto window = http::window_of(request);
    if (!window) {
        co_return http::problem(window.error(), request);
    }
    ModelFilter filter{http::find_parameter(request.query, "name"),
                       http::find_parameter(request.query, "license"),
                       http::find_id_parameter<core::OrganizationId>(request.query, "provider"),
                       identity::query_choice<Capability>(request, "capability", kCapabilityNames)};
    const auto found = co_await models_.list(request.principal, std::move(filter), *window);
    co_return http::page_reply(found, *window, request, model_json);
}

Awaited ModelsHandler::create_model(http::Request request) {
    const json::object& body = request.json;
    auto key = identity::idempotency_key_of(request);
    if (!key) {
        co_return http::problem(key.error(), request);
    }
    NewModel wanted{http::find_id<ModelId>(body, "id"),
                    http::get_text(body, "name"),
                    http::find_text(body, "description").value_or(""),
                    http::get_text(body, "license"),
                    http::get_text(body, "source"),
                    http::find_text(body, "revision").value_or(""),
                    http::get_integer(body, "context_window"),
                    http::find_integer(body, "embedding_dimension").value_or(0),
                    *std::move(key)};
    const auto model = co_await models_.add(request.principal, std::move(wanted));
    co_return http::reply(model, request, 201, model_json);
}

Awaited ModelsHandler::get_model(http::Request request) {
    const ModelId id = core::known(ModelId::parse(request.path_parameters.at("id")));
    const auto model = co_await models_.get(request.principal, id);
    co_return http::reply(model, request, 200, model_json);
}

Awaited ModelsHandler::list_deployments(http::Request request) {
    const auto window = http::window_of(request);
    if (!window) {
        co_return http::problem(window.error(), request);
    }
    const DeploymentFilter filter{
        http::find_id_parameter<ModelId>(request.query, "model"),
        identity::query_choice<DeploymentState>(request, "state", kDeploymentStateNames),
        identity::query_choice<Wanted>(request, "wanted", kWantedNames)};
    const auto found = co_await models_.deployments(request.principal, filter, *window);
    co_return http::page_reply(found, *window, request, deployment_json);
}

Awaited ModelsHandler::create_deployment(http::Request request) {
    const json::object& body = request.json;
    auto key = identity::idempotency_key_of(request);
    if (!key) {
        co_return http::problem(key.error(), request);
    }
    NewDeployment wanted{http::find_id<DeploymentId>(body, "id"),
                         http::get_id<ModelId>(body, "model"),
                         choice_of<UpstreamKind>(body, "upstream", kUpstreamNames),
                         http::find_text(body, "url").value_or(""),
                         hosting_of(body),
                         http::get_money(body, "input_price"),
                         http::get_money(body, "output_price"),
                         *std::move(key)};
    const auto deployment = co_await models_.deploy(request.principal, std::move(wanted));
    co_return http::reply(deployment, request, 201, deployment_json);
}

Awaited ModelsHandler::get_deployment(http::Request request) {
    const DeploymentId id = core::known(DeploymentId::parse(request.path_parameters.at("id")));
    const auto deployment = co_await models_.deployment(request.principal, id);
    co_return http::reply(deployment, request, 200, deployment_json);
}

Awaited ModelsHandler::stop_deployment(http::Request request) {
    const DeploymentId id = core::known(DeploymentId::parse(request.path_parameters.at("id")));
    const auto deployment = co_await models_.stop(request.principal, id);
    co_return http::reply(deployment, request, 200, deployment_json);
}

}  // namespace kapok::models
