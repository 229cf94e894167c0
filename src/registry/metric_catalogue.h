#pragma once

// The contract between planes and whoever asks how the platform does: planes add their metrics when
// app wires them, and nobody needs to include a plane to ask for a number.

#include <span>
#include <string_view>
#include <vector>

#include "registry/metric.h"

namespace kapok::registry {

class MetricCatalogue {
public:
    // Before anybody asks. Stops the program if the metric is not right in itself: a name that is
    // taken, a text that is missing.
    void add(Metric metric);

    [[nodiscard]] const Metric* find(std::string_view name) const noexcept;
    // In the order of their names.
    [[nodiscard]] std::span<const Metric> all() const noexcept { return metrics_; }

private:
    std::vector<Metric> metrics_;
};

}  // namespace kapok::registry
