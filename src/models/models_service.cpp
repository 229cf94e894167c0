#include "models/models_service.h"

#include <array>
#include <utility>

#include "exchange/api.h"
#include "identity/authorize.h"
#include "identity/organization_tree.h"
#include "models/catalog_change.h"
#include "models/deployments/deployment_keeper.h"
#include "models/deployments/hosting.h"
#include "models/deployments_store.h"
#include "models/digest.h"
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
    const auto& found = *deployment;
    return found ? core::Result<Deployment>(*found)
                 : core::fail(kNoDeployment, {{"deployment", id.text()}});
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

core::Result<void> within_context(const char* field, std::int64_t wanted, const Model& model) {
    if (model.context_window > 0 && wanted > model.context_window) {
        return core::fail(kContextTooLong,
                          {{"field", field},
                           {"limit", std::to_string(model.context_window)},
                           {"model", model.name}},
                          "/context_tokens");
    }
    return {};
}

core::Result<Hosting> hosting_of(const NewHosting& wanted, const Model& model) {
    if (model.revision.empty() || model.file.empty()) {
        return core::fail(kNoWeights, {{"model", model.name}}, "/url");
    }
    Hosting hosting = default_hosting(model);
    hosting.context_tokens = wanted.context_tokens.value_or(hosting.context_tokens);
    hosting.slots = wanted.slots.value_or(hosting.slots);
    hosting.demand.cpu_milli = wanted.cpu_milli.value_or(hosting.demand.cpu_milli);
    hosting.demand.memory_bytes = wanted.memory_bytes.value_or(hosting.demand.memory_bytes);
    hosting.demand.accelerators = wanted.accelerators.value_or(0);
    hosting.idle_stop_s = wanted.idle_stop_s.value_or(hosting.idle_stop_s);
    hosting.wanted = wanted.start.value_or(hosting.wanted);
    const auto fits = within_context("context_tokens", hosting.context_tokens, model);
    return fits ? core::Result<Hosting>(hosting) : std::unexpected(fits.error());
}

bool says_how(const NewHosting& wanted) {
    return wanted.context_tokens || wanted.slots || wanted.cpu_milli || wanted.memory_bytes ||
           wanted.accelerators || wanted.idle_stop_s || wanted.start;
}

// The deployment that was asked for, without what only its making can say.
core::Result<Deployment> planned(const NewDeployment& request, const Model& model) {
    Deployment deployment;
    deployment.model = model.id;
    deployment.organization = model.provider;
    if (!request.url.empty()) {
        if (says_how(request.hosting)) {
            return core::fail(kOwnComputeOnly, {{"field", "context_tokens, slots, …"}}, "/url");
        }
        deployment.upstream = request.upstream.value_or(UpstreamKind::LlamaCpp);
        deployment.url = request.url;
        deployment.state = DeploymentState::Ready;
        return deployment;
    }
    if (request.upstream == UpstreamKind::OpenAi) {
        return core::fail(kNoWeights, {{"model", model.name}}, "/url");
    }
    const auto hosting = hosting_of(request.hosting, model);
    if (!hosting) {
        return std::unexpected(hosting.error());
    }
    deployment.hosting = *hosting;
    deployment.state = DeploymentState::Idle;
    return deployment;
}

// What an earlier run of the same request made; a server that is away by now is not asked again.
core::Result<std::optional<Deployment>> find_earlier(Reader& reader, const NewDeployment& request,
                                                     core::Timestamp now) {
    if (!request.key) {
        return std::optional<Deployment>();
    }
    const auto kept = identity::recall(reader, *request.key, now);
    if (!kept) {
        return std::unexpected(kept.error());
    }
    const std::optional<std::string>& text = *kept;
    const auto id = text ? DeploymentId::parse(*text) : std::nullopt;
    return id ? find_deployment(reader, *id) : std::optional<Deployment>();
}

// What is made, with ids that the command may need: made before it since it can be tried more than
// once.
struct Plan {
    NewDeployment request;
    Model model;
    Deployment deployment;
    exchange::ProductId product;
    compute::JobId service;
};

core::Result<Deployment> make_deployment(Transaction& transaction, const core::Principal& caller,
                                         const Plan& plan) {
    const Deployment& wanted = plan.deployment;
    const auto earlier = identity::claim_id(transaction, plan.request.key, wanted.id);
    if (!earlier) {
        return std::unexpected(earlier.error());
    }
    if (const std::optional<DeploymentId>& made = *earlier) {
        return require_deployment(transaction, *made);
    }
    const auto found = find_deployment(transaction, wanted.id);
    if (!found) {
        return std::unexpected(found.error());
    }
    if (const auto& known = *found) {
        const bool same = known->model == wanted.model && known->upstream == wanted.upstream &&
                          known->hosting.has_value() == wanted.hosting.has_value();
        return same ? core::Result<Deployment>(*known)
                    : core::fail(kDeploymentExists, {{"deployment", wanted.id.text()}}, "/id");
    }
    const auto offered = offer(transaction, caller, plan.model, plan.product, plan.request);
    if (!offered) {
        return std::unexpected(offered.error());
    }
    if (const auto kept = insert_deployment(transaction, wanted); !kept) {
        return std::unexpected(kept.error());
    }
    const auto announced = announce(
        transaction, caller, wanted.hosting ? "models.deployment_made" : "models.deployment_ready",
        wanted.id.text(), {{"model", plan.model.name}, {"url", wanted.url}});
    if (!announced) {
        return std::unexpected(announced.error());
    }
    if (!wanted.hosting || wanted.hosting->wanted == Wanted::Idle) {
        return wanted;
    }
    auto woken = wake(wanted, transaction.now());
    const auto started = carry_out(transaction, caller, wanted, *woken, plan.service);
    return started ? require_deployment(transaction, wanted.id) : std::unexpected(started.error());
}

