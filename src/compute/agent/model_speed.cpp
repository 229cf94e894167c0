#include "compute/agent/model_speed.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include "core/timestamp.h"
#include "platform/http/json.h"
#include "platform/process/files.h"

namespace kapok::compute::agent {
namespace {

constexpr std::chrono::hours kValid{24 * 30};
constexpr std::int64_t kFloorPpm = 50'000;
constexpr std::size_t kBuildBytesMax = 64;
constexpr std::size_t kTimeBytesMax = 64;

std::string file_of(std::string_view digest) {
    std::string name(digest.substr(digest.find(':') + 1));
    return name + ".measured";
}

}  // namespace

Measurement measurement_of(const ModelSpeed& speed, const Serving& serving, MeasurementId id,
                           NodeId node, const Inventory& inventory) {
    Measurement measurement;
    measurement.id = id;
    measurement.node = node;
    measurement.started_at = speed.started_at;
    measurement.ended_at = speed.ended_at;
    measurement.cpu_model = inventory.cpu.model;
    measurement.cores = std::max<std::int64_t>(1, inventory.usable_cpu_milli / 1'000);
    measurement.conditions.threads = measurement.cores;
    measurement.conditions.load_milli_before = speed.load_milli_before;
    measurement.conditions.load_milli_after = speed.load_milli_after;
    measurement.conditions.kernel = inventory.kernel;
    Reading reading;
    reading.metric = Metric::ModelTokens;
    reading.estimate = estimate(speed.samples, kFloorPpm);
    reading.kernel =
        speed.build.empty() ? serving.engine : fmt::format("{} {}", serving.engine, speed.build);
    reading.shape = fmt::format("model={} file={} tokens={} parallel=1", serving.model_digest,
                                serving.model_file, speed.tokens);
    reading.notes = {
        "the engine works in processes of its own: what others used of the CPUs was not "
        "measured beside it"};
    measurement.readings.push_back(std::move(reading));
    return measurement;
}

bool generates(const Serving& serving) {
    return serving.warm_up_path.ends_with("/completions");
}

bool is_speed_due(const std::filesystem::path& folder, std::string_view model_digest,
                  core::Timestamp now) {
    const auto text = platform::process::read_text(folder / file_of(model_digest), kTimeBytesMax);
    const auto at = text ? core::parse_rfc3339(*text) : std::nullopt;
    return !at || now < *at || now - *at > kValid;
}

core::Result<void> note_speed_measured(const std::filesystem::path& folder,
                                       std::string_view model_digest, core::Timestamp now) {
    return platform::process::write_durably(folder, file_of(model_digest), core::to_rfc3339(now));
}

std::string build_of(std::string_view answer) {
    const auto value = platform::http::parse_json(answer);
    const auto* object = value ? value->if_object() : nullptr;
    const auto* build = object == nullptr ? nullptr : object->if_contains("system_fingerprint");
    const auto* text = build == nullptr ? nullptr : build->if_string();
    return text == nullptr ? "" : std::string(std::string_view(*text).substr(0, kBuildBytesMax));
}

}  // namespace kapok::compute::agent
