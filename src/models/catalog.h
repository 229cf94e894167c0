#pragma once

// The catalogue: which models there are, where they came from, and where each is served.

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "compute/api.h"
#include "core/clock.h"
#include "core/id.h"

namespace kapok::models {

struct ModelTag {
    static constexpr std::string_view kPrefix = "mdl";
};
struct DeploymentTag {
    static constexpr std::string_view kPrefix = "dep";
};
using ModelId = core::Id<ModelTag>;
using DeploymentId = core::Id<DeploymentTag>;

struct Model {
    ModelId id;
    core::OrganizationId provider;  // Who answers for it, and is paid for its calls.
    std::string name;               // What a call names; unique on the platform.
    std::string description;
    std::string license;   // SPDX expression, such as Apache-2.0.
    std::string source;    // Where the weights came from.
    std::string revision;  // SHA-256 of the weights in hexadecimal; empty if they are elsewhere.
    std::int64_t context_window = 0;       // Tokens of prompt and reply together.
    std::int64_t embedding_dimension = 0;  // 0: it makes no embeddings.
    core::Timestamp created_at;
    std::string file = {};     // Name of the file that the platform keeps; empty if it keeps none.
    std::int64_t bytes = 0;    // Of that file.
    std::string quality = {};  // "demonstration": weights that were made for something else.
};
inline constexpr std::string_view kDemonstration = "demonstration";

// What weights are served for. Embeddings of weights that were not made for them are marked as
// demonstration.
enum class Capability : std::uint8_t { Chat, Embeddings };
inline constexpr std::array<std::string_view, 2> kCapabilityNames{"chat", "embeddings"};

// How an upstream behaves where money depends on it. A new kind is a row here.
enum class UpstreamKind : std::uint8_t { LlamaCpp, OpenAi };
enum class Counting : std::uint8_t {
    Along,  // Gives cumulative counts in each chunk when asked.
    AtEnd,  // Gives its usage at the end only: a stream that is cut is estimated.
};
struct UpstreamTraits {
    std::string_view name;
    Counting counting;
};
inline constexpr std::array<UpstreamTraits, 2> kUpstreams{
    {{"llama.cpp", Counting::Along}, {"openai", Counting::AtEnd}}};
[[nodiscard]] constexpr const UpstreamTraits& traits(UpstreamKind kind) noexcept {
    return kUpstreams[static_cast<std::size_t>(kind)];
}
inline constexpr std::array<std::string_view, 2> kUpstreamNames{"llama.cpp", "openai"};

enum class DeploymentState : std::uint8_t { Starting, Ready, Draining, Stopped, Failed, Idle };
inline constexpr std::array<std::string_view, 6> kDeploymentStateNames{
    "starting", "ready", "draining", "stopped", "failed", "idle"};

// What a deployment is to become: idle ones start when they are called, stopped ones never again.
enum class Wanted : std::uint8_t { Serving, Idle, Stopped };
inline constexpr std::array<std::string_view, 3> kWantedNames{"serving", "idle", "stopped"};

// How exactly it is known when a deployment was last called.
inline constexpr std::chrono::seconds kCalledPrecision{5};

// How a deployment is run on own compute, and how far its service is.
struct Hosting {
    core::ProjectId project;          // Under which the node runs it; zero: the platform's own.
    std::int64_t context_tokens = 0;  // Of each slot.
    std::int64_t slots = 0;           // Calls that it answers at once.
    compute::Demand demand;
    std::int64_t idle_stop_s = 0;  // Without a call; 0: it never rests.
    Wanted wanted = Wanted::Serving;
    std::optional<compute::JobId> service;  // Each start is a service of its own.
    std::optional<compute::ServicePhase> phase;
    std::optional<compute::NodeId> node;
    std::int64_t warm_up_ms = 0;
    std::int64_t tokens_per_s_milli = 0;
    std::int64_t restarts = 0;
    core::Timestamp called_at;   // Within kCalledPrecision.
    core::Timestamp changed_at;  // Its state began.

    friend bool operator==(const Hosting&, const Hosting&) = default;
};

// One place where a model is served.
struct Deployment {
    DeploymentId id;
    ModelId model;
    core::OrganizationId organization;  // Who runs it.
    UpstreamKind upstream = UpstreamKind::LlamaCpp;
    std::string url;  // "http://127.0.0.1:8500"; empty while a hosted one is not ready.
    DeploymentState state = DeploymentState::Starting;
    std::string detail;  // Why it is in that state: what went wrong, as its node tells it.
    core::Timestamp created_at;
    std::optional<Hosting> hosting = {};  // None: a server that was there already.
    // Whether its url may lead into a private network: an operator of the platform asked for it.
    bool private_network = false;

    // A node's own loopback is what its hosted ones are reached by.
    [[nodiscard]] bool may_be_private() const { return private_network || hosting.has_value(); }

    friend bool operator==(const Deployment&, const Deployment&) = default;
};

}  // namespace kapok::models
