#include <algorithm>
#include <barrier>
#include <cmath>
#include <memory>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "compute/errors.h"
#include "compute/measurement/kernels/kernels.h"
#include "core/stopwatch.h"

namespace kapok::measurement {

namespace {

constexpr double kScalar = 3.0;
constexpr int kPasses = 10;
constexpr std::int64_t kBytesAnElement = 3 * sizeof(double);  // As STREAM counts it.
constexpr std::int64_t kElementsMin = (std::int64_t{32} << 20) / 8;
constexpr std::int64_t kFloorPpm = 150'000;

void triad(double* __restrict a, const double* __restrict b, const double* __restrict c,
           std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        a[i] = b[i] + kScalar * c[i];
    }
}

// Left uninitialized, so that each thread's pages are made on its own memory node.
struct Arrays {
    std::unique_ptr<double[]> a;
    std::unique_ptr<double[]> b;
    std::unique_ptr<double[]> c;

    explicit Arrays(std::size_t count)
        : a(std::make_unique_for_overwrite<double[]>(count)),
          b(std::make_unique_for_overwrite<double[]>(count)),
          c(std::make_unique_for_overwrite<double[]>(count)) {}
};

// Nanoseconds of each pass over all arrays, by threads that start and end together.
std::vector<std::int64_t> time_passes(Arrays& arrays, std::size_t count, int threads, int passes) {
    std::vector<std::int64_t> spent(static_cast<std::size_t>(passes));
    std::barrier<> together(threads);
    std::vector<std::jthread> workers;
    workers.reserve(static_cast<std::size_t>(threads));
    for (int t = 0; t < threads; ++t) {
        workers.emplace_back([&, t] {
            const std::size_t begin =
                count * static_cast<std::size_t>(t) / static_cast<std::size_t>(threads);
            const std::size_t end =
                count * static_cast<std::size_t>(t + 1) / static_cast<std::size_t>(threads);
            for (std::size_t i = begin; i < end; ++i) {
                arrays.a[i] = 0.0;
                arrays.b[i] = static_cast<double>(i % 1'000);
                arrays.c[i] = 2.0;
            }
            for (auto& nanoseconds : spent) {
                together.arrive_and_wait();
                const core::Stopwatch watch;
                triad(&arrays.a[begin], &arrays.b[begin], &arrays.c[begin], end - begin);
                together.arrive_and_wait();
                if (t == 0) {
                    nanoseconds = watch.elapsed().count();
                }
            }
        });
    }
    workers.clear();  // Joins them.
    return spent;
}

}  // namespace

core::Result<compute::Reading> measure_triad(int samples, int threads, std::int64_t cache_bytes,
                                             std::int64_t memory_bytes) {
    const std::int64_t wanted =
        std::max<std::int64_t>(kElementsMin, 4 * cache_bytes / std::int64_t{sizeof(double)});
    const std::int64_t possible = memory_bytes / 4 / kBytesAnElement;
    const std::int64_t elements = std::min(wanted, possible);
    if (elements < threads) {
        return core::fail(compute::kMeasurementFailed,
                          {{"metric", "memory_triad"}, {"why", "there is too little memory"}});
    }
    const auto count = static_cast<std::size_t>(elements);
    Arrays arrays(count);
    std::vector<std::int64_t> rates;
    for (int sample = 0; sample < samples; ++sample) {
        auto spent = time_passes(arrays, count, threads, kPasses + 1);
        const auto best = *std::min_element(spent.begin() + 1, spent.end());
        rates.push_back(
            static_cast<std::int64_t>(static_cast<double>(elements * kBytesAnElement) * 1e9 /
                                      static_cast<double>(std::max<std::int64_t>(best, 1))));
    }
    const std::size_t stride = std::max<std::size_t>(1, count / 1'000);
    std::int64_t checked = 0;
    for (std::size_t i = 0; i < count; i += stride, ++checked) {
        if (arrays.a[i] != static_cast<double>(i % 1'000) + kScalar * 2.0) {
            return core::fail(compute::kWrongKernelResult,
                              {{"metric", "memory_triad"},
                               {"wrong", "1"},
                               {"checked", std::to_string(checked + 1)}});
        }
    }
    compute::Reading reading;
    reading.metric = compute::Metric::MemoryTriad;
    reading.estimate = compute::estimate(std::move(rates), kFloorPpm);
    reading.kernel = "STREAM triad, ordinary stores";
    reading.shape = fmt::format("elements={} bytes={} threads={} passes={}", elements,
                                elements * kBytesAnElement, threads, kPasses);
    reading.checked = checked;
    if (elements < wanted) {
        reading.notes.emplace_back("arrays are smaller than 4 times the caches: memory is short");
    }
    return reading;
}

}  // namespace kapok::measurement
