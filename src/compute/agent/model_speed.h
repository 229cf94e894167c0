#pragma once

// How fast this node generates with a model that it serves. It is measured once for each model,
// between the engine's warm-up and its first call, when nobody else asks it, and again when the
// measurement has grown old. What comes of it is a measurement like any other, which the node
// signs.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "compute/ids.h"
#include "compute/inventory/inventory.h"
#include "compute/measurement/measurement.h"
#include "compute/service.h"
#include "core/clock.h"
#include "core/result.h"

namespace kapok::compute::agent {

struct ModelSpeed {
    core::Timestamp started_at;
    core::Timestamp ended_at;
    std::int64_t load_milli_before = 0;  // One-minute load average, thousandths.
    std::int64_t load_milli_after = 0;
    std::vector<std::int64_t> samples;  // Thousandths of a token a second, one a request.
    std::string build;                  // Of the engine, as it says itself; empty if it does not.
    std::int64_t tokens = 0;            // Generated in the last request.
};

inline constexpr std::size_t kSpeedSamples = 9;
inline constexpr std::size_t kSpeedSamplesMin = 3;

// Of the one reading kModelTokens; the program and the host are those of the inventory.
[[nodiscard]] Measurement measurement_of(const ModelSpeed& speed, const Serving& serving,
                                         MeasurementId id, NodeId node, const Inventory& inventory);

// Whether it generates text: an engine of embeddings has no such speed.
[[nodiscard]] bool generates(const Serving& serving);
// Whether it is to be measured now. `folder` is that of the models.
[[nodiscard]] bool is_speed_due(const std::filesystem::path& folder, std::string_view model_digest,
                                core::Timestamp now);
[[nodiscard]] core::Result<void> note_speed_measured(const std::filesystem::path& folder,
                                                     std::string_view model_digest,
                                                     core::Timestamp now);

// The build of the engine, from an answer of it.
[[nodiscard]] std::string build_of(std::string_view answer);

}  // namespace kapok::compute::agent
