#pragma once

// The catalogue and its deployments, for people and programs: who may add what is decided here.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "core/clock.h"
#include "core/money.h"
#include "core/principal.h"
#include "core/random.h"
#include "core/result.h"
#include "identity/directory.h"
#include "identity/idempotency.h"
#include "models/catalog.h"
#include "models/deployments_store.h"
#include "models/models_store.h"
#include "models/networks.h"
#include "platform/db/database.h"

namespace kapok::models {

struct NewModel {
    std::optional<ModelId> id;
    std::string name;
    std::string description;
    std::string license;
    std::string source;
    std::string revision;
    std::int64_t context_window = 0;
    std::int64_t embedding_dimension = 0;
    std::optional<identity::IdempotencyKey> key;
};

// How a model is to be run on own compute; what is absent is chosen (default_hosting()).
struct NewHosting {
    std::optional<std::int64_t> context_tokens;  // Of each slot.
    std::optional<std::int64_t> slots;
    std::optional<std::int64_t> cpu_milli;
    std::optional<std::int64_t> memory_bytes;
    std::optional<std::int64_t> accelerators;
    std::optional<std::int64_t> idle_stop_s;
    std::optional<Wanted> start;  // Serving or Idle.
};

// On own compute, or by a server that is there already and speaks OpenAI's API. The prices start
// the product of a model that has none yet, per 1 000 000 tokens.
struct NewDeployment {
    std::optional<DeploymentId> id;
    ModelId model;
    std::optional<UpstreamKind> upstream;  // With a url.
    std::string url;                       // Empty: on own compute.
    NewHosting hosting;
    core::Money input_price;
    core::Money output_price;
    std::optional<identity::IdempotencyKey> key;
};

class ModelsService {
public:
    template <class T>
    using Answer = boost::asio::awaitable<core::Result<T>>;

    ModelsService(platform::db::Database& database, identity::Directory& directory,
                  const core::Clock& clock, core::Random& random, Networks providers) noexcept
        : database_(database),
          directory_(directory),
          clock_(clock),
          random_(random),
          providers_(providers) {}

    Answer<Model> add(core::Principal caller, NewModel request);
    Answer<core::Page<Model>> list(core::Principal caller, ModelFilter filter, core::Window window);
    Answer<Model> get(core::Principal caller, ModelId id);

    // Asks a server that is there already a first question, so that only what answers as a model is
    // ever called ready; on own compute the node does so. The same id or key again gives what it
    // made.
    Answer<Deployment> deploy(core::Principal caller, NewDeployment request);
    Answer<core::Page<Deployment>> deployments(core::Principal caller, DeploymentFilter filter,
                                               core::Window window);
    Answer<Deployment> deployment(core::Principal caller, DeploymentId id);
    // Its calls under way may end; then its engine does. Stopping again changes nothing.
    Answer<Deployment> stop(core::Principal caller, DeploymentId id);

private:
    platform::db::Database& database_;
    identity::Directory& directory_;
    const core::Clock& clock_;
    core::Random& random_;
    const Networks providers_;
};

}  // namespace kapok::models
