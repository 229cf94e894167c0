#include "compute/measurement/kernels/measure.h"

#include <algorithm>

#include <sys/resource.h>
#include <unistd.h>

#include "compute/inventory/probe.h"
#include "compute/inventory/text.h"
#include "compute/measurement/kernels/kernels.h"
#include "compute/measurement/peak.h"
#include "core/stopwatch.h"

namespace kapok::measurement {

namespace {

using compute::Measurement;
using compute::Reading;

Sampling sampling_for(Effort effort) {
    switch (effort) {
        case Effort::Trial: return {3, std::chrono::milliseconds(1), 256};
        case Effort::Tour: return {9, std::chrono::milliseconds(250), 8'192};
        case Effort::Full: return {21, std::chrono::milliseconds(1'000), 16'384};
    }
    return {};
}

// CPU time in clock ticks that all processes have used since the machine started, from the first
// line of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal.
std::int64_t ticks_used_by_all() {
    const std::string stat = compute::text::read("/proc/stat");
    const auto words = compute::text::words(std::string_view(stat).substr(0, stat.find('\n')));
    std::int64_t ticks = 0;
    for (std::size_t i = 1; i < std::min<std::size_t>(words.size(), 9); ++i) {
        const bool idle = i == 4 || i == 5;
        ticks += idle ? 0 : compute::text::number(words[i]).value_or(0);
    }
    return ticks;
}

double seconds_used_by_us() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// What others used of the CPUs since it was made.
class OthersMeter {
public:
    [[nodiscard]] std::int64_t ppm(std::int64_t cpus) const {
        const double all = static_cast<double>(ticks_used_by_all() - ticks_) /
                           static_cast<double>(::sysconf(_SC_CLK_TCK));
        const double others = all - (seconds_used_by_us() - ours_);
        const double possible =
            static_cast<double>(watch_.elapsed().count()) / 1e9 * static_cast<double>(cpus);
        return possible <= 0.0
                   ? 0
                   : std::clamp<std::int64_t>(static_cast<std::int64_t>(1e6 * others / possible), 0,
                                              1'000'000);
    }

private:
    std::int64_t ticks_ = ticks_used_by_all();
    double ours_ = seconds_used_by_us();
    core::Stopwatch watch_;
};

// A thread for each core that we may use: a second one on the same core only gets in the way.
int thread_count(const compute::Inventory& inventory) {
    const std::int64_t usable = std::max<std::int64_t>(1, inventory.usable_cpu_milli / 1'000);
    return static_cast<int>(std::clamp<std::int64_t>(inventory.cpu.cores, 1, usable));
}

compute::Conditions conditions_before(const Options& options, const compute::Inventory& inventory) {
    compute::Conditions conditions;
    conditions.threads = thread_count(inventory);
    conditions.load_milli_before = compute::load_milli();
    conditions.governor = compute::text::trim(
        compute::text::read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"));
    conditions.kernel = inventory.kernel;
    conditions.filesystem = filesystem_of(options.folder);
    conditions.program = options.program;
    conditions.frequency_khz = measure_frequency_khz(static_cast<int>(conditions.threads));
    return conditions;
}

}  // namespace

core::Result<Measurement> measure(const Options& options, const compute::Inventory& inventory,
                                  const core::Clock& clock, core::Random& random) {
    const Sampling sampling = sampling_for(options.effort);
    const OthersMeter others;
    Measurement measurement;
    measurement.id = options.id;
    measurement.node = options.node;
    measurement.started_at = clock.now();
    measurement.cpu_model = inventory.cpu.model;
    measurement.conditions = conditions_before(options, inventory);
    const int threads = static_cast<int>(measurement.conditions.threads);
    measurement.cores = threads;
    const std::int64_t memory =
        options.effort == Effort::Trial ? std::int64_t{32} << 20 : inventory.usable_memory_bytes;
    const auto add = [&](core::Result<Reading> reading) {
        if (!reading) {
            return core::Result<void>(std::unexpected(reading.error()));
        }
        reading->peak =
            compute::theoretical_peak(reading->metric, inventory.cpu, measurement.conditions);
        compute::weigh_against_peak(*reading);
        measurement.readings.push_back(*std::move(reading));
        return core::Result<void>();
    };
    auto done = add(measure_fp32(sampling, threads, random));
    if (done) {
        done = add(measure_int8(sampling, threads, random));
    }
    if (done) {
        done = add(measure_triad(sampling.samples, threads, inventory.cpu.cache_bytes, memory));
    }
    if (done) {
        done = add(measure_disk_latency(sampling, options.folder, random));
    }
    if (done) {
        done = add(measure_disk_throughput(sampling, options.folder, random));
    }
    if (!done) {
        return std::unexpected(done.error());
    }
    measurement.conditions.load_milli_after = compute::load_milli();
    measurement.conditions.others_ppm =
        others.ppm(std::max<std::int64_t>(1, inventory.cpu.threads));
    measurement.ended_at = clock.now();
    return measurement;
}

}  // namespace kapok::measurement
