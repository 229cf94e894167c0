#pragma once

// The page that Prometheus reads. What this process counts is written as it is; what the database
// knows is looked up at most once in kLookPause, however often somebody asks. If the database does
// not answer, the page says so and has the rest.

#include <mutex>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "app/telemetry/counts.h"
#include "core/clock.h"
#include "core/principal.h"
#include "core/result.h"
#include "identity/directory.h"
#include "platform/db/database.h"
#include "platform/metrics/metrics.h"

namespace kapok::app::telemetry {

inline constexpr std::chrono::seconds kLookPause{5};

class Telemetry {
public:
    // All of it outlives this.
    struct Setting {
        platform::db::Database& database;
        identity::Directory& directory;
        const core::Clock& clock;
        const platform::metrics::Registry& metrics;
        std::chrono::milliseconds heartbeat_limit;
    };
    explicit Telemetry(const Setting& setting) : setting_(setting) {}

    // For an operator of the root organization.
    boost::asio::awaitable<core::Result<std::string>> page(core::Principal caller);

private:
    [[nodiscard]] bool is_look_due();
    boost::asio::awaitable<void> look_again();
    [[nodiscard]] std::string text();

    const Setting setting_;
    std::mutex mutex_;  // Guards what is below.
    core::Timestamp looked_at_;
    std::optional<Counts> counts_;  // None if the last look failed.
    RunningCounts running_;         // As of the last look that did not.
};

}  // namespace kapok::app::telemetry
