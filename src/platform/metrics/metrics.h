#pragma once

// Counters, gauges and histograms, and how Prometheus reads them (text format 0.0.4). Names follow
// its conventions: "kapok_<module>_<thing>_<unit>", "_total" on counters, base units.

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kapok::platform::metrics {

class Counter {
public:
    void add(std::uint64_t count = 1) noexcept {
        value_.fetch_add(count, std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint64_t value() const noexcept {
        return value_.load(std::memory_order_relaxed);
    }

private:
    std::atomic<std::uint64_t> value_{0};
};

class Gauge {
public:
    void set(std::int64_t value) noexcept { value_.store(value, std::memory_order_relaxed); }
    void add(std::int64_t change) noexcept { value_.fetch_add(change, std::memory_order_relaxed); }
    [[nodiscard]] std::int64_t value() const noexcept {
        return value_.load(std::memory_order_relaxed);
    }

private:
    std::atomic<std::int64_t> value_{0};
};

// From a commit to a model that thinks for a minute.
inline constexpr std::array<std::int64_t, 18> kDurationBoundsUs{
    100,     250,     500,     1'000,     2'500,     5'000,     10'000,     25'000,     50'000,
    100'000, 250'000, 500'000, 1'000'000, 2'500'000, 5'000'000, 10'000'000, 30'000'000, 60'000'000};

// Durations in microseconds, counted in buckets; shown in seconds, as Prometheus wants them.
class Histogram {
public:
    explicit Histogram(std::span<const std::int64_t> bounds_us = kDurationBoundsUs);
    void observe(std::int64_t duration_us) noexcept;

    struct Snapshot {
        std::vector<std::uint64_t> counts;  // One a bound, cumulative, and one for the rest.
        std::uint64_t count = 0;
        std::int64_t sum_us = 0;
    };
    [[nodiscard]] Snapshot snapshot() const;
    [[nodiscard]] std::span<const std::int64_t> bounds_us() const noexcept { return bounds_us_; }

private:
    std::vector<std::int64_t> bounds_us_;
    std::vector<std::atomic<std::uint64_t>> counts_;
    std::atomic<std::int64_t> sum_us_{0};
};

// Owns every metric; what it hands out lives as long as it does. A label's values must be few and
// known (a route's id, a status), never what a client can make up.
class Registry {
public:
    Registry();
    Registry(const Registry&) = delete;
    Registry& operator=(const Registry&) = delete;
    ~Registry();

    // The same name and labels give the same metric. `labels` is ready-made: `route="get_job"`.
    Counter& counter(std::string_view name, std::string_view help, std::string_view labels = {});
    Gauge& gauge(std::string_view name, std::string_view help, std::string_view labels = {});
    Histogram& histogram(std::string_view name, std::string_view help,
                         std::string_view labels = {});

    // What GET /metrics answers.
    [[nodiscard]] std::string render() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

// Writes the text format family by family, for numbers that are looked up when they are asked for.
class Exposition {
public:
    enum class Kind : std::uint8_t { Counter, Gauge, Histogram };

    // Begins a family; what follows are its samples.
    void family(std::string_view name, std::string_view help, Kind kind);
    void sample(std::int64_t value, std::string_view labels = {});
    void sample(std::uint64_t value, std::string_view labels = {});
    // A value that is counted in millionths: microseconds as seconds, micro-units as money.
    void sample_micros(std::int64_t micros, std::string_view labels = {});
    void sample(const Histogram::Snapshot& snapshot, std::span<const std::int64_t> bounds_us,
                std::string_view labels = {});

    [[nodiscard]] const std::string& text() const noexcept { return text_; }

private:
    std::string text_;
    std::string name_;
};

// `name="value"` with the value escaped; several are joined with commas by the caller.
[[nodiscard]] std::string label(std::string_view name, std::string_view value);

}  // namespace kapok::platform::metrics
