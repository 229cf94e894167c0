#pragma once

// Compute as the server runs it: its services over the database and the object store, the money
// behind them, and the listener of the agents.

#include <functional>
#include <memory>
#include <string>

#include "app/server/compute_billing.h"
#include "app/server/foundation.h"
#include "compute/compute.h"
#include "core/clock.h"
#include "core/random.h"
#include "core/result.h"
#include "identity/identity.h"
#include "platform/config/config.h"
#include "platform/http/router.h"
#include "platform/http/server.h"
#include "platform/objects/blocking_pool.h"
#include "platform/objects/object_store.h"

namespace kapok::app {

// What compute stands on; all of it outlives the plane and the listener.
struct ComputeGround {
    const platform::config::Config& config;
    const Foundation& foundation;
    identity::Identity& identity;
    const core::Clock& clock;
    core::Random& random;
};

class ComputePlane {
public:
    // `holder` names this process among those that share a database.
    [[nodiscard]] static core::Result<std::unique_ptr<ComputePlane>> create(
        const ComputeGround& ground, std::string holder);
    ComputePlane(const ComputePlane&) = delete;
    ComputePlane& operator=(const ComputePlane&) = delete;

    [[nodiscard]] compute::Compute& compute() noexcept { return *compute_; }
    [[nodiscard]] platform::objects::ObjectStore& objects() noexcept { return *objects_; }
    [[nodiscard]] platform::objects::BlockingPool& pool() noexcept { return pool_; }

private:
    ComputePlane(std::unique_ptr<platform::objects::ObjectStore> objects, FirstPrices prices,
                 const core::Clock& clock, core::Random& random);

    std::unique_ptr<platform::objects::ObjectStore> objects_;
    platform::objects::BlockingPool pool_;
    ComputeBilling billing_;
    std::unique_ptr<compute::Compute> compute_;
};

// Where agents connect to: mutual TLS by the built-in authority. Only joining works without a
// certificate.
class AgentsListener {
public:
    using Failed = std::function<void(const platform::http::Request&, std::string_view)>;
    using Finished = std::function<void(const platform::http::Finished&)>;

    [[nodiscard]] static core::Result<std::unique_ptr<AgentsListener>> start(
        const ComputeGround& ground, compute::Compute& compute, Failed failed, Finished finished);
    AgentsListener(const AgentsListener&) = delete;
    AgentsListener& operator=(const AgentsListener&) = delete;

    [[nodiscard]] std::string url() const;
    void stop(std::chrono::milliseconds drain) { server_->stop(drain); }

private:
    AgentsListener(const platform::config::Config& config,
                   std::unique_ptr<platform::http::Router> router)
        : config_(config), router_(std::move(router)) {}

    const platform::config::Config& config_;
    std::unique_ptr<platform::http::Router> router_;
    std::unique_ptr<platform::http::Server> server_;
};

}  // namespace kapok::app
