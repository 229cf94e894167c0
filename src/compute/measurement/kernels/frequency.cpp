#include <algorithm>
#include <thread>
#include <vector>

#include "compute/measurement/kernels/kernels.h"
#include "core/stopwatch.h"

namespace kapok::measurement {

namespace {

constexpr std::int64_t kAdditions = 8'000'000;
constexpr int kRounds = 25;

// Additions of registers that each wait for the one before: one cycle each on every core that runs
// Linux on servers. The compiler must not touch them, hence the assembly.
void add_sixteen_times(std::uint64_t& sum, std::uint64_t step) {
#if defined(__x86_64__)
    asm volatile(
        "add %1, %0\n add %1, %0\n add %1, %0\n add %1, %0\n"
        "add %1, %0\n add %1, %0\n add %1, %0\n add %1, %0\n"
        "add %1, %0\n add %1, %0\n add %1, %0\n add %1, %0\n"
        "add %1, %0\n add %1, %0\n add %1, %0\n add %1, %0\n"
        : "+r"(sum)
        : "r"(step));
#elif defined(__aarch64__)
    asm volatile(
        "add %0, %0, %1\n add %0, %0, %1\n add %0, %0, %1\n add %0, %0, %1\n"
        "add %0, %0, %1\n add %0, %0, %1\n add %0, %0, %1\n add %0, %0, %1\n"
        "add %0, %0, %1\n add %0, %0, %1\n add %0, %0, %1\n add %0, %0, %1\n"
        "add %0, %0, %1\n add %0, %0, %1\n add %0, %0, %1\n add %0, %0, %1\n"
        : "+r"(sum)
        : "r"(step));
#else
#error "this processor has no chain of additions yet"
#endif
}

std::int64_t best_khz() {
    std::int64_t best = 0;
    std::uint64_t sum = 1;
    for (int round = 0; round < kRounds; ++round) {
        const core::Stopwatch watch;
        for (std::int64_t done = 0; done < kAdditions; done += 16) {
            add_sixteen_times(sum, 3);
        }
        const auto nanoseconds = std::max<std::int64_t>(1, watch.elapsed().count());
        best = std::max(best, kAdditions * 1'000'000 / nanoseconds);
    }
    return best;
}

}  // namespace

std::int64_t measure_frequency_khz(int threads) {
    std::vector<std::int64_t> seen(static_cast<std::size_t>(std::max(threads, 1)));
    {
        std::vector<std::jthread> workers;
        workers.reserve(seen.size());
        for (auto& khz : seen) {
            workers.emplace_back([&khz] { khz = best_khz(); });
        }
    }
    std::ranges::sort(seen);
    return seen[seen.size() / 2];
}

}  // namespace kapok::measurement
