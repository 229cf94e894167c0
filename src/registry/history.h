#pragma once

// From when and until when a history can be asked: facts before `since` were not kept, and what was
// written after `settled` may not all be there yet. Between the two an answer never changes.

#include <optional>

#include "core/clock.h"
#include "core/result.h"
#include "platform/db/database.h"
#include "registry/metric.h"

namespace kapok::registry {

struct History {
    std::optional<core::Timestamp> since;  // None: nothing was ever written down.
    core::Timestamp settled;
};

[[nodiscard]] core::Result<History> history_of(platform::db::Reader& reader, Evidence evidence,
                                               core::Timestamp now);

}  // namespace kapok::registry
