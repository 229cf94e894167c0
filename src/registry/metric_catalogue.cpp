#include "registry/metric_catalogue.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

#include "registry/limits.h"

namespace kapok::registry {
namespace {

bool is_name(std::string_view text) {
    return !text.empty() && std::ssize(text) <= kMetricNameBytesMax &&
           std::ranges::all_of(text, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
           });
}

bool is_text(const Text& text) {
    return !text.en.empty() && !text.zh.empty();
}

// Prometheus' conventions: what only grows ends in "_total".
bool is_exported_rightly(const MetricInfo& info) {
    return is_name(info.prometheus) && info.prometheus.starts_with("kapok_") &&
           info.prometheus.ends_with("_total") == (info.fold == Fold::Total);
}

bool is_right(const Metric& metric) {
    const MetricInfo& info = metric.info;
    const bool named = std::ranges::all_of(info.dimensions, [](const Dimension& dimension) {
        return is_name(dimension.name) && is_text(dimension.text);
    });
    const bool counted = info.unit != kMicroUnit ||
                         std::ranges::find(info.dimensions, kCurrencyDimension, &Dimension::name) !=
                             info.dimensions.end();
    return is_name(info.name) && named && counted && !info.unit.empty() && is_text(info.title) &&
           is_text(info.description) && is_text(info.source) && is_exported_rightly(info) &&
           metric.read;
}

}  // namespace

void MetricCatalogue::add(Metric metric) {
    const auto place = std::ranges::lower_bound(
        metrics_, metric.info.name, {}, [](const Metric& other) { return other.info.name; });
    const bool taken = place != metrics_.end() && place->info.name == metric.info.name;
    const bool exported = std::ranges::any_of(metrics_, [&](const Metric& other) {
        return other.info.prometheus == metric.info.prometheus;
    });
    if (taken || exported || !is_right(metric)) {
        throw std::logic_error("the metric " + std::string(metric.info.name) + " is not right");
    }
    metrics_.insert(place, std::move(metric));
}

const Metric* MetricCatalogue::find(std::string_view name) const noexcept {
    const auto found =
        std::ranges::find(metrics_, name, [](const Metric& metric) { return metric.info.name; });
    return found == metrics_.end() ? nullptr : &*found;
}

}  // namespace kapok::registry
