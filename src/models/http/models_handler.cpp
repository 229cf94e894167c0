#include "models/http/models_handler.h"

#include <algorithm>
#include <string>
#include <utility>

#include "platform/http/json.h"
#include "platform/http/page.h"
#include "platform/http/problem.h"
#include "platform/http/reply.h"

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

json::object deployment_json(const Deployment& deployment) {
    return {{"id", deployment.id.text()},
            {"model", deployment.model.text()},
            {"organization", deployment.organization.text()},
            {"upstream", kUpstreamNames[static_cast<std::size_t>(deployment.upstream)]},
            {"url", deployment.url},
            {"state", kDeploymentStateNames[static_cast<std::size_t>(deployment.state)]},
            {"detail", deployment.detail},
            {"created_at", http::to_json(deployment.created_at)}};
}

}  // namespace

Awaited ModelsHandler::list_models(http::Request request) {
    const auto range = http::page_of(request);
    if (!range) {
        co_return http::problem(range.error(), request);
    }
    const auto found = co_await models_.list(request.principal, range->after, range->limit);
    co_return http::page_reply(found, request, range->limit, model_json);
}

Awaited ModelsHandler::create_model(http::Request request) {
    const json::object& body = request.json;
    NewModel wanted{http::find_id<ModelId>(body, "id"),
                    http::get_text(body, "name"),
                    http::find_text(body, "description").value_or(""),
                    http::get_text(body, "license"),
                    http::get_text(body, "source"),
                    http::find_text(body, "revision").value_or(""),
                    http::get_integer(body, "context_window"),
                    http::find_integer(body, "embedding_dimension").value_or(0)};
    const auto model = co_await models_.add(request.principal, std::move(wanted));
    co_return http::reply(model, request, 201, model_json);
}

Awaited ModelsHandler::get_model(http::Request request) {
    const ModelId id = *ModelId::parse(request.path_parameters.at("id"));
    const auto model = co_await models_.get(request.principal, id);
    co_return http::reply(model, request, 200, model_json);
}

Awaited ModelsHandler::list_deployments(http::Request request) {
    const auto range = http::page_of(request);
    if (!range) {
        co_return http::problem(range.error(), request);
    }
    const auto found = co_await models_.deployments(request.principal, range->after, range->limit);
    co_return http::page_reply(found, request, range->limit, deployment_json);
}

Awaited ModelsHandler::create_deployment(http::Request request) {
    const json::object& body = request.json;
    const std::string upstream = http::get_text(body, "upstream");
    const auto kind = std::ranges::find(kUpstreamNames, upstream) - kUpstreamNames.begin();
    NewDeployment wanted{
        http::find_id<DeploymentId>(body, "id"), http::get_id<ModelId>(body, "model"),
        static_cast<UpstreamKind>(kind),         http::get_text(body, "url"),
        http::get_money(body, "input_price"),    http::get_money(body, "output_price")};
    const auto deployment = co_await models_.deploy(request.principal, std::move(wanted));
    co_return http::reply(deployment, request, 201, deployment_json);
}

Awaited ModelsHandler::get_deployment(http::Request request) {
    const DeploymentId id = *DeploymentId::parse(request.path_parameters.at("id"));
    const auto deployment = co_await models_.deployment(request.principal, id);
    co_return http::reply(deployment, request, 200, deployment_json);
}

Awaited ModelsHandler::stop_deployment(http::Request request) {
    const DeploymentId id = *DeploymentId::parse(request.path_parameters.at("id"));
    const auto deployment = co_await models_.stop(request.principal, id);
    co_return http::reply(deployment, request, 200, deployment_json);
}

}  // namespace kapok::models
