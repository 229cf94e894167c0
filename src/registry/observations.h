#pragma once

// What the platform saw of itself where no other history is kept: levels, written down when they
// change, and counts. A row never changes. `registry_level` repeats the newest row of each subject,
// so that a change is noticed without reading the history.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/principal.h"
#include "core/result.h"
#include "platform/db/database.h"
#include "registry/metric.h"

namespace kapok::registry {

using platform::db::Reader;
using platform::db::Transaction;

struct Observation {
    std::string series;  // What was looked at: "node"
    std::string subject;
    core::OrganizationId organization;  // Zero if the platform's own.
    Labels labels;
    std::int64_t value = 0;
    core::Timestamp at;       // From when it counts.
    std::int64_t number = 0;  // Set when it is kept.

    friend bool operator==(const Observation&, const Observation&) = default;
};

[[nodiscard]] core::Result<void> insert_observation(Transaction& transaction,
                                                    const Observation& observation);
// In the order of time and then of number.
[[nodiscard]] core::Result<void> visit_observations(
    Reader& reader, std::string_view series, const core::Scope& scope, const Span& span,
    const std::function<void(const Observation&)>& visit);

// The newest of each subject that has not ended.
[[nodiscard]] core::Result<std::vector<Observation>> open_levels(Reader& reader);
// Keeps the observation, and as the subject's level too, unless its value is 0: then that has
// ended.
[[nodiscard]] core::Result<void> change_level(Transaction& transaction,
                                              const Observation& observation);

// Since when levels are looked at, and when last.
struct Watch {
    core::Timestamp first_at;
    core::Timestamp last_at;
};
[[nodiscard]] core::Result<std::optional<Watch>> find_watch(Reader& reader);
[[nodiscard]] core::Result<void> save_watch(Transaction& transaction, const Watch& watch);

// The observation as a metric's fact.
[[nodiscard]] Fact to_fact(const Observation& observation);

}  // namespace kapok::registry
