#pragma once

// A metric is a number about the platform that anybody can compute again: the sum, the level or the
// share that follows from facts, which are rows of a history that only grows. A plane describes its
// metrics and says how to read their facts; how a value follows from them is decided here, once,
// without input or output (tally.h).

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/id.h"
#include "core/principal.h"
#include "core/result.h"
#include "platform/db/database.h"

namespace kapok::registry {

// One value for each dimension of the metric, in their order.
using Labels = std::vector<std::string>;

// A row of a history as a metric sees it.
struct Fact {
    core::Timestamp at;                 // From when it counts.
    std::string id;                     // Of the row, so that it can be looked up: "usg_01J…"
    core::OrganizationId organization;  // Whose it is; zero if the platform's own.
    std::string subject;                // What has the level, or what the fact is about.
    Labels labels;
    std::int64_t value = 0;

    friend bool operator==(const Fact&, const Fact&) = default;
};

// How a value follows from facts.
enum class Fold : std::uint8_t {
    Total,  // The sum of all facts.
    Level,  // The sum over subjects of each one's newest fact; one of value 0 ends its subject.
    Share,  // Of the observed time of the last kShareWindow, the part in which the fact's value was
            // above 0, in parts per million; below 0 the subject was not observed.
};
inline constexpr std::array<std::string_view, 3> kFoldNames{"total", "level", "share"};

// What vouches for the facts, the strongest first.
enum class Evidence : std::uint8_t {
    Signed,    // Documents that the node's own key signed.
    Booked,    // Transfers of the double-entry ledger.
    Metered,   // Usage records and their charges, whose digests are in the event log.
    Logged,    // Numbered events of the event log, each with an inclusion proof.
    Observed,  // What the platform itself saw and wrote down.
};
inline constexpr std::array<std::string_view, 5> kEvidenceNames{"signed", "booked", "metered",
                                                                "logged", "observed"};

struct Text {
    std::string_view en;
    std::string_view zh;
};

struct Dimension {
    std::string_view name;
    Text text;
};

// Unit of an amount of money; the dimension "currency" says of which.
inline constexpr std::string_view kMicroUnit = "micro";
inline constexpr std::string_view kCurrencyDimension = "currency";

// All texts live as long as the program.
struct MetricInfo {
    std::string_view name;  // "model_tokens"
    Fold fold = Fold::Total;
    std::string_view unit;  // A base unit.
    std::span<const Dimension> dimensions;
    Evidence evidence = Evidence::Observed;
    Text source;                        // Where the facts lie, for whoever wants to see them.
    std::chrono::seconds freshness{0};  // How old the newest answer may be.
    Text title;
    Text description;
    std::string_view prometheus;  // What it is called at GET /metrics.
};

// After the first, up to and with the second.
struct Span {
    core::Timestamp after;
    core::Timestamp upto;
};

using Visit = std::function<void(const Fact&)>;
// Visits the facts of a span in the order of their time, equal times always in the same order.
using ReadFacts = std::function<core::Result<void>(platform::db::Reader&, const core::Scope&,
                                                   const Span&, const Visit&)>;

struct Metric {
    MetricInfo info;
    ReadFacts read;
};

}  // namespace kapok::registry
