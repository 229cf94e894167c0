#include "compute/measurement/peak.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace kapok::compute {

namespace {

// The first row whose flag the CPU has counts. `vendor` and `family` narrow a row to processors
// that differ from the rest: Zen 4 runs 512-bit instructions on 256-bit units, Zen 1 runs 256-bit
// ones on 128-bit units.
struct Throughput {
    Metric metric;
    std::string_view isa;
    std::int64_t operations;  // Each cycle and core.
    std::string_view vendor = {};
    std::int64_t family = 0;
};

constexpr std::array<Throughput, 17> kThroughputs{{
    {Metric::Fp32Gemm, "avx512f", 32, "AuthenticAMD", 25},
    {Metric::Fp32Gemm, "avx512f", 64},
    {Metric::Fp32Gemm, "fma", 32},
    {Metric::Fp32Gemm, "avx", 16},
    {Metric::Fp32Gemm, "sse4_2", 8},
    {Metric::Fp32Gemm, "sve", 32},
    {Metric::Fp32Gemm, "asimd", 16},
    {Metric::Int8Gemm, "amx_int8", 2'048},
    {Metric::Int8Gemm, "avx512_vnni", 128, "AuthenticAMD", 25},
    {Metric::Int8Gemm, "avx512_vnni", 256},
    {Metric::Int8Gemm, "avx_vnni", 128},
    {Metric::Int8Gemm, "avx512bw", 85},  // Three instructions do what VNNI does in one.
    {Metric::Int8Gemm, "avx2", 42},
    {Metric::Int8Gemm, "sse4_2", 21},
    {Metric::Int8Gemm, "i8mm", 128},
    {Metric::Int8Gemm, "asimddp", 64},
    {Metric::Int8Gemm, "asimd", 21},
}};

bool applies(const Throughput& row, Metric metric, const Cpu& cpu) {
    return row.metric == metric && std::ranges::find(cpu.isa, row.isa) != cpu.isa.end() &&
           (row.vendor.empty() || row.vendor == cpu.vendor) &&
           (row.family == 0 || row.family == cpu.family);
}

}  // namespace

std::optional<Peak> theoretical_peak(Metric metric, const Cpu& cpu, const Conditions& conditions) {
    for (const Throughput& row : kThroughputs) {
        if (applies(row, metric, cpu)) {
            const std::int64_t hertz = conditions.frequency_khz * 1000;
            return Peak{row.operations * conditions.threads * hertz,
                        fmt::format("{}: {} op/cycle/core x {} cores x {} kHz measured", row.isa,
                                    row.operations, conditions.threads, conditions.frequency_khz)};
        }
    }
    return std::nullopt;
}

}  // namespace kapok::compute
