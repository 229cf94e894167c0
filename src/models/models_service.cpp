#include "models/models_service.h"

#include <array>
#include <utility>

#include "exchange/api.h"
#include "identity/authorize.h"
#include "identity/organization_tree.h"
#include "models/catalog_change.h"
#include "models/errors.h"
#include "models/gateway/call_money.h"
#include "models/gateway/probe.h"

namespace kapok::models {
namespace {

constexpr std::int64_t kPricedTokens = 1'000'000;

core::Result<Deployment> require_deployment(Reader& reader, DeploymentId id) {
    const auto deployment = find_deployment(reader, id);
    if (!deployment) {
        return std::unexpected(deployment.error());
    }
    if (!*deployment) {
        return core::fail(kNoDeployment, {{"deployment", id.text()}});
    }
    return **deployment;
}

// The product of the model, started with these prices if it is new.
core::Result<void> offer(Transaction& transaction, const core::Principal& caller,
                         const Model& model, exchange::ProductId id, const NewDeployment& request) {
    const auto input =
        core::UnitPrice::create(request.input_price, {core::Unit::Token, kPricedTokens});
    const auto output =
        core::UnitPrice::create(request.output_price, {core::Unit::Token, kPricedTokens});
    if (!input || !output) {
        return std::unexpected(!input ? input.error() : output.error());
    }
    const std::array prices{exchange::NewPrice{std::string(kInputMeter), *input},
                            exchange::NewPrice{std::string(kOutputMeter), *output}};
    const auto product = exchange::ensure_product(
        transaction, caller,
        {id, model.provider, exchange::ProductKind::Model, model.name, model.name, ""}, prices);
    return product ? core::Result<void>() : std::unexpected(product.error());
}

}  // namespace

ModelsService::Answer<Model> ModelsService::add(core::Principal caller, NewModel request) {
    const auto tree = directory_.tree();
    const auto allowed = identity::authorize(
        caller, "model:write", identity::resource_of(*tree, caller.organization, request.name));
    if (!allowed) {
        co_return std::unexpected(allowed.error());
    }
    const Model model{request.id.value_or(ModelId::make(clock_, random_)),
                      caller.organization,
                      request.name,
                      request.description,
                      request.license,
                      request.source,
                      request.revision,
                      request.context_window,
                      request.embedding_dimension,
                      clock_.now(),
                      "",
                      0,
                      ""};
    const auto command = [caller = std::move(caller), model](Transaction& transaction) {
        return add_model(transaction, caller, model);
    };
    co_return co_await database_.write(command);
}

ModelsService::Answer<std::vector<Numbered<Model>>> ModelsService::list(core::Principal /*caller*/,
                                                                        std::int64_t after,
                                                                        std::size_t limit) {
    const auto look = [=](Reader& reader) { return list_models(reader, after, limit); };
    co_return co_await database_.read(look);
}

ModelsService::Answer<Model> ModelsService::get(core::Principal /*caller*/, ModelId id) {
    const auto look = [=](Reader& reader) { return require_model(reader, id); };
    co_return co_await database_.read(look);
}

ModelsService::Answer<Deployment> ModelsService::deploy(core::Principal caller,
                                                        NewDeployment request) {
    const auto tree = directory_.tree();
    const auto look = [id = request.model](Reader& reader) { return require_model(reader, id); };
    const core::Result<Model> model = co_await database_.read(look);
    if (!model) {
        co_return std::unexpected(model.error());
    }
    const auto allowed =
        identity::authorize(caller, "deployment:write",
                            identity::resource_of(*tree, model->provider, request.model.text()));
    if (!allowed) {
        co_return std::unexpected(allowed.error());
    }
    const core::Result<void> answers = co_await probe(request.url, *model);
    if (!answers) {
        co_return std::unexpected(answers.error());
    }
    const Deployment deployment{request.id.value_or(DeploymentId::make(clock_, random_)),
                                request.model,
                                model->provider,
                                request.upstream,
                                request.url,
                                DeploymentState::Ready,
                                "",
                                clock_.now()};
    const auto product = exchange::ProductId::make(clock_, random_);
    const auto command = [caller = std::move(caller), request = std::move(request), deployment,
                          model = *model,
                          product](Transaction& transaction) -> core::Result<Deployment> {
        if (const auto offered = offer(transaction, caller, model, product, request); !offered) {
            return std::unexpected(offered.error());
        }
        if (const auto kept = insert_deployment(transaction, deployment); !kept) {
            return std::unexpected(kept.error());
        }
        const auto announced =
            announce(transaction, caller, "models.deployment_ready", deployment.id.text(),
                     {{"model", model.name}, {"url", deployment.url}});
        return announced ? core::Result<Deployment>(deployment)
                         : std::unexpected(announced.error());
    };
    co_return co_await database_.write(command);
}

ModelsService::Answer<std::vector<Numbered<Deployment>>> ModelsService::deployments(
    core::Principal /*caller*/, std::int64_t after, std::size_t limit) {
    const auto look = [=](Reader& reader) { return list_deployments(reader, after, limit); };
    co_return co_await database_.read(look);
}

ModelsService::Answer<Deployment> ModelsService::deployment(core::Principal /*caller*/,
                                                            DeploymentId id) {
    const auto look = [=](Reader& reader) { return require_deployment(reader, id); };
    co_return co_await database_.read(look);
}

ModelsService::Answer<Deployment> ModelsService::stop(core::Principal caller, DeploymentId id) {
    const auto tree = directory_.tree();
    const auto command = [caller = std::move(caller), tree,
                          id](Transaction& transaction) -> core::Result<Deployment> {
        auto deployment = require_deployment(transaction, id);
        if (!deployment) {
            return deployment;
        }
        const auto allowed =
            identity::authorize(caller, "deployment:write",
                                identity::resource_of(*tree, deployment->organization, id.text()));
        if (!allowed) {
            return std::unexpected(allowed.error());
        }
        deployment->state = DeploymentState::Stopped;
        const auto kept = set_state(transaction, id, DeploymentState::Stopped, "");
        const auto announced =
            announce(transaction, caller, "models.deployment_stopped", id.text(), {});
        if (!kept || !announced) {
            return std::unexpected(!kept ? kept.error() : announced.error());
        }
        return deployment;
    };
    co_return co_await database_.write(command);
}

}  // namespace kapok::models
