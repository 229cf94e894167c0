#pragma once

// What a node was measured to do, in a form that an outsider can recompute and that the node's key
// signs: every sample is kept, every number is a whole number in a base unit, and what was on while
// it was measured is part of the document.
//
// The statistic. A reading has an odd number n of samples. Its value is their median. Its interval
// is the distribution-free one of order statistics: from the k-th smallest to the k-th largest
// sample, with the largest k whose coverage of the true median, 1 - 2 P(Binomial(n, 1/2) < k), is
// at least 95 % (n = 9: second smallest to second largest, 96.1 %). Samples of one run share that
// run's luck (memory placement, boost, neighbours), so the interval is never narrower than the
// metric's floor to each side of the median. A repeated measurement on a quiet machine has its
// median within it.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "compute/ids.h"
#include "core/clock.h"
#include "core/result.h"

namespace kapok::compute {

enum class Metric : std::uint8_t {
    Fp32Gemm,        // Operations/s: a multiplication and an addition are two.
    Int8Gemm,        // The same, of 8-bit integers summed in 32 bits.
    MemoryTriad,     // Bytes/s, as STREAM counts: 24 for each element of a = b + s c.
    DiskLatency,     // Nanoseconds of one 4 KiB append and fdatasync.
    DiskThroughput,  // Bytes/s of large appends, fdatasync included.
    ModelTokens,     // Generated tokens, thousandths/s, of the model named in the reading.
};
inline constexpr std::array<std::string_view, 6> kMetricNames{
    "fp32_gemm", "int8_gemm", "memory_triad", "disk_latency", "disk_throughput", "model_tokens"};
inline constexpr std::array<std::string_view, 6> kMetricUnits{"op/s", "op/s",   "byte/s",
                                                              "ns",   "byte/s", "millitoken/s"};

[[nodiscard]] std::string_view to_text(Metric metric);
[[nodiscard]] std::string_view unit_of(Metric metric);
[[nodiscard]] std::optional<Metric> parse_metric(std::string_view name);

struct Estimate {
    std::vector<std::int64_t> samples;  // In the order they were taken.
    std::int64_t median = 0;
    std::int64_t low = 0;
    std::int64_t high = 0;
    std::int64_t coverage_ppm = 0;  // Of the order-statistic interval, before the floor.
    std::int64_t floor_ppm = 0;     // Of the median, to each side.

    friend bool operator==(const Estimate&, const Estimate&) = default;
};

// `samples` must be positive and odd in number; see above.
[[nodiscard]] Estimate estimate(std::vector<std::int64_t> samples, std::int64_t floor_ppm);

// The most that the hardware could do, and how we know.
struct Peak {
    std::int64_t value = 0;
    std::string basis;  // "avx512f: 64 op/cycle/core x 32 cores x 2600000 kHz (measured)"

    friend bool operator==(const Peak&, const Peak&) = default;
};

struct Reading {
    Metric metric = Metric::Fp32Gemm;
    Estimate estimate;
    std::string kernel;        // Library, version and code path: "oneDNN 2.6.3 avx512_core_bf16".
    std::string shape;         // "n=4096 threads=2"
    std::int64_t checked = 0;  // Results compared with a reference; a wrong one voids the reading.
    std::optional<Peak> peak;
    std::int64_t share_ppm = 0;      // Median over peak; 0 without one.
    bool suspect = false;            // Below kSuspectSharePpm: something held the machine back.
    std::vector<std::string> notes;  // "arrays smaller than 4 times the cache: memory is short"

    friend bool operator==(const Reading&, const Reading&) = default;
};

inline constexpr std::int64_t kSuspectSharePpm = 200'000;

// Sets the share and the verdict from the peak.
void weigh_against_peak(Reading& reading);

struct Conditions {
    std::int64_t threads = 0;
    std::int64_t frequency_khz = 0;      // Measured, all cores at work.
    std::int64_t load_milli_before = 0;  // One-minute load average, thousandths.
    std::int64_t load_milli_after = 0;
    // What others took of the CPUs meanwhile. Above kQuietPpm the machine was not quiet, and a
    // repeated measurement need not agree.
    std::int64_t others_ppm = 0;
    std::string governor;  // Empty where the kernel has none, as in most virtual machines.
    std::string kernel;
    std::string filesystem;  // Of the disk's test file.
    std::string program;     // "kapok 0.1.0"

    friend bool operator==(const Conditions&, const Conditions&) = default;
};

inline constexpr std::int64_t kQuietPpm = 50'000;

struct Measurement {
    static constexpr std::int64_t kFormat = 1;

    MeasurementId id;
    NodeId node;
    core::Timestamp started_at;
    core::Timestamp ended_at;
    std::string cpu_model;
    std::int64_t cores = 0;
    Conditions conditions;
    std::vector<Reading> readings;  // At most one a metric.

    [[nodiscard]] const Reading* find(Metric metric) const;

    friend bool operator==(const Measurement&, const Measurement&) = default;
};

// Whether it says what the node can do, and so has a grade: one of a model's speed does not.
[[nodiscard]] bool is_of_node(const Measurement& measurement);

[[nodiscard]] boost::json::object to_json(const Measurement& measurement);
// Refuses a document whose medians, intervals or shares don't follow from its own samples.
[[nodiscard]] core::Result<Measurement> measurement_from_json(const boost::json::object& object);
// What is signed, byte for byte.
[[nodiscard]] std::string canonical_text(const Measurement& measurement);

}  // namespace kapok::compute
