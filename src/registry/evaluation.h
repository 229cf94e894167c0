#pragma once

// A metric's values at some times, from its facts, with the digest of all facts up to each time.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/principal.h"
#include "core/result.h"
#include "platform/db/database.h"
#include "registry/fact_digest.h"
#include "registry/metric.h"
#include "registry/tally.h"

namespace kapok::registry {

struct Point {
    core::Timestamp at;
    Values values;
    std::int64_t inputs = 0;  // How many facts it follows from.
    std::string inputs_hash;

    friend bool operator==(const Point&, const Point&) = default;
};

// How far the facts of a metric were read: it goes on from there, and only forward.
class Progress {
public:
    explicit Progress(const Metric& metric) : metric_(&metric), tally_(metric.info.fold) {}

    // Reads the facts up to and with `time`, which is not before the last one.
    [[nodiscard]] core::Result<void> advance(platform::db::Reader& reader, const core::Scope& scope,
                                             core::Timestamp time);
    [[nodiscard]] core::Result<Point> point() const;

private:
    const Metric* metric_;
    core::Timestamp upto_;  // From 1970 on.
    Tally tally_;
    FactDigest digest_;
};

// `times` ascend.
[[nodiscard]] core::Result<std::vector<Point>> evaluate(platform::db::Reader& reader,
                                                        const Metric& metric,
                                                        const core::Scope& scope,
                                                        std::span<const core::Timestamp> times);

}  // namespace kapok::registry
