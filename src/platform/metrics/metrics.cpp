#include "platform/metrics/metrics.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <mutex>
#include <variant>

#include <fmt/format.h>

namespace kapok::platform::metrics {
namespace {

constexpr std::array<std::int64_t, 14> kBoundsUs{100,     250,     500,       1'000,     2'500,
                                                 5'000,   10'000,  25'000,    50'000,    100'000,
                                                 250'000, 500'000, 1'000'000, 10'000'000};

std::string braced(std::string_view labels) {
    return labels.empty() ? std::string() : fmt::format("{{{}}}", labels);
}

void render(std::string& text, std::string_view name, std::string_view labels,
            const Histogram& histogram) {
    const auto snapshot = histogram.snapshot();
    const std::string_view comma = labels.empty() ? "" : ",";
    auto out = std::back_inserter(text);
    for (std::size_t i = 0; i < snapshot.counts.size(); ++i) {
        const bool last = i == histogram.bounds_us().size();
        const std::string bound =
            last ? "+Inf"
                 : fmt::format("{}", static_cast<double>(histogram.bounds_us()[i]) / 1'000'000);
        fmt::format_to(out, "{}_bucket{{{}{}le=\"{}\"}} {}\n", name, labels, comma, bound,
                       snapshot.counts[i]);
    }
    fmt::format_to(out, "{}_sum{} {}.{:06}\n", name, braced(labels), snapshot.sum_us / 1'000'000,
                   snapshot.sum_us % 1'000'000);
    fmt::format_to(out, "{}_count{} {}\n", name, braced(labels), snapshot.count);
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
    return state_->get<Histogram>(name, help, labels,
                                  [] { return std::make_unique<Histogram>(kBoundsUs); });
}

std::string Registry::render() const {
    constexpr std::array<std::string_view, 3> kKinds{"counter", "gauge", "histogram"};
    const std::lock_guard lock(state_->mutex);
    std::string text;
    auto out = std::back_inserter(text);
    for (const auto& [name, family] : state_->families) {
        fmt::format_to(out, "# HELP {} {}\n# TYPE {} {}\n", name, family.help, name,
                       kKinds[family.by_labels.begin()->second.index()]);
        for (const auto& [labels, metric] : family.by_labels) {
            if (const auto* counter = std::get_if<std::unique_ptr<Counter>>(&metric)) {
                fmt::format_to(out, "{}{} {}\n", name, braced(labels), (*counter)->value());
            } else if (const auto* gauge = std::get_if<std::unique_ptr<Gauge>>(&metric)) {
                fmt::format_to(out, "{}{} {}\n", name, braced(labels), (*gauge)->value());
            } else {
                metrics::render(text, name, labels, *std::get<std::unique_ptr<Histogram>>(metric));
            }
        }
    }
    return text;
}

std::string label(std::string_view name, std::string_view value) {
    std::string text = fmt::format("{}=\"", name);
    for (const char c : value) {
        if (c == '\\' || c == '"') {
            text += '\\';
        }
        text += c == '\n' ? ' ' : c;
    }
    return text + '"';
}

}  // namespace kapok::platform::metrics
