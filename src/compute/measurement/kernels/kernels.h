#pragma once

// The single kernels behind measure(). Each gives a reading without peak.

#include <chrono>
#include <filesystem>

#include "compute/measurement/measurement.h"
#include "core/random.h"
#include "core/result.h"

namespace kapok::measurement {

// How long one sample takes, and how many there are.
struct Sampling {
    int samples = 9;
    std::chrono::milliseconds each{250};
    std::int64_t size_max = 8'192;  // Of a matrix.
};

// Cycles that a core passes in a second while `threads` of them compute, in kHz: the median over
// threads of the highest rate each saw, by a chain of additions of which each takes one cycle.
[[nodiscard]] std::int64_t measure_frequency_khz(int threads);

// Tries oneDNN and OpenBLAS and measures with the faster one.
[[nodiscard]] core::Result<compute::Reading> measure_fp32(const Sampling& sampling, int threads,
                                                          core::Random& random);
[[nodiscard]] core::Result<compute::Reading> measure_int8(const Sampling& sampling, int threads,
                                                          core::Random& random);

// STREAM's triad after McCalpin's rules: three arrays, each at least four times the last-level
// caches together; the first pass is dropped; a sample is the best of ten passes.
[[nodiscard]] core::Result<compute::Reading> measure_triad(int samples, int threads,
                                                           std::int64_t cache_bytes,
                                                           std::int64_t memory_bytes);

[[nodiscard]] core::Result<compute::Reading> measure_disk_latency(
    const Sampling& sampling, const std::filesystem::path& folder, core::Random& random);
[[nodiscard]] core::Result<compute::Reading> measure_disk_throughput(
    const Sampling& sampling, const std::filesystem::path& folder, core::Random& random);
// "ext4"; a number where we don't know its name.
[[nodiscard]] std::string filesystem_of(const std::filesystem::path& folder);

}  // namespace kapok::measurement
