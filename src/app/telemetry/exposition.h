#pragma once

// Counts as Prometheus reads them. The names are a promise to whoever alerts on them:
// docs/metrics.md lists all, and a test compares.

#include "app/telemetry/counts.h"
#include "core/clock.h"
#include "platform/db/database.h"
#include "platform/metrics/metrics.h"

namespace kapok::app::telemetry {

// Nodes that are shown one by one: those that were heard longest ago.
inline constexpr std::size_t kNodesShownMax = 1'000;

void describe(const Counts& counts, core::Timestamp now, platform::metrics::Exposition& text);
void describe(const platform::db::Database& database, platform::metrics::Exposition& text);

}  // namespace kapok::app::telemetry
