// Goal: the statistic is the one that the header states, and a document cannot say anything else
// than its samples do.

#include "compute/measurement/measurement.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "compute/canonical_json.h"
#include "compute/errors.h"
#include "compute/measurement/peak.h"
#include "core/random.h"

namespace kapok::compute {
namespace {

Measurement sample_measurement() {
    core::ManualClock clock(core::Timestamp(std::chrono::seconds(1'770'000'000)));
    core::SeededRandom random(7);
    Measurement measurement;
    measurement.id = MeasurementId::make(clock, random);
    measurement.node = NodeId::make(clock, random);
    measurement.started_at = clock.now();
    measurement.ended_at = clock.now() + std::chrono::seconds(20);
    measurement.cpu_model = "Test \"CPU\" 木棉";
    measurement.cores = 2;
    measurement.conditions.threads = 2;
    measurement.conditions.frequency_khz = 3'000'000;
    Reading reading;
    reading.estimate = estimate({190, 200, 210}, 0);
    reading.kernel = "oneDNN";
    reading.checked = 64;
    reading.peak = Peak{400, "paper"};
    weigh_against_peak(reading);
    measurement.readings.push_back(reading);
    return measurement;
}

TEST(Estimate, IsTheMedianWithTheOrderStatisticInterval) {
    const Estimate nine = estimate({9, 1, 8, 2, 7, 3, 6, 4, 5}, 0);
    EXPECT_EQ(nine.median, 5);
    EXPECT_EQ(nine.low, 2);
    EXPECT_EQ(nine.high, 8);
    EXPECT_EQ(nine.coverage_ppm, 960'937);  // 1 - 20/512
    const Estimate twenty_one =
        estimate({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21}, 0);
    EXPECT_EQ(twenty_one.low, 6);  // The textbook's 95 % interval for n = 21: 6th and 16th.
    EXPECT_EQ(twenty_one.high, 16);
    const Estimate one = estimate({42}, 0);
    EXPECT_EQ(one.coverage_ppm, 0);
    EXPECT_EQ(one.low, 42);
}

TEST(Estimate, IsNeverNarrowerThanItsFloor) {
    const Estimate steady = estimate({1'000, 1'000, 1'000, 1'000, 1'000, 1'000, 1'000}, 50'000);
    EXPECT_EQ(steady.low, 950);
    EXPECT_EQ(steady.high, 1'050);
}

// Property: over many draws the interval covers the true median at least as often as it says.
TEST(Estimate, CoversTheTrueMedianAsOftenAsItSays) {
    core::SeededRandom random(20'261'123);
    int covered = 0;
    constexpr int kRounds = 20'000;
    for (int round = 0; round < kRounds; ++round) {
        std::vector<std::int64_t> samples(9);
        std::ranges::generate(samples, [&] {
            const auto draw = static_cast<std::int64_t>(1 + random.below(1'000'001));
            return draw * draw / 1'000'000 + 1;  // Skewed; its median is at a draw of 500'001.
        });
        const Estimate found = estimate(samples, 0);
        covered += found.low <= 250'002 && 250'002 <= found.high ? 1 : 0;
    }
    EXPECT_NEAR(static_cast<double>(covered) / kRounds, 0.9609, 0.006);
}

TEST(Measurement, ReadsBackWhatItWroteByteForByte) {
    const Measurement measurement = sample_measurement();
    const std::string text = canonical_text(measurement);
    const auto parsed = parse_canonical(text);
    ASSERT_TRUE(parsed.has_value());
    const auto again = measurement_from_json(parsed->as_object());
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(*again, measurement);
    EXPECT_EQ(canonical_text(*again), text);
}

TEST(Measurement, RefusesWhatDoesNotFollowFromItsSamples) {
    const auto refused_at = [](auto change) {
        auto object = to_json(sample_measurement());
        change(object, object["readings"].as_array()[0].as_object());
        const auto read = measurement_from_json(object);
        return read ? std::string("accepted") : read.error().pointer().value_or("");
    };
    using Object = boost::json::object;
    EXPECT_EQ(refused_at([](Object&, Object&) {}), "accepted");
    EXPECT_EQ(refused_at([](Object&, Object& r) { r["median"] = 201; }), "/readings/0/median");
    EXPECT_EQ(refused_at([](Object&, Object& r) { r["low"] = 200; }), "/readings/0/median");
    EXPECT_EQ(refused_at([](Object&, Object& r) { r["samples"].as_array()[1] = 999; }),
              "/readings/0/median");
    EXPECT_EQ(refused_at([](Object&, Object& r) { r["samples"].as_array().clear(); }),
              "/readings/0/samples");
    EXPECT_EQ(refused_at([](Object&, Object& r) { r["samples"].as_array()[0] = -1; }),
              "/readings/0/samples");
    EXPECT_EQ(refused_at([](Object&, Object& r) { r["share_ppm"] = 900'000; }),
              "/readings/0/share_ppm");
    EXPECT_EQ(refused_at([](Object&, Object& r) { r["suspect"] = true; }), "/readings/0/suspect");
    EXPECT_EQ(refused_at([](Object&, Object& r) { r["unit"] = "byte/s"; }), "/readings/0/unit");
    EXPECT_EQ(refused_at([](Object&, Object& r) { r["metric"] = "fp64"; }), "/readings/0/metric");
    EXPECT_EQ(refused_at([](Object& m, Object&) { m["format"] = 2; }), "/format");
    EXPECT_EQ(refused_at([](Object& m, Object&) { m["node"] = "job_1"; }), "/node");
    EXPECT_EQ(refused_at([](Object& m, Object&) { m["ended_at"] = m["started_at"]; }), "accepted");
    EXPECT_EQ(refused_at([](Object& m, Object&) { m["started_at"] = "2999-01-01"; }),
              "/started_at");
    EXPECT_EQ(refused_at([](Object& m, Object&) {
                  m["readings"].as_array().push_back(m["readings"].as_array()[0]);
              }),
              "/readings");
}

TEST(Measurement, MarksLessThanAFifthOfThePeakAsSuspect) {
    Reading reading;
    reading.estimate = estimate({199}, 0);
    reading.peak = Peak{1'000, ""};
    weigh_against_peak(reading);
    EXPECT_EQ(reading.share_ppm, 199'000);
    EXPECT_TRUE(reading.suspect);
    reading.estimate = estimate({200}, 0);
    weigh_against_peak(reading);
    EXPECT_FALSE(reading.suspect);
}

TEST(Peak, FollowsTheBestInstructionSetAndTheKnownExceptions) {
    Conditions conditions;
    conditions.threads = 2;
    conditions.frequency_khz = 2'000'000;
    Cpu cpu;
    cpu.vendor = "AuthenticAMD";
    cpu.isa = {"avx", "avx2", "avx512_vnni", "avx512f", "fma", "sse4_2"};
    cpu.family = 26;
    const std::int64_t cycles = 2LL * 2'000'000'000;
    EXPECT_EQ(theoretical_peak(Metric::Fp32Gemm, cpu, conditions)->value, 64 * cycles);
    EXPECT_EQ(theoretical_peak(Metric::Int8Gemm, cpu, conditions)->value, 256 * cycles);
    cpu.family = 25;
    EXPECT_EQ(theoretical_peak(Metric::Fp32Gemm, cpu, conditions)->value, 32 * cycles);
    cpu.isa = {"asimd", "asimddp"};
    EXPECT_EQ(theoretical_peak(Metric::Fp32Gemm, cpu, conditions)->value, 16 * cycles);
    cpu.isa = {};
    EXPECT_FALSE(theoretical_peak(Metric::Fp32Gemm, cpu, conditions).has_value());
    EXPECT_FALSE(theoretical_peak(Metric::DiskLatency, cpu, conditions).has_value());
}

TEST(CanonicalJson, HasOneSpelling) {
    EXPECT_EQ(to_canonical({{"b", 1}, {"a", {true, nullptr, "木\n\""}}}),
              "{\"a\":[true,null,\"木\\n\\\"\"],\"b\":1}");
    EXPECT_FALSE(to_canonical(boost::json::value(1.5)).has_value());
    EXPECT_FALSE(to_canonical(boost::json::value(std::int64_t{1} << 54)).has_value());
    for (const std::string_view other :
         {"{\"b\":1,\"a\":2}", " {}", "{} ", "{\"a\":1,\"a\":1}", "{\"a\":1.0}", "{\"a\":1e2}",
          "{\"a\":\"\\u0041\"}", "{\"a\":01}", "", "{\"a\":-0}"}) {
        EXPECT_FALSE(parse_canonical(other).has_value()) << other;
    }
}

}  // namespace
}  // namespace kapok::compute
