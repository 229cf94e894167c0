#pragma once

// Who runs a loop that must be single however many servers share the database: the sequencer, the
// planner, the auctioneer. A lease is taken for a short time and kept by using it. Its epoch grows
// with each taking; a command that starts with keep_lease() therefore changes nothing after another
// server took over, however late it runs, whatever its clock shows.

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "core/result.h"
#include "platform/db/database.h"

namespace kapok::platform::db {

struct Lease {
    std::string name;    // Of the loop: "audit.sequencer"
    std::string holder;  // Of the server; unique, unless the database is one process's own.
    std::int64_t epoch = 0;
};

// Takes the lease if nobody has it, its time is over, or `holder` had it (and died); nothing if
// another has it.
[[nodiscard]] core::Result<std::optional<Lease>> take_lease(Transaction& transaction,
                                                            const std::string& name,
                                                            const std::string& holder,
                                                            std::chrono::milliseconds duration);

// Whether the lease is still the caller's; then it is so until the end of the transaction, and for
// `duration` from now. A lease that lapsed but that nobody took is kept.
[[nodiscard]] core::Result<bool> keep_lease(Transaction& transaction, const Lease& lease,
                                            std::chrono::milliseconds duration);

// So that another need not wait for the end of its time.
[[nodiscard]] core::Result<void> give_up_lease(Transaction& transaction, const Lease& lease);

// The table of leases; Database::migrate brings it.
[[nodiscard]] std::span<const Migration> lease_migrations();

}  // namespace kapok::platform::db
