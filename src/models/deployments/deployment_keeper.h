#pragma once

// Keeps deployments on own compute in step with their services, in every server: each step is one
// command that looks again at what it decides on, so that two servers never start one twice.

#include <chrono>
#include <string>
#include <utility>

#include <boost/asio/awaitable.hpp>

#include "core/clock.h"
#include "core/random.h"
#include "core/result.h"
#include "models/catalog.h"
#include "models/deployments/hosting.h"
#include "models/models_store.h"
#include "platform/db/database.h"
#include "platform/log/log.h"

namespace kapok::models {

// Rung after each change of a deployment's state.
inline constexpr std::string_view kDeploymentsBell = "models.deployments";

// Writes what was decided, and starts or stops the service. `fresh` is the id of a service that may
// be started.
[[nodiscard]] core::Result<void> carry_out(Transaction& transaction, const core::Principal& caller,
                                           const Deployment& before, Followed followed,
                                           compute::JobId fresh);

class DeploymentKeeper {
public:
    // All of it outlives the keeper.
    struct Setting {
        platform::db::Database& database;
        const core::Clock& clock;
        core::Random& random;
        platform::log::Log& log;
        std::string boot_id;  // Of this host.
        std::chrono::seconds wake_limit{120};
    };
    explicit DeploymentKeeper(Setting setting) : setting_(std::move(setting)) {}

    // Until it is cancelled.
    [[nodiscard]] boost::asio::awaitable<void> run();
    // One look at all of them.
    [[nodiscard]] boost::asio::awaitable<core::Result<void>> look();

    // Wakes a deployment of the model and waits until one is ready. kNotServed if there is none
    // that could be, kStillStarting if it takes longer than the limit.
    [[nodiscard]] boost::asio::awaitable<core::Result<void>> await_ready(std::string model);

private:
    boost::asio::awaitable<core::Result<void>> advance(DeploymentId id);

    Setting setting_;
};

}  // namespace kapok::models
