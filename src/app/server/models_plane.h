#pragma once

// Models as the server runs them: the catalogue, imports and deployments over the database and the
// object store, and the loops that work for them.

#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "app/server/compute_plane.h"
#include "app/server/foundation.h"
#include "core/clock.h"
#include "core/random.h"
#include "identity/identity.h"
#include "models/deployments/deployment_keeper.h"
#include "models/imports/importer.h"
#include "models/imports_service.h"
#include "models/models_service.h"
#include "platform/config/config.h"
#include "platform/log/log.h"

namespace kapok::app {

class ModelsPlane {
public:
    // What it is made of; all of it outlives the plane.
    struct Setting {
        const platform::config::Config& config;
        const Foundation& foundation;
        identity::Identity& identity;
        ComputePlane& compute;
        const core::Clock& clock;
        core::Random& random;
        platform::log::Log& log;
        std::string server;  // Names the data folder for ever.
    };
    explicit ModelsPlane(const Setting& setting);
    ModelsPlane(const ModelsPlane&) = delete;
    ModelsPlane& operator=(const ModelsPlane&) = delete;

    [[nodiscard]] models::ModelsService& models() noexcept { return models_; }
    [[nodiscard]] models::DeploymentKeeper& keeper() noexcept { return keeper_; }
    [[nodiscard]] models::ImportsService& imports() noexcept { return imports_; }
    // Each runs until it is cancelled.
    [[nodiscard]] std::vector<boost::asio::awaitable<void>> loops();

private:
    std::int64_t imports_at_once_;
    models::ModelsService models_;
    models::DeploymentKeeper keeper_;
    models::Importer importer_;
    models::ImportsService imports_;
};

}  // namespace kapok::app
