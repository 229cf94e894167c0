#pragma once

// Where deployments are kept.

#include <cstdint>
#include <optional>
#include <vector>

#include "core/page.h"
#include "core/result.h"
#include "models/catalog.h"
#include "models/models_store.h"
#include "platform/db/database.h"

namespace kapok::models {

[[nodiscard]] core::Result<void> insert_deployment(Transaction& transaction,
                                                   const Deployment& deployment);
[[nodiscard]] core::Result<std::optional<Deployment>> find_deployment(Reader& reader,
                                                                      DeploymentId id);
// Its row stays as it is for others until the command's end.
[[nodiscard]] core::Result<std::optional<Deployment>> lock_deployment(Transaction& transaction,
                                                                      DeploymentId id);
// What changes of a deployment.
[[nodiscard]] core::Result<void> update_deployment(Transaction& transaction,
                                                   const Deployment& deployment);
struct DeploymentFilter {
    std::optional<ModelId> model = {};
    std::optional<DeploymentState> state = {};
    std::optional<Wanted> wanted = {};  // Of hosted ones.
};
[[nodiscard]] core::Result<core::Page<Deployment>> list_deployments(Reader& reader,
                                                                    const DeploymentFilter& filter,
                                                                    const core::Window& window);
// Those with the fewest calls under way first.
[[nodiscard]] core::Result<std::vector<Deployment>> ready_deployments(Reader& reader,
                                                                      ModelId model);
// Hosted ones of a model that are not over.
[[nodiscard]] core::Result<std::vector<Deployment>> hosted_deployments(Reader& reader,
                                                                       ModelId model);
// Hosted ones whose service lives.
[[nodiscard]] core::Result<std::vector<Deployment>> live_deployments(Reader& reader);
[[nodiscard]] core::Result<std::int64_t> calls_under_way(Reader& reader, DeploymentId id);
// A call begins there. Called at most once in kCalledPrecision.
[[nodiscard]] core::Result<void> touch_deployment(Transaction& transaction, DeploymentId id);

}  // namespace kapok::models
