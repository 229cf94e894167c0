#pragma once

// What the exchange adds to the metric catalogue: what was used, what it cost, and what stands on
// wallets.

#include "registry/metric_catalogue.h"

namespace kapok::exchange {

void register_metrics(registry::MetricCatalogue& catalogue);

}  // namespace kapok::exchange