// Everybody may see that a model is served and at what price. Where its server listens and what
// went wrong there is its operator's own.
void conceal(Deployment& deployment, const core::Principal& caller,
             const identity::OrganizationTree& tree) {
    const auto sees = identity::authorize(
        caller, "deployment:read",
        identity::resource_of(tree, deployment.organization, deployment.id.text()));
    if (!sees) {
        deployment.url.clear();
        deployment.detail.clear();
        if (deployment.hosting) {
            deployment.hosting->node.reset();
        }
    }
}

}  // namespace

ModelsService::Answer<Model> ModelsService::add(core::Principal caller, NewModel request) {
    const auto tree = directory_.tree();
    const auto allowed = identity::authorize(
        caller, "model:write", identity::resource_of(*tree, caller.organization, request.name));
    if (!allowed) {
        co_return std::unexpected(allowed.error());
    }
    if (!request.revision.empty() && !is_digest(request.revision)) {
        co_return core::fail(kBadDigest, {{"field", "revision"}}, "/revision");
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
    const auto command = [caller = std::move(caller), model, key = std::move(request.key)](
                             Transaction& transaction) -> core::Result<Model> {
        const auto earlier = identity::claim_id(transaction, key, model.id);
        if (!earlier || *earlier) {
            return earlier ? require_model(transaction, **earlier)
                           : std::unexpected(earlier.error());
        }
        return add_model(transaction, caller, model);
    };
    co_return co_await database_.write(command);
}

ModelsService::Answer<core::Page<Model>> ModelsService::list(core::Principal /*caller*/,
                                                             ModelFilter filter,
                                                             core::Window window) {
    const auto look = [filter = std::move(filter), window = std::move(window)](Reader& reader) {
        return list_models(reader, filter, window);
    };
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
    const auto again = [&request, now = clock_.now()](Reader& reader) {
        return find_earlier(reader, request, now);
    };
    const core::Result<std::optional<Deployment>> earlier = co_await database_.read(again);
    if (!earlier) {
        co_return std::unexpected(earlier.error());
    }
    if (const std::optional<Deployment>& made = *earlier) {
        co_return *made;
    }
    auto deployment = planned(request, *model);
    if (!deployment) {
        co_return deployment;
    }
    deployment->private_network = may_be_private(caller, *tree, providers_);
    if (!deployment->hosting) {
        const core::Result<void> answers = co_await probe(*deployment, *model);
        if (!answers) {
            co_return std::unexpected(answers.error());
        }
    }
    deployment->id = request.id.value_or(DeploymentId::make(clock_, random_));
    deployment->created_at = clock_.now();
    const Plan plan{std::move(request), *model, *std::move(deployment),
                    exchange::ProductId::make(clock_, random_),
                    compute::JobId::make(clock_, random_)};
    const auto command = [caller = std::move(caller), plan](Transaction& transaction) {
        return make_deployment(transaction, caller, plan);
    };
    co_return co_await database_.write(command);
}

ModelsService::Answer<core::Page<Deployment>> ModelsService::deployments(core::Principal caller,
                                                                         DeploymentFilter filter,
                                                                         core::Window window) {
    const auto look = [filter, window = std::move(window)](Reader& reader) {
        return list_deployments(reader, filter, window);
    };
    core::Result<core::Page<Deployment>> found = co_await database_.read(look);
    if (found) {
        const auto tree = directory_.tree();
        for (Deployment& deployment : found->items) {
            conceal(deployment, caller, *tree);
        }
    }
    co_return found;
}

ModelsService::Answer<Deployment> ModelsService::deployment(core::Principal caller,
                                                            DeploymentId id) {
    const auto look = [=](Reader& reader) { return require_deployment(reader, id); };
    core::Result<Deployment> found = co_await database_.read(look);
    if (found) {
        conceal(*found, caller, *directory_.tree());
    }
    co_return found;
}

ModelsService::Answer<Deployment> ModelsService::stop(core::Principal caller, DeploymentId id) {
    const auto tree = directory_.tree();
    const auto command = [caller = std::move(caller), tree,
                          id](Transaction& transaction) -> core::Result<Deployment> {
        const auto deployment = lock_deployment(transaction, id);
        if (!deployment) {
            return std::unexpected(deployment.error());
        }
        if (!*deployment) {
            return core::fail(kNoDeployment, {{"deployment", id.text()}});
        }
        const auto allowed = identity::authorize(
            caller, "deployment:write",
            identity::resource_of(*tree, (*deployment)->organization, id.text()));
        if (!allowed) {
            return std::unexpected(allowed.error());
        }
        const auto stopped = carry_out(transaction, caller, **deployment,
                                       models::stop(**deployment, transaction.now()), {});
        return stopped ? require_deployment(transaction, id) : std::unexpected(stopped.error());
    };
    co_return co_await database_.write(command);
}

}  // namespace kapok::models
