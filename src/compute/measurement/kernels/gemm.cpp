#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <cblas.h>
#include <dnnl.h>
#include <dnnl_debug.h>
#include <fmt/format.h>

#include "compute/errors.h"
#include "compute/measurement/kernels/kernels.h"
#include "core/stopwatch.h"

// Neither library declares these in a header that is there with every build of it.
extern "C" {
char* openblas_get_corename(void);
char* openblas_get_config(void);
void openblas_set_num_threads(int threads);
void omp_set_num_threads(int threads);
}

namespace kapok::measurement {

namespace {

using compute::Metric;
using compute::Reading;

constexpr std::int64_t kTrialSize = 768;
constexpr int kCheckedEntries = 64;
constexpr std::int64_t kFloorPpm = 100'000;

std::string dnnl_name() {
    struct Name {
        int isa;
        std::string_view text;
    };
    constexpr std::array<Name, 9> kNames{{{dnnl_cpu_isa_sse41, "sse41"},
                                          {dnnl_cpu_isa_avx, "avx"},
                                          {dnnl_cpu_isa_avx2, "avx2"},
                                          {dnnl_cpu_isa_avx2_vnni, "avx2_vnni"},
                                          {dnnl_cpu_isa_avx512_core, "avx512_core"},
                                          {dnnl_cpu_isa_avx512_core_vnni, "avx512_core_vnni"},
                                          {dnnl_cpu_isa_avx512_core_bf16, "avx512_core_bf16"},
                                          {dnnl_cpu_isa_avx512_core_amx, "avx512_core_amx"},
                                          {dnnl_cpu_isa_all, "all"}}};
    const int isa = dnnl_get_effective_cpu_isa();
    const auto found = std::ranges::find(kNames, isa, &Name::isa);
    const auto* version = dnnl_version();
    return fmt::format(
        "oneDNN {}.{}.{} {}", version->major, version->minor, version->patch,
        found == kNames.end() ? "isa " + std::to_string(isa) : std::string(found->text));
}

// "OpenBLAS 0.3.21" is how its configuration begins.
std::string openblas_name() {
    const std::string_view config = openblas_get_config();
    return fmt::format("{} {}", config.substr(0, config.find(' ', config.find(' ') + 1)),
                       openblas_get_corename());
}

struct Fp32 {
    std::int64_t size;
    std::vector<float> a;
    std::vector<float> b;
    std::vector<float> c;

    Fp32(std::int64_t n, core::Random& random)
        : size(n), a(static_cast<std::size_t>(n * n)), b(a.size()), c(a.size()) {
        for (auto* matrix : {&a, &b}) {
            std::vector<std::int16_t> bits(matrix->size());
            random.fill(std::as_writable_bytes(std::span(bits)));
            std::ranges::transform(bits, matrix->begin(), [](std::int16_t value) {
                return static_cast<float>(value) / 32'768.0F;
            });
        }
    }

    // The largest rounding error of a sum of n products is n units in the last place of the sum of
    // their magnitudes (Higham, Accuracy and Stability, section 3.1).
    [[nodiscard]] bool is_right(std::int64_t row, std::int64_t column) const {
        double sum = 0.0;
        double magnitude = 0.0;
        for (std::int64_t k = 0; k < size; ++k) {
            const double product =
                static_cast<double>(a[static_cast<std::size_t>(row * size + k)]) *
                b[static_cast<std::size_t>(k * size + column)];
            sum += product;
            magnitude += std::abs(product);
        }
        const double bound = static_cast<double>(size) * 0x1p-24 * magnitude;
        return std::abs(c[static_cast<std::size_t>(row * size + column)] - sum) <= bound;
    }
};

struct Int8 {
    std::int64_t size;
    std::vector<std::uint8_t> a;
    std::vector<std::int8_t> b;
    std::vector<std::int32_t> c;

    // Small enough that kernels which add two products in 16 bits stay exact.
    Int8(std::int64_t n, core::Random& random)
        : size(n), a(static_cast<std::size_t>(n * n)), b(a.size()), c(a.size()) {
        random.fill(std::as_writable_bytes(std::span(a)));
        random.fill(std::as_writable_bytes(std::span(b)));
        std::ranges::for_each(a, [](std::uint8_t& value) { value &= 0x7F; });
        std::ranges::for_each(
            b, [](std::int8_t& value) { value = static_cast<std::int8_t>(value / 2); });
    }

