// The text that Prometheus reads, and that counts survive many threads.

#include "platform/metrics/metrics.h"

#include <cstdint>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "platform/metrics/process_status.h"

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
    EXPECT_TRUE(text.contains("kapok_seconds_bucket{route=\"x\",le=\"60\"} 3\n")) << text;
    EXPECT_TRUE(text.contains("kapok_seconds_bucket{route=\"x\",le=\"+Inf\"} 3\n")) << text;
    EXPECT_TRUE(text.contains("kapok_seconds_sum{route=\"x\"} 60.000201\n")) << text;
    EXPECT_TRUE(text.contains("kapok_seconds_count{route=\"x\"} 3\n")) << text;
}

TEST(Exposition, WritesMillionthsWithoutRounding) {
    Exposition text;
    text.family("kapok_held_amount", "Held.", Exposition::Kind::Gauge);
    text.sample_micros(1, label("unit", "CNY"));
    text.sample_micros(-1'500'000);
    text.sample_micros(INT64_MIN);
    text.family("kapok_total", "Total.", Exposition::Kind::Counter);
    text.sample(UINT64_MAX);
    EXPECT_EQ(text.text(),
              "# HELP kapok_held_amount Held.\n"
              "# TYPE kapok_held_amount gauge\n"
              "kapok_held_amount{unit=\"CNY\"} 0.000001\n"
              "kapok_held_amount -1.500000\n"
              "kapok_held_amount -9223372036854.775808\n"
              "# HELP kapok_total Total.\n"
              "# TYPE kapok_total counter\n"
              "kapok_total 18446744073709551615\n");
}

TEST(Exposition, ANameThatSomebodyMadeUpBreaksNoLine) {
    Exposition text;
    text.family("kapok_nodes", "Nodes.", Exposition::Kind::Gauge);
    text.sample(std::int64_t{1}, label("node", "a\"} 1\nkapok_x{b=\"\\\r木棉"));
    EXPECT_EQ(text.text(),
              "# HELP kapok_nodes Nodes.\n# TYPE kapok_nodes gauge\n"
              "kapok_nodes{node=\"a\\\"} 1 kapok_x{b=\\\"\\\\ 木棉\"} 1\n");
}

TEST(ProcessStatus, IsThisProcess) {
    const ProcessStatus status = read_process_status();
    EXPECT_GT(status.resident_bytes, 1 << 20);
    EXPECT_GE(status.virtual_bytes, status.resident_bytes);
    EXPECT_GE(status.threads, 1);
    EXPECT_GE(status.open_fds, 3);
    EXPECT_GT(status.max_fds, status.open_fds);
    EXPECT_GE(status.cpu_us, 0);
    // Started after 2020, and at the same moment however often it is asked.
    EXPECT_GT(status.started_at_us, 1'577'836'800'000'000);
    EXPECT_EQ(read_process_status().started_at_us, status.started_at_us);
    const int file = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    EXPECT_EQ(read_process_status().open_fds, status.open_fds + 1);
    ::close(file);
    Exposition text;
    describe(status, text);
    EXPECT_TRUE(text.text().contains("# TYPE process_open_fds gauge\nprocess_open_fds "));
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
