#pragma once

// The catalogue: which models there are, where they came from, and where each is served.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

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

enum class DeploymentState : std::uint8_t { Starting, Ready, Draining, Stopped, Failed };
inline constexpr std::array<std::string_view, 5> kDeploymentStateNames{
    "starting", "ready", "draining", "stopped", "failed"};

// One place where a model is served.
struct Deployment {
    DeploymentId id;
    ModelId model;
    core::OrganizationId organization;  // Who runs it.
    UpstreamKind upstream = UpstreamKind::LlamaCpp;
    std::string url;  // "http://127.0.0.1:8500"
    DeploymentState state = DeploymentState::Starting;
    std::string detail;  // Why it is in that state, for people.
    core::Timestamp created_at;
};

}  // namespace kapok::models
