#pragma once

// For whoever watches the book: what is reserved and not yet taken or given back.

#include <cstdint>
#include <vector>

#include "core/result.h"
#include "ledger/unit.h"
#include "platform/db/database.h"

namespace kapok::ledger {

struct HeldSum {
    Unit unit;
    std::int64_t holds = 0;
    std::int64_t amount = 0;  // In the unit's own smallest part.
};
// One a unit in which something is held.
[[nodiscard]] core::Result<std::vector<HeldSum>> sum_open_holds(platform::db::Reader& reader);

}  // namespace kapok::ledger
