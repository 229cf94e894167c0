// Goal: a measurement is complete, its results were checked, and its document says exactly what was
// measured. Method: the smallest sizes, since nothing here is about speed; how steady the tour's
// sizes are is shown by tools/dev bench.

#include "compute/measurement/kernels/measure.h"

#include <filesystem>

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include "compute/canonical_json.h"
#include "compute/errors.h"
#include "compute/inventory/probe.h"
#include "compute/measurement/kernels/kernels.h"

namespace kapok::measurement {
namespace {

using compute::Metric;

constexpr Sampling kTrial{3, std::chrono::milliseconds(1), 256};

TEST(Measure, GivesEveryReadingAndADocumentThatReadsBack) {
    const core::SystemClock clock;
    core::SeededRandom random(1);
    const compute::Inventory inventory =
        compute::probe({"/", compute::run_tool, compute::affinity_of_this_process()});
    Options options;
    options.id = compute::MeasurementId::make(clock, random);
    options.node = compute::NodeId::make(clock, random);
    options.effort = Effort::Trial;
    options.folder = std::filesystem::current_path();
    options.program = "kapok test";
    const auto measurement = measure(options, inventory, clock, random);
    ASSERT_TRUE(measurement.has_value());
    for (const Metric metric : {Metric::Fp32Gemm, Metric::Int8Gemm, Metric::MemoryTriad,
                                Metric::DiskLatency, Metric::DiskThroughput}) {
        const auto* reading = measurement->find(metric);
        ASSERT_NE(reading, nullptr) << compute::to_text(metric);
        EXPECT_GT(reading->estimate.median, 0);
        EXPECT_LE(reading->estimate.low, reading->estimate.median);
        EXPECT_GE(reading->estimate.high, reading->estimate.median);
    }
    EXPECT_EQ(measurement->find(Metric::Fp32Gemm)->checked, 64);
    EXPECT_TRUE(measurement->find(Metric::Fp32Gemm)->peak.has_value());
    EXPECT_FALSE(measurement->find(Metric::DiskLatency)->peak.has_value());
    EXPECT_GT(measurement->conditions.frequency_khz, 100'000);
    const auto parsed = compute::parse_canonical(canonical_text(*measurement));
    ASSERT_TRUE(parsed.has_value());
    EXPECT_EQ(compute::measurement_from_json(parsed->as_object()), *measurement);
}

TEST(Measure, FailsWhereTheFolderIsMissing) {
    core::SeededRandom random(2);
    EXPECT_EQ(measure_disk_latency(kTrial, "/no/such/folder", random).error().code(),
              compute::kMeasurementFailed);
    EXPECT_EQ(measure_disk_throughput(kTrial, "/no/such/folder", random).error().code(),
              compute::kMeasurementFailed);
}

TEST(Measure, KnowsThatMemoryIsNoDisk) {
    if (filesystem_of("/dev/shm") != "tmpfs") {
        GTEST_SKIP() << "/dev/shm is no tmpfs here";
    }
    core::SeededRandom random(3);
    const auto reading = measure_disk_latency(kTrial, "/dev/shm", random);
    ASSERT_TRUE(reading.has_value());
    EXPECT_TRUE(reading->suspect);
    EXPECT_EQ(reading->notes.size(), 1);
}

TEST(Triad, RefusesWithoutMemoryAndSaysWhenItHadTooLittle) {
    EXPECT_FALSE(measure_triad(3, 2, 0, 0).has_value());
    const auto reading = measure_triad(3, 2, 1 << 20, 8 << 20);
    ASSERT_TRUE(reading.has_value());
    EXPECT_EQ(reading->notes.size(), 1);
}

}  // namespace
}  // namespace kapok::measurement