    [[nodiscard]] bool is_right(std::int64_t row, std::int64_t column) const {
        std::int64_t sum = 0;
        for (std::int64_t k = 0; k < size; ++k) {
            sum += std::int64_t{a[static_cast<std::size_t>(row * size + k)]} *
                   b[static_cast<std::size_t>(k * size + column)];
        }
        return c[static_cast<std::size_t>(row * size + column)] == sum;
    }
};

bool run_dnnl(Fp32& m) {
    const auto n = m.size;
    return dnnl_sgemm('N', 'N', n, n, n, 1.0F, m.a.data(), n, m.b.data(), n, 0.0F, m.c.data(), n) ==
           dnnl_success;
}

bool run_openblas(Fp32& m) {
    const auto n = static_cast<blasint>(m.size);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1.0F, m.a.data(), n, m.b.data(),
                n, 0.0F, m.c.data(), n);
    return true;
}

bool run_int8(Int8& m) {
    const auto n = m.size;
    const std::int32_t offset = 0;
    return dnnl_gemm_u8s8s32('N', 'N', 'F', n, n, n, 1.0F, m.a.data(), n, 0, m.b.data(), n, 0, 0.0F,
                             m.c.data(), n, &offset) == dnnl_success;
}

template <class Matrices>
using Kernel = bool (*)(Matrices&);

std::int64_t operations(std::int64_t size) {
    return 2 * size * size * size;
}

// Operations a second of one call; nothing if the kernel refused.
template <class Matrices>
std::optional<std::int64_t> rate(Kernel<Matrices> kernel, Matrices& matrices) {
    const core::Stopwatch watch;
    if (!kernel(matrices)) {
        return std::nullopt;
    }
    const auto spent = static_cast<double>(watch.elapsed().count()) / 1e9;
    return static_cast<std::int64_t>(static_cast<double>(operations(matrices.size)) /
                                     std::max(spent, 1e-9));
}

template <class Matrices>
std::int64_t trial_rate(Kernel<Matrices> kernel, Matrices& matrices) {
    std::int64_t best = 0;
    for (int i = 0; i < 4; ++i) {  // The first calls make code and threads.
        best = std::max(best, rate(kernel, matrices).value_or(0));
    }
    return best;
}

// A multiple of 256 whose product takes about as long as a sample should.
std::int64_t size_for(const Sampling& sampling, std::int64_t rate) {
    const double seconds = static_cast<double>(sampling.each.count()) / 1e3;
    const double size = std::cbrt(static_cast<double>(rate) * seconds / 2.0);
    const auto rounded = std::int64_t{256} * std::llround(size / 256.0);
    return std::clamp<std::int64_t>(rounded, 256, sampling.size_max);
}

template <class Matrices>
core::Result<Reading> sample(Metric metric, const Sampling& sampling, Kernel<Matrices> kernel,
                             Matrices& matrices, core::Random& random) {
    std::vector<std::int64_t> samples;
    (void)rate(kernel, matrices);  // Touches every page of the result.
    for (int i = 0; i < sampling.samples; ++i) {
        const auto sample = rate(kernel, matrices);
        if (!sample) {
            return core::fail(compute::kMeasurementFailed,
                              {{"metric", std::string(compute::to_text(metric))},
                               {"why", "the library refused the product"}});
        }
        samples.push_back(*sample);
    }
    int wrong = 0;
    for (int i = 0; i < kCheckedEntries; ++i) {
        const auto side = static_cast<std::uint64_t>(matrices.size);
        const auto row = static_cast<std::int64_t>(random.below(side));
        wrong += matrices.is_right(row, static_cast<std::int64_t>(random.below(side))) ? 0 : 1;
    }
    if (wrong > 0) {
        return core::fail(compute::kWrongKernelResult,
                          {{"metric", std::string(compute::to_text(metric))},
                           {"wrong", std::to_string(wrong)},
                           {"checked", std::to_string(kCheckedEntries)}});
    }
    Reading reading;
    reading.metric = metric;
    reading.estimate = compute::estimate(std::move(samples), kFloorPpm);
    reading.checked = kCheckedEntries;
    return reading;
}

}  // namespace

core::Result<Reading> measure_fp32(const Sampling& sampling, int threads, core::Random& random) {
    omp_set_num_threads(threads);
    openblas_set_num_threads(threads);
    Fp32 trial(std::min(kTrialSize, sampling.size_max), random);
    const std::int64_t dnnl_rate = trial_rate<Fp32>(run_dnnl, trial);
    const std::int64_t openblas_rate = trial_rate<Fp32>(run_openblas, trial);
    const bool use_dnnl = dnnl_rate >= openblas_rate;
    Fp32 matrices(size_for(sampling, std::max(dnnl_rate, openblas_rate)), random);
    auto reading = sample<Fp32>(Metric::Fp32Gemm, sampling, use_dnnl ? run_dnnl : run_openblas,
                                matrices, random);
    if (reading) {
        reading->kernel = use_dnnl ? dnnl_name() : openblas_name();
        reading->shape = fmt::format("n={} threads={}", matrices.size, threads);
    }
    return reading;
}

core::Result<Reading> measure_int8(const Sampling& sampling, int threads, core::Random& random) {
    omp_set_num_threads(threads);
    Int8 trial(std::min(kTrialSize, sampling.size_max), random);
    Int8 matrices(size_for(sampling, trial_rate<Int8>(run_int8, trial)), random);
    auto reading = sample<Int8>(Metric::Int8Gemm, sampling, run_int8, matrices, random);
    if (reading) {
        reading->kernel = dnnl_name();
        reading->shape = fmt::format("n={} threads={}", matrices.size, threads);
    }
    return reading;
}

}  // namespace kapok::measurement
