#pragma once

// What models add to the metric catalogue, and what of it the sampler looks at: where models are
// served.

#include "registry/metric_catalogue.h"
#include "registry/sampler.h"

namespace kapok::models {

void register_metrics(registry::MetricCatalogue& catalogue);

[[nodiscard]] registry::Probe deployment_probe();

}  // namespace kapok::models
