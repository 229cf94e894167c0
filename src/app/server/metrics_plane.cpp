#include "app/server/metrics_plane.h"

#include <utility>
#include <vector>

#include "compute/metrics.h"
#include "exchange/metrics.h"
#include "models/metrics.h"
#include "registry/limits.h"
#include "registry/observations.h"

namespace kapok::app {
namespace {

constexpr std::string_view kRequestSeries = "api_request";

constexpr registry::Dimension kOutcome{
    "outcome",
    {"answered, refused (the request was wrong) or failed (we were)",
     "answered：成功；refused：请求有误被拒；failed：平台出错"}};
constexpr std::array kByOutcome{kOutcome};
constexpr registry::MetricInfo kRequests{
    "api_requests",
    registry::Fold::Total,
    "request",
    kByOutcome,
    registry::Evidence::Observed,
    {"what each server counted, written down every five seconds", "各服务器计数，每五秒入库"},
    std::chrono::seconds(15),
    {"API requests", "API 请求数"},
    {"Requests to the API, the gateway and the console since the metric is kept, by how they "
     "ended; "
     "a server that dies loses its last five seconds",
     "自该指标启用以来对 API、网关与控制台的请求数，按结果；服务器异常终止时丢失最后五秒的计数"},
    "kapok_metric_api_requests_total"};

std::vector<registry::Probe> probes_of(const compute::Compute& compute) {
    return {compute::node_probe(compute.context().heartbeat_limit), compute::capacity_probe(),
            models::deployment_probe()};
}

}  // namespace

registry::MetricCatalogue all_metrics() {
    registry::MetricCatalogue catalogue;
    exchange::register_metrics(catalogue);
    compute::register_metrics(catalogue);
    models::register_metrics(catalogue);
    catalogue.add({kRequests, [](platform::db::Reader& reader, const core::Scope& scope,
                                 const registry::Span& span, const registry::Visit& visit) {
                       return registry::visit_observations(reader, kRequestSeries, scope, span,
                                                           [&](const registry::Observation& seen) {
                                                               visit(registry::to_fact(seen));
                                                           });
                   }});
    return catalogue;
}

void RequestMeter::count(int status) noexcept {
    const std::size_t outcome = status < 400 ? 0 : status < 500 ? 1 : 2;
    counts_[outcome].fetch_add(1, std::memory_order_relaxed);
}

RequestMeter::Counts RequestMeter::take() noexcept {
    Counts counts{};
    for (std::size_t i = 0; i < counts.size(); ++i) {
        counts[i] = counts_[i].exchange(0, std::memory_order_relaxed);
    }
    return counts;
}

void RequestMeter::give_back(const Counts& counts) noexcept {
    for (std::size_t i = 0; i < counts.size(); ++i) {
        counts_[i].fetch_add(counts[i], std::memory_order_relaxed);
    }
}

MetricsPlane::MetricsPlane(platform::db::Database& database, identity::Directory& directory,
                           const core::Clock& clock, const compute::Compute& compute,
                           std::string server)
    : database_(database),
      clock_(clock),
      server_(std::move(server)),
      catalogue_(all_metrics()),
      service_(database, directory, clock, catalogue_),
      sampler_(database, probes_of(compute), server_),
      live_(catalogue_) {}

boost::asio::awaitable<core::Result<void>> MetricsPlane::round() {
    auto looked = co_await sampler_.round();
    auto kept = co_await keep_requests();
    co_return looked ? kept : looked;
}

boost::asio::awaitable<core::Result<void>> MetricsPlane::keep_requests() {
    const RequestMeter::Counts counts = requests_.take();
    if (counts == RequestMeter::Counts{}) {
        co_return core::Result<void>();
    }
    auto command =
        [counts, server = server_](platform::db::Transaction& transaction) -> core::Result<void> {
        for (std::size_t i = 0; i < counts.size(); ++i) {
            const registry::Observation seen{std::string(kRequestSeries),
                                             server,
                                             {},
                                             {std::string(RequestMeter::kOutcomes[i])},
                                             counts[i],
                                             transaction.now(),
                                             0};
            if (counts[i] == 0) {
                continue;
            }
            if (auto kept = registry::insert_observation(transaction, seen); !kept) {
                return kept;
            }
        }
        return {};
    };
    auto kept = co_await database_.write(std::move(command));
    if (!kept) {
        requests_.give_back(counts);
    }
    co_return kept;
}

boost::asio::awaitable<core::Result<std::string>> MetricsPlane::render() {
    const auto look = [this](platform::db::Reader& reader) {
        return live_.render(reader, clock_.now());
    };
    co_return co_await database_.read(look);
}

}  // namespace kapok::app
