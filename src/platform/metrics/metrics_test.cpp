// The text that Prometheus reads, and that counts survive many threads.

#include "platform/metrics/metrics.h"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace kapok::platform::metrics {
namespace {

TEST(Registry, RendersThePrometheusTextFormat) {
    Registry registry;
    registry.counter("kapok_http_requests_total", "Requests.", label("route", "a\"b")).add(3);
    registry.gauge("kapok_connections", "Open connections.").set(-1);
    EXPECT_EQ(registry.render(),
              "# HELP kapok_connections Open connections.\n"
              "# TYPE kapok_connections gauge\n"
              "kapok_connections -1\n"
              "# HELP kapok_http_requests_total Requests.\n"
              "# TYPE kapok_http_requests_total counter\n"
              "kapok_http_requests_total{route=\"a\\\"b\"} 3\n");
}

TEST(Registry, CountsDurationsInCumulativeBuckets) {
    Registry registry;
    auto& histogram = registry.histogram("kapok_seconds", "Durations.", label("route", "x"));
    histogram.observe(100);
    histogram.observe(101);
    histogram.observe(60'000'000);
    const std::string text = registry.render();
    EXPECT_TRUE(text.contains("kapok_seconds_bucket{route=\"x\",le=\"0.0001\"} 1\n")) << text;
    EXPECT_TRUE(text.contains("kapok_seconds_bucket{route=\"x\",le=\"10\"} 2\n")) << text;
    EXPECT_TRUE(text.contains("kapok_seconds_bucket{route=\"x\",le=\"+Inf\"} 3\n")) << text;
    EXPECT_TRUE(text.contains("kapok_seconds_sum{route=\"x\"} 60.000201\n")) << text;
    EXPECT_TRUE(text.contains("kapok_seconds_count{route=\"x\"} 3\n")) << text;
}

TEST(Registry, GivesTheSameMetricAgainAndLosesNoCount) {
    Registry registry;
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&registry] {
            for (int k = 0; k < 1'000; ++k) {
                registry.counter("kapok_total", "Total.").add();
            }
        });
    }
    threads.clear();
    EXPECT_EQ(registry.counter("kapok_total", "Total.").value(), 4'000U);
}

}  // namespace
}  // namespace kapok::platform::metrics
