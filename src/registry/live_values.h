#pragma once

// The newest values of all metrics for Prometheus, whole platform. It remembers how far it has read
// each metric's facts, so that a scrape reads only what is new.

#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "core/clock.h"
#include "core/result.h"
#include "platform/db/database.h"
#include "registry/evaluation.h"
#include "registry/metric_catalogue.h"

namespace kapok::registry {

// Text format 0.0.4.
[[nodiscard]] std::string to_prometheus(const MetricInfo& info, const Values& values);

class LiveValues {
public:
    explicit LiveValues(const MetricCatalogue& catalogue) noexcept : catalogue_(catalogue) {}

    // From any thread; one at a time.
    [[nodiscard]] core::Result<std::string> render(platform::db::Reader& reader,
                                                   core::Timestamp now);

private:
    struct Place {
        Progress progress;
        core::Timestamp upto;
    };
    [[nodiscard]] core::Result<Values> newest(platform::db::Reader& reader, const Metric& metric,
                                              core::Timestamp now);

    const MetricCatalogue& catalogue_;
    std::mutex mutex_;
    std::map<std::string_view, Place> places_;
};

}  // namespace kapok::registry
