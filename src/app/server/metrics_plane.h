#pragma once

// The metric catalogue as the server runs it: what all planes register, the loop that looks at
// levels, and what only the server knows, which is how requests to its API ended.

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "compute/compute.h"
#include "core/clock.h"
#include "core/result.h"
#include "identity/directory.h"
#include "platform/db/database.h"
#include "registry/live_values.h"
#include "registry/metric_catalogue.h"
#include "registry/metric_service.h"
#include "registry/sampler.h"

namespace kapok::app {

// Counts requests from any thread until they are written down.
class RequestMeter {
public:
    static constexpr std::array<std::string_view, 3> kOutcomes{"answered", "refused", "failed"};
    using Counts = std::array<std::int64_t, kOutcomes.size()>;

    void count(int status) noexcept;
    // What was counted since the last taking.
    [[nodiscard]] Counts take() noexcept;
    // It could not be written down; it counts again.
    void give_back(const Counts& counts) noexcept;

private:
    std::array<std::atomic<std::int64_t>, kOutcomes.size()> counts_{};
};

class MetricsPlane {
public:
    // All outlive the plane. `server` names this server among those that share the database.
    MetricsPlane(platform::db::Database& database, identity::Directory& directory,
                 const core::Clock& clock, const compute::Compute& compute, std::string server);
    MetricsPlane(const MetricsPlane&) = delete;
    MetricsPlane& operator=(const MetricsPlane&) = delete;

    [[nodiscard]] registry::MetricService& service() noexcept { return service_; }
    [[nodiscard]] const registry::MetricCatalogue& catalogue() const noexcept { return catalogue_; }
    [[nodiscard]] RequestMeter& requests() noexcept { return requests_; }

    // Looks at all levels and writes down what was counted: for a loop.
    [[nodiscard]] boost::asio::awaitable<core::Result<void>> round();
    // For Prometheus.
    [[nodiscard]] boost::asio::awaitable<core::Result<std::string>> render();

private:
    [[nodiscard]] boost::asio::awaitable<core::Result<void>> keep_requests();

    platform::db::Database& database_;
    const core::Clock& clock_;
    std::string server_;
    RequestMeter requests_;
    registry::MetricCatalogue catalogue_;
    registry::MetricService service_;
    registry::Sampler sampler_;
    registry::LiveValues live_;
};

// Every metric of the platform.
[[nodiscard]] registry::MetricCatalogue all_metrics();

}  // namespace kapok::app
