#pragma once

// How long the writer's groups take, for who watches the disk: apart from Statistics, which every
// module can see and only counts.

#include "platform/db/database.h"
#include "platform/metrics/metrics.h"

namespace kapok::platform::db {

// Of the groups that were committed since the database was opened, each from its begin to its
// commit; the bounds are metrics::kDurationBoundsUs.
[[nodiscard]] metrics::Histogram::Snapshot group_duration(const Database& database);

}  // namespace kapok::platform::db
