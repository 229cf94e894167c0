#include "models/http/gateway_handler.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "identity/authorize.h"
#include "models/gateway/openai_error.h"
#include "platform/http/json.h"

namespace kapok::models {
namespace {

namespace json = boost::json;

using Awaited = boost::asio::awaitable<http::Response>;

json::object model_json(const Model& model) {
    const auto created = std::chrono::floor<std::chrono::seconds>(model.created_at);
    return {{"id", model.name},
            {"object", "model"},
            {"created", created.time_since_epoch().count()},
            {"owned_by", model.provider.text()},
            {"context_window", model.context_window}};
}

// A key calls models only in a role that may spend its project's money. Its role holds in its own
// organization, so no other has to be looked up.
core::Result<void> check_role(const core::Principal& caller) {
    if (!caller.project) {
        return {};  // Who has no project to pay is told so on admission.
    }
    const identity::Resource project{
        caller.project->text(), caller.organization, {}, caller.project};
    return identity::authorize(caller, "gateway:call", project);
}

}  // namespace

http::Response openai_error(const core::Error& error, const http::Request& request, int status) {
    http::Response response = http::json_response(
        status, json::object{{"error", openai_error_object(error, request.language)}});
    if (openai_words(error.code()).code == "insufficient_quota") {
        response.headers["x-should-retry"] = "false";  // Trying again earns nothing.
    }
    return response;
}

Awaited GatewayHandler::call(Endpoint endpoint, http::Request request) {
    if (const auto allowed = check_role(request.principal); !allowed) {
        co_return openai_error(allowed.error(), request,
                               core::http_status(allowed.error().code().kind));
    }
    core::Result<http::Response> response = co_await gateway_.call(endpoint, request);
    if (!response) {
        const int status = openai_status(response.error().code());
        co_return openai_error(response.error(), request, status);
    }
    co_return *std::move(response);
}

Awaited GatewayHandler::chat(http::Request request) {
    return call(Endpoint::Chat, std::move(request));
}

Awaited GatewayHandler::complete(http::Request request) {
    return call(Endpoint::Completion, std::move(request));
}

Awaited GatewayHandler::embed(http::Request request) {
    return call(Endpoint::Embedding, std::move(request));
}

Awaited GatewayHandler::list(http::Request request) {
    const auto look = [](Reader& reader) { return list_callable(reader); };
    const core::Result<std::vector<Model>> models = co_await database_.read(look);
    if (!models) {
        co_return openai_error(models.error(), request,
                               core::http_status(models.error().code().kind));
    }
    json::array data;
    for (const Model& model : *models) {
        data.push_back(model_json(model));
    }
    co_return http::json_response(200, json::object{{"object", "list"}, {"data", std::move(data)}});
}

Awaited GatewayHandler::get(http::Request request) {
    const std::string name = request.path_parameters.at("model");
    const auto look = [](Reader& reader) { return list_callable(reader); };
    const core::Result<std::vector<Model>> models = co_await database_.read(look);
    if (!models) {
        co_return openai_error(models.error(), request,
                               core::http_status(models.error().code().kind));
    }
    const auto found = std::ranges::find(*models, name, &Model::name);
    if (found == models->end()) {
        const core::Error unknown(kNoModel, {{"model", name}}, "/model");
        co_return openai_error(unknown, request, core::http_status(kNoModel.kind));
    }
    co_return http::json_response(200, model_json(*found));
}

}  // namespace kapok::models
