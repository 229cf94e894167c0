#include "models/metrics.h"

#include <array>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "models/deployments_store.h"

namespace kapok::models {
namespace {

using registry::Level;

constexpr std::string_view kSeries = "deployment";
constexpr std::chrono::seconds kSampledFresh{15};
constexpr std::size_t kPage = 500;

constexpr registry::Dimension kModel{"model", {"Model", "模型"}};
constexpr registry::Dimension kState{"state", {"State", "状态"}};
constexpr std::array kByModelAndState{kModel, kState};

constexpr registry::MetricInfo kDeployments{
    "deployments",
    registry::Fold::Level,
    "deployment",
    kByModelAndState,
    registry::Evidence::Observed,
    {"what the platform saw of its deployments every five seconds, kept when it changed",
     "平台每五秒观测部署一次，变化时入库"},
    kSampledFresh,
    {"Deployments by state", "各状态的部署数"},
    {"Places where models are served that are ready, idle, starting or draining; those that are "
     "over do not count",
     "就绪、休眠、启动中与排空中的模型部署数；已结束的不计"},
    "kapok_metric_deployments"};

bool is_over(const Deployment& deployment) {
    return deployment.state == DeploymentState::Stopped ||
           deployment.state == DeploymentState::Failed;
}

core::Result<void> add_level(Reader& reader, const Deployment& deployment,
                             std::vector<Level>& levels) {
    const auto found = find_model(reader, deployment.model);
    if (!found) {
        return std::unexpected(found.error());
    }
    const std::optional<Model>& model = *found;
    const std::string name = model ? model->name : deployment.model.text();
    levels.push_back(
        {deployment.id.text(),
         deployment.organization,
         {name, std::string(kDeploymentStateNames[std::to_underlying(deployment.state)])},
         1});
    return {};
}

core::Result<std::vector<Level>> look(Reader& reader, core::Timestamp /*now*/) {
    std::vector<Level> levels;
    core::Window window{.limit = kPage};
    do {
        auto page = list_deployments(reader, {}, window);
        if (!page) {
            return std::unexpected(page.error());
        }
        for (const Deployment& deployment : page->items) {
            if (is_over(deployment)) {
                continue;
            }
            if (const auto added = add_level(reader, deployment, levels); !added) {
                return std::unexpected(added.error());
            }
        }
        window.after = std::move(page->next);
    } while (window.after);
    return levels;
}

core::Result<void> read(Reader& reader, const core::Scope& scope, const registry::Span& span,
                        const registry::Visit& visit) {
    return registry::visit_observations(
        reader, kSeries, scope, span,
        [&](const registry::Observation& seen) { visit(registry::to_fact(seen)); });
}

}  // namespace

void register_metrics(registry::MetricCatalogue& catalogue) {
    catalogue.add({kDeployments, read});
}

registry::Probe deployment_probe() {
    return {kSeries, look};
}

}  // namespace kapok::models
