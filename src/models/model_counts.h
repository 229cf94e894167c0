#pragma once

// For whoever watches the platform: calls under way and deployments by state.

#include <array>
#include <cstdint>

#include "core/result.h"
#include "models/catalog.h"
#include "platform/db/database.h"

namespace kapok::models {

struct ModelCounts {
    std::int64_t calls_open = 0;
    std::array<std::int64_t, kDeploymentStateNames.size()> deployments{};
};
[[nodiscard]] core::Result<ModelCounts> count_models(platform::db::Reader& reader);

}  // namespace kapok::models
