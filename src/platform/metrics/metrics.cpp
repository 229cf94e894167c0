#include "platform/metrics/metrics.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <mutex>
#include <utility>
#include <variant>

#include <fmt/format.h>

namespace kapok::platform::metrics {
namespace {

std::string braced(std::string_view labels) {
    return labels.empty() ? std::string() : fmt::format("{{{}}}", labels);
}

// 1'500'000 is "1.500000".
std::string millionths(std::int64_t micros) {
    const bool negative = micros < 0;
    const auto size =
        negative ? 0 - static_cast<std::uint64_t>(micros) : static_cast<std::uint64_t>(micros);
    return fmt::format("{}{}.{:06}", negative ? "-" : "", size / 1'000'000, size % 1'000'000);
}

}  // namespace

Histogram::Histogram(std::span<const std::int64_t> bounds_us)
    : bounds_us_(bounds_us.begin(), bounds_us.end()), counts_(bounds_us.size() + 1) {}

void Histogram::observe(std::int64_t duration_us) noexcept {
    const auto bucket = std::ranges::lower_bound(bounds_us_, duration_us) - bounds_us_.begin();
    counts_[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
    sum_us_.fetch_add(duration_us, std::memory_order_relaxed);
}

Histogram::Snapshot Histogram::snapshot() const {
    Snapshot snapshot;
    for (const auto& count : counts_) {
        snapshot.count += count.load(std::memory_order_relaxed);
        snapshot.counts.push_back(snapshot.count);
    }
    snapshot.sum_us = sum_us_.load(std::memory_order_relaxed);
    return snapshot;
}

struct Registry::State {
    using Metric =
        std::variant<std::unique_ptr<Counter>, std::unique_ptr<Gauge>, std::unique_ptr<Histogram>>;
    struct Family {
        std::string help;
        std::map<std::string, Metric, std::less<>> by_labels;
    };
    mutable std::mutex mutex;
    std::map<std::string, Family, std::less<>> families;

    // Asking for a name as another kind of metric is a bug; std::get then throws.
    template <class T, class Make>
    T& get(std::string_view name, std::string_view help, std::string_view labels, Make make) {
        const std::lock_guard lock(mutex);
        Family& family = families[std::string(name)];
        family.help = help;
        auto found = family.by_labels.find(labels);
        if (found == family.by_labels.end()) {
            found = family.by_labels.emplace(std::string(labels), make()).first;
        }
        return *std::get<std::unique_ptr<T>>(found->second);
    }
};

Registry::Registry() : state_(std::make_unique<State>()) {}
Registry::~Registry() = default;

Counter& Registry::counter(std::string_view name, std::string_view help, std::string_view labels) {
    return state_->get<Counter>(name, help, labels, [] { return std::make_unique<Counter>(); });
}

Gauge& Registry::gauge(std::string_view name, std::string_view help, std::string_view labels) {
    return state_->get<Gauge>(name, help, labels, [] { return std::make_unique<Gauge>(); });
}

Histogram& Registry::histogram(std::string_view name, std::string_view help,
                               std::string_view labels) {
    return state_->get<Histogram>(name, help, labels, [] { return std::make_unique<Histogram>(); });
}

std::string Registry::render() const {
    const std::lock_guard lock(state_->mutex);
    Exposition text;
    for (const auto& [name, family] : state_->families) {
        text.family(name, family.help,
                    static_cast<Exposition::Kind>(family.by_labels.begin()->second.index()));
        for (const auto& [labels, metric] : family.by_labels) {
            if (const auto* counter = std::get_if<std::unique_ptr<Counter>>(&metric)) {
                text.sample((*counter)->value(), labels);
            } else if (const auto* gauge = std::get_if<std::unique_ptr<Gauge>>(&metric)) {
                text.sample((*gauge)->value(), labels);
            } else {
                const auto& histogram = *std::get<std::unique_ptr<Histogram>>(metric);
                text.sample(histogram.snapshot(), histogram.bounds_us(), labels);
            }
        }
    }
    return text.text();
}

void Exposition::family(std::string_view name, std::string_view help, Kind kind) {
    constexpr std::array<std::string_view, 3> kKinds{"counter", "gauge", "histogram"};
    name_ = name;
    fmt::format_to(std::back_inserter(text_), "# HELP {} {}\n# TYPE {} {}\n", name, help, name,
                   kKinds[std::to_underlying(kind)]);
}

void Exposition::sample(std::int64_t value, std::string_view labels) {
    fmt::format_to(std::back_inserter(text_), "{}{} {}\n", name_, braced(labels), value);
}

void Exposition::sample(std::uint64_t value, std::string_view labels) {
    fmt::format_to(std::back_inserter(text_), "{}{} {}\n", name_, braced(labels), value);
}

void Exposition::sample_micros(std::int64_t micros, std::string_view labels) {
    fmt::format_to(std::back_inserter(text_), "{}{} {}\n", name_, braced(labels),
                   millionths(micros));
}

void Exposition::sample(const Histogram::Snapshot& snapshot,
                        std::span<const std::int64_t> bounds_us, std::string_view labels) {
    const std::string_view comma = labels.empty() ? "" : ",";
    auto out = std::back_inserter(text_);
    for (std::size_t i = 0; i < snapshot.counts.size(); ++i) {
        const bool last = i == bounds_us.size();
        const std::string bound =
            last ? "+Inf" : fmt::format("{}", static_cast<double>(bounds_us[i]) / 1'000'000);
        fmt::format_to(out, "{}_bucket{{{}{}le=\"{}\"}} {}\n", name_, labels, comma, bound,
                       snapshot.counts[i]);
    }
    fmt::format_to(out, "{}_sum{} {}\n", name_, braced(labels), millionths(snapshot.sum_us));
    fmt::format_to(out, "{}_count{} {}\n", name_, braced(labels), snapshot.count);
}

std::string label(std::string_view name, std::string_view value) {
    std::string text = fmt::format("{}=\"", name);
    for (const char c : value) {
        if (c == '\\' || c == '"') {
            text += '\\';
        }
        text += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
    return text + '"';
}

}  // namespace kapok::platform::metrics
