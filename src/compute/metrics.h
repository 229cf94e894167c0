#pragma once

// What compute adds to the metric catalogue, and what of it the sampler looks at: nodes, capacity
// and jobs.

#include <chrono>

#include "registry/metric_catalogue.h"
#include "registry/sampler.h"

namespace kapok::compute {

void register_metrics(registry::MetricCatalogue& catalogue);

// Which nodes answer, and how much of each is given to jobs.
[[nodiscard]] registry::Probe node_probe(std::chrono::milliseconds heartbeat_limit);
[[nodiscard]] registry::Probe capacity_probe();

}  // namespace kapok::compute
