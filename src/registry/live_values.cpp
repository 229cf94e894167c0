#include "registry/live_values.h"

#include <utility>

#include <fmt/format.h>

#include "platform/metrics/metrics.h"
#include "registry/history.h"

namespace kapok::registry {
namespace {

std::string labels_text(const MetricInfo& info, const Labels& labels) {
    std::string text;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        text += text.empty() ? "{" : ",";
        text += platform::metrics::label(info.dimensions[i].name, labels[i]);
    }
    return text.empty() ? text : text + "}";
}

}  // namespace

std::string to_prometheus(const MetricInfo& info, const Values& values) {
    std::string text =
        fmt::format("# HELP {0} {1}. Unit: {2}.\n# TYPE {0} {3}\n", info.prometheus, info.title.en,
                    info.unit, info.fold == Fold::Total ? "counter" : "gauge");
    for (const auto& [labels, value] : values) {
        text += fmt::format("{}{} {}\n", info.prometheus, labels_text(info, labels), value);
    }
    return text;
}

core::Result<std::string> LiveValues::render(platform::db::Reader& reader, core::Timestamp now) {
    const std::scoped_lock lock(mutex_);
    std::string text;
    for (const Metric& metric : catalogue_.all()) {
        const auto values = newest(reader, metric, now);
        if (!values) {
            return std::unexpected(values.error());
        }
        text += to_prometheus(metric.info, *values);
    }
    return text;
}

core::Result<Values> LiveValues::newest(platform::db::Reader& reader, const Metric& metric,
                                        core::Timestamp now) {
    const auto history = history_of(reader, metric.info.evidence, now);
    if (!history) {
        return std::unexpected(history.error());
    }
    auto found = places_.find(metric.info.name);
    if (found == places_.end()) {
        found = places_.emplace(metric.info.name, Place{Progress(metric), {}}).first;
    }
    Place& place = found->second;
    if (history->settled > place.upto) {
        const auto read = place.progress.advance(reader, core::Scope::all(), history->settled);
        if (!read) {
            places_.erase(found);  // It may have taken in a part.
            return std::unexpected(read.error());
        }
        place.upto = history->settled;
    }
    auto point = place.progress.point();
    return point ? core::Result<Values>(std::move(point->values)) : std::unexpected(point.error());
}

}  // namespace kapok::registry
