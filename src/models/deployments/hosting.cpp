#include "models/deployments/hosting.h"

#include <algorithm>
#include <string>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "core/known.h"

namespace kapok::models {
namespace {

namespace json = boost::json;
using compute::ServicePhase;

constexpr std::int64_t kContextDefault = 4'096;
constexpr std::int64_t kSlotsDefault = 4;
constexpr std::int64_t kRoomForContext = std::int64_t{768} << 20U;  // Beside the weights.
constexpr std::int64_t kThreadMilli = 1'000;
constexpr std::int64_t kWarmUpTokens = 32;
constexpr std::int64_t kEmbeddingsRestS = 600;
constexpr const char* kElsewhere =
    "its node is another host, whose engines the platform cannot reach; run a server of the model "
    "there "
    "and deploy it by its url";

void set(Deployment& deployment, DeploymentState state, core::Timestamp now) {
    if (deployment.state != state) {
        deployment.state = state;
        core::known(deployment.hosting).changed_at = now;
    }
    if (state != DeploymentState::Ready && state != DeploymentState::Draining) {
        deployment.url.clear();
    }
}

// Its service has ended, as was wanted or not.
void set_ended(Deployment& deployment, core::Timestamp now) {
    switch (core::known(deployment.hosting).wanted) {
        case Wanted::Serving: return set(deployment, DeploymentState::Failed, now);
        case Wanted::Idle: return set(deployment, DeploymentState::Idle, now);
        case Wanted::Stopped: return set(deployment, DeploymentState::Stopped, now);
    }
}

bool is_tired(const Hosting& hosting, const Look& look) {
    const auto rest = look.now - std::max(hosting.called_at, hosting.changed_at);
    return hosting.idle_stop_s > 0 && look.calls == 0 &&
           rest >= std::chrono::seconds(hosting.idle_stop_s);
}

// A node says its address as it is on its own host, so a call to it would go astray from another.
bool is_elsewhere(const compute::ServiceView& service, const Look& look) {
    return service.phase == ServicePhase::Ready && service.boot_id != look.boot_id;
}

void note(Deployment& deployment, const compute::ServiceView& view) {
    Hosting& hosting = core::known(deployment.hosting);
    hosting.phase = view.phase;
    hosting.node = view.node;
    hosting.warm_up_ms = view.warm_up_ms;
    hosting.tokens_per_s_milli = view.tokens_per_s_milli;
    hosting.restarts = view.restarts;
    deployment.detail = view.problem;
}

Action follow_ready(Deployment& deployment, const compute::ServiceView& service, const Look& look) {
    if (service.phase != ServicePhase::Ready) {
        set(deployment, DeploymentState::Starting, look.now);
        return Action::None;
    }
    deployment.url = service.url;
    Hosting& hosting = core::known(deployment.hosting);
    if (is_tired(hosting, look)) {
        hosting.wanted = Wanted::Idle;
        set(deployment, DeploymentState::Draining, look.now);
    }
    return Action::None;
}

Action follow_draining(Deployment& deployment, ServicePhase phase, const Look& look) {
    const Hosting& hosting = core::known(deployment.hosting);
    if (hosting.wanted == Wanted::Serving) {  // Somebody called meanwhile.
        if (phase == ServicePhase::Ready) {
            set(deployment, DeploymentState::Ready, look.now);
        }
        return Action::None;
    }
    const bool overdue = look.now - hosting.changed_at >= kDrainLimit;
    const bool drained = phase != ServicePhase::Ready || look.calls == 0 || overdue;
    return drained && phase != ServicePhase::Stopping ? Action::Stop : Action::None;
}

std::vector<std::string> arguments_of(const Model& model, const Hosting& hosting) {
    const std::string context = std::to_string(hosting.context_tokens);
    const auto threads = std::max<std::int64_t>(1, hosting.demand.cpu_milli / kThreadMilli);
    std::vector<std::string> arguments{
        "-m",       "{model}",
        "--alias",  model.name,
        "--host",   "{host}",
        "--port",   "{port}",
        "-c",       std::to_string(hosting.context_tokens * hosting.slots),
        "-np",      std::to_string(hosting.slots),
        "-t",       std::to_string(threads),
        "--metrics"};
    const auto add = [&](std::initializer_list<std::string> more) {
        arguments.insert(arguments.end(), more);
    };
    if (model.embedding_dimension == 0) {
        add({"--jinja"});
        return arguments;
    }
    // A text is embedded in one piece, so the pieces must be as long as the context.
    add({"--embeddings", "-b", context, "-ub", context});
    if (model.quality == kDemonstration) {
        add({"--pooling", "mean"});
    }
    return arguments;
}

}  // namespace

Followed follow(Deployment deployment, const Look& look) {
    const bool lives = deployment.state == DeploymentState::Starting ||
                       deployment.state == DeploymentState::Ready ||
                       deployment.state == DeploymentState::Draining;
    if (!deployment.hosting || !lives) {
        return {std::move(deployment)};
    }
    const auto& service = look.service;
    if (service) {
        note(deployment, *service);
    }
    Hosting& hosting = *deployment.hosting;
    if (!service || service->phase == ServicePhase::Ended) {
        const bool called =
            deployment.state == DeploymentState::Draining && hosting.wanted == Wanted::Serving;
        if (called) {
            set(deployment, DeploymentState::Starting, look.now);
            return {std::move(deployment), Action::Start};
        }
        set_ended(deployment, look.now);
        return {std::move(deployment)};
    }
    if (look.calls > 0 && hosting.idle_stop_s > 0 &&
        look.now - hosting.called_at >= kCalledPrecision) {
        hosting.called_at = look.now;
    }
    Action action = Action::None;
    if (is_elsewhere(*service, look)) {
        set(deployment, DeploymentState::Failed, look.now);
        deployment.detail = kElsewhere;
        return {std::move(deployment), Action::Stop};
    }
    if (deployment.state == DeploymentState::Draining) {
        action = follow_draining(deployment, service->phase, look);
    } else {
        if (service->phase == ServicePhase::Ready) {
            set(deployment, DeploymentState::Ready, look.now);
        }
        action = deployment.state == DeploymentState::Ready
                     ? follow_ready(deployment, *service, look)
                     : Action::None;
    }
    return {std::move(deployment), action};
}

std::optional<Followed> wake(Deployment deployment, core::Timestamp now) {
    if (!deployment.hosting || deployment.hosting->wanted == Wanted::Stopped) {
        return std::nullopt;
    }
    Action action = Action::None;
    switch (deployment.state) {
        case DeploymentState::Idle:
            set(deployment, DeploymentState::Starting, now);
            action = Action::Start;
            break;
        case DeploymentState::Starting:
        case DeploymentState::Ready:
        case DeploymentState::Draining: break;
        case DeploymentState::Stopped:
        case DeploymentState::Failed: return std::nullopt;
    }
    deployment.hosting->wanted = Wanted::Serving;
    deployment.hosting->called_at = now;
    return Followed{std::move(deployment), action};
}

Followed stop(Deployment deployment, core::Timestamp now) {
    const bool rests = deployment.state == DeploymentState::Idle ||
                       deployment.state == DeploymentState::Failed ||
                       deployment.state == DeploymentState::Stopped;
    if (!deployment.hosting) {
        deployment.state = DeploymentState::Stopped;
        deployment.detail.clear();
        return {std::move(deployment)};
    }
    deployment.hosting->wanted = Wanted::Stopped;
    set(deployment, rests ? DeploymentState::Stopped : DeploymentState::Draining, now);
    return {std::move(deployment)};
}

compute::NewService service_of(const Model& model, const Deployment& deployment) {
    const Hosting& hosting = core::known(deployment.hosting);
    const bool embeds = model.embedding_dimension > 0;
    const json::object question =
        embeds ? json::object{{"model", model.name}, {"input", "Hello"}}
               : json::object{{"model", model.name},
                              {"messages",
                               json::array{{{"role", "user"}, {"content", "Hello, how are you?"}}}},
                              {"max_tokens", kWarmUpTokens}};
    compute::NewService service;
    service.id = core::known(hosting.service);
    service.organization = deployment.organization;
    service.project = hosting.project;
    service.name = model.name;
    service.engine = "llama-server";
    service.arguments = arguments_of(model, hosting);
    service.model_digest = "sha256:" + model.revision;
    service.model_file = model.file;
    service.model_bytes = model.bytes;
    service.demand = hosting.demand;
    service.warm_up_path = embeds ? "/v1/embeddings" : "/v1/chat/completions";
    service.warm_up_body = json::serialize(question);
    return service;
}

Hosting default_hosting(const Model& model) {
    Hosting hosting;
    hosting.context_tokens = std::min(model.context_window, kContextDefault);
    hosting.slots = kSlotsDefault;
    hosting.demand.cpu_milli = kThreadMilli;
    if (model.embedding_dimension > 0) {  // Seldom called: it need not be there all the time.
        hosting.idle_stop_s = kEmbeddingsRestS;
        hosting.wanted = Wanted::Idle;
    }
    hosting.demand.memory_bytes = model.bytes + model.bytes / 4 + kRoomForContext;
    return hosting;
}

}  // namespace kapok::models
