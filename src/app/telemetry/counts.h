#pragma once

// What operators watch of the whole platform, looked up in its database: small reads of what lives
// now, and running counts of what was added since the last look. No look scans what has been.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "audit/backlog.h"
#include "compute/fleet.h"
#include "core/clock.h"
#include "core/money.h"
#include "core/result.h"
#include "exchange/charge_sums.h"
#include "ledger/open_holds.h"
#include "models/model_counts.h"
#include "platform/db/database.h"

namespace kapok::app::telemetry {

// What one look counts of the log and of charges at most, each; the next one goes on from there.
inline constexpr std::int64_t kCountedPerLookMax = 50'000;

// Since the first look.
struct RunningCounts {
    bool begun = false;
    std::int64_t events_upto = 0;
    std::int64_t charges_upto = 0;
    std::map<std::string, std::int64_t> events;  // By type.
    std::map<core::Currency, exchange::ChargeSum> charges;
};

struct Counts {
    core::Timestamp taken_at;
    compute::Fleet fleet;
    models::ModelCounts models;
    std::vector<ledger::HeldSum> held;
    std::int64_t transfers = 0;
    audit::Backlog backlog;
    RunningCounts running;
};

// One view of the database; `before` is what the look before this one counted.
[[nodiscard]] core::Result<Counts> look(platform::db::Reader& reader, RunningCounts before,
                                        core::Timestamp now,
                                        std::chrono::milliseconds heartbeat_limit);

}  // namespace kapok::app::telemetry
