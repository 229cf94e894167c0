#pragma once

// The entrance of the metric catalogue: whose facts the caller's answer is made of is decided here.
// Operators, auditors and the programme office of the platform get the platform's values; everybody
// else those of the organizations that they belong to. Each may ask for one organization alone.

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "core/clock.h"
#include "core/principal.h"
#include "core/result.h"
#include "identity/directory.h"
#include "platform/db/database.h"
#include "registry/evaluation.h"
#include "registry/history.h"
#include "registry/metric_catalogue.h"

namespace kapok::registry {

// Whose facts an answer is made of.
enum class Reach : std::uint8_t { Platform, Organizations };
inline constexpr std::array<std::string_view, 2> kReachNames{"platform", "organizations"};

struct Asked {
    std::string metric;
    std::optional<core::OrganizationId> organization;  // With those below it.
};

// Nothing is known of a time before the history began, and then there is no point.
struct MetricValue {
    const Metric* metric = nullptr;
    Reach reach = Reach::Organizations;
    History history;
    core::Timestamp as_of;
    std::optional<Point> point;
};

struct MetricSeries {
    const Metric* metric = nullptr;
    Reach reach = Reach::Organizations;
    History history;
    std::vector<Point> points;  // Those of which something is known.
};

struct SeriesRange {
    std::optional<core::Timestamp> from;  // kSeriesDefault before the end, if it is not said.
    std::optional<core::Timestamp> to;    // The newest there is, if it is not said.
    std::chrono::seconds step{0};
};

class MetricService {
public:
    template <class T>
    using Answer = boost::asio::awaitable<core::Result<T>>;

    // All outlive the service.
    MetricService(platform::db::Database& database, identity::Directory& directory,
                  const core::Clock& clock, const MetricCatalogue& catalogue) noexcept
        : database_(database), directory_(directory), clock_(clock), catalogue_(catalogue) {}

    // A metric with how far it can be asked.
    struct Described {
        const Metric* metric = nullptr;
        History history;
    };
    Answer<std::vector<Described>> list(core::Principal caller);
    Answer<Described> describe(core::Principal caller, std::string name);
    // As of the newest time there is, if none is said.
    Answer<MetricValue> value(core::Principal caller, Asked asked,
                              std::optional<core::Timestamp> as_of);
    Answer<MetricSeries> series(core::Principal caller, Asked asked, SeriesRange range);
    // The lines that `inputs_hash` is the digest of, of the facts in this span.
    Answer<std::string> inputs(core::Principal caller, Asked asked,
                               std::optional<core::Timestamp> after,
                               std::optional<core::Timestamp> as_of);

private:
    struct View {
        const Metric* metric = nullptr;
        Reach reach = Reach::Organizations;
        core::Scope scope;
    };
    [[nodiscard]] core::Result<const Metric*> find(std::string_view name) const;
    [[nodiscard]] core::Result<View> enter(const core::Principal& caller, const Asked& asked) const;

    platform::db::Database& database_;
    identity::Directory& directory_;
    const core::Clock& clock_;
    const MetricCatalogue& catalogue_;
};

}  // namespace kapok::registry
