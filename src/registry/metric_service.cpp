#include "registry/metric_service.h"

#include <algorithm>
#include <utility>

#include "core/timestamp.h"
#include "identity/authorize.h"
#include "registry/errors.h"
#include "registry/limits.h"

namespace kapok::registry {
namespace {

using identity::Roles;
using platform::db::Reader;

// Like a row of identity/actions.h: everybody sees the numbers of their own organizations; those of
// the whole platform are for whoever runs it, checks it, or keeps its programme.
constexpr Roles kWatchers =
    Roles(core::Role::Operator) | core::Role::Auditor | core::Role::ProgrammeOffice;
constexpr Roles kEverybody = kWatchers | core::Role::Provider | core::Role::Consumer;
constexpr identity::ActionRow kReadMetric{"metric:read", "usage:read", kEverybody, kEverybody};
constexpr identity::ActionRow kReadAllMetrics{"metric:read_all", "usage:read",
                                              kWatchers,         kWatchers,
                                              identity::Roles(), identity::Level::Root};

// The time to answer for, if it can be answered for good.
core::Result<core::Timestamp> settled_time(const History& history,
                                           std::optional<core::Timestamp> wanted) {
    if (wanted && *wanted > history.settled) {
        return core::fail(kNotSettled, {{"time", core::to_rfc3339(*wanted)},
                                        {"newest", core::to_rfc3339(history.settled)}});
    }
    return wanted.value_or(history.settled);
}

bool is_known(const History& history, core::Timestamp time) {
    return history.since && *history.since <= time;
}

core::Result<std::vector<core::Timestamp>> steps_of(const SeriesRange& range, core::Timestamp to) {
    const core::Timestamp from = range.from.value_or(to - kSeriesDefault);
    const core::Parameter from_text{"from", core::to_rfc3339(from)};
    const core::Parameter to_text{"to", core::to_rfc3339(to)};
    if (from >= to) {
        return core::fail(kBadRange, {from_text, to_text});
    }
    if ((to - from) / range.step >= kPointsMax) {
        return core::fail(kTooManyPoints, {from_text,
                                           to_text,
                                           {"expected", std::to_string(kPointsMax)},
                                           {"step", std::to_string(range.step.count())}});
    }
    std::vector<core::Timestamp> times;
    for (core::Timestamp time = from; time < to; time += range.step) {
        times.push_back(time);
    }
    times.push_back(to);
    return times;
}

core::Result<std::string> read_lines(Reader& reader, const Metric& metric, const core::Scope& scope,
                                     const Span& span) {
    std::string lines;
    std::size_t count = 0;
    std::optional<core::Error> damage;
    const auto take = [&](const Fact& fact) {
        if (damage || ++count > kInputsMax) {
            return;
        }
        const auto line = line_of(fact, metric.info.dimensions);
        if (line) {
            lines += *line;
        } else {
            damage = line.error();
        }
    };
    const auto read = metric.read(reader, scope, span, take);
    if (!read) {
        return std::unexpected(read.error());
    }
    if (damage) {
        return std::unexpected(*std::move(damage));
    }
    if (count > kInputsMax) {
        return core::fail(kTooManyInputs, {{"expected", std::to_string(kInputsMax)},
                                           {"from", core::to_rfc3339(span.after)},
                                           {"to", core::to_rfc3339(span.upto)}});
    }
    return lines;
}

}  // namespace

core::Result<const Metric*> MetricService::find(std::string_view name) const {
    const Metric* const metric = catalogue_.find(name);
    return metric != nullptr ? core::Result<const Metric*>(metric)
                             : core::fail(kNoMetric, {{"metric", std::string(name)}});
}

core::Result<MetricService::View> MetricService::enter(const core::Principal& caller,
                                                       const Asked& asked) const {
    const auto metric = find(asked.metric);
    if (!metric) {
        return std::unexpected(metric.error());
    }
    if (caller.project) {
        return core::fail(kBoundToProject);
    }
    const auto tree = directory_.tree();
    if (asked.organization) {
        const core::OrganizationId owner = *asked.organization;
        if (!tree->contains(owner)) {
            return identity::not_found(owner.text());
        }
        const auto allowed = identity::authorize(caller, kReadMetric,
                                                 identity::resource_of(*tree, owner, owner.text()));
        if (!allowed) {
            return std::unexpected(allowed.error());
        }
        return View{*metric, Reach::Organizations, core::Scope{false, tree->subtree(owner)}};
    }
    const auto all = identity::authorize(caller, kReadAllMetrics,
                                         identity::resource_of(*tree, tree->root(), asked.metric));
    if (all) {
        return View{*metric, Reach::Platform, core::Scope::all()};
    }
    return View{*metric, Reach::Organizations, identity::visible_scope(caller, kReadMetric, *tree)};
}

MetricService::Answer<std::vector<MetricService::Described>> MetricService::list(
    core::Principal /*caller*/) {
    const auto look = [this,
                       now = clock_.now()](Reader& reader) -> core::Result<std::vector<Described>> {
        std::vector<Described> described;
        for (const Metric& metric : catalogue_.all()) {
            const auto history = history_of(reader, metric.info.evidence, now);
            if (!history) {
                return std::unexpected(history.error());
            }
            described.push_back({&metric, *history});
        }
        return described;
    };
    co_return co_await database_.read(look);
}

MetricService::Answer<MetricService::Described> MetricService::describe(core::Principal /*caller*/,
                                                                        std::string name) {
    const auto metric = find(name);
    if (!metric) {
        co_return std::unexpected(metric.error());
    }
    const auto look = [metric = *metric,
                       now = clock_.now()](Reader& reader) -> core::Result<Described> {
        const auto history = history_of(reader, metric->info.evidence, now);
        return history ? core::Result<Described>(Described{metric, *history})
                       : std::unexpected(history.error());
    };
    co_return co_await database_.read(look);
}

MetricService::Answer<MetricValue> MetricService::value(core::Principal caller, Asked asked,
                                                        std::optional<core::Timestamp> as_of) {
    const auto view = enter(caller, asked);
    if (!view) {
        co_return std::unexpected(view.error());
    }
    const auto look = [view = *view, as_of,
                       now = clock_.now()](Reader& reader) -> core::Result<MetricValue> {
        const auto history = history_of(reader, view.metric->info.evidence, now);
        if (!history) {
            return std::unexpected(history.error());
        }
        const auto time = settled_time(*history, as_of);
        if (!time) {
            return std::unexpected(time.error());
        }
        MetricValue answer{view.metric, view.reach, *history, *time, {}};
        if (!is_known(*history, *time)) {
            return answer;
        }
        auto points = evaluate(reader, *view.metric, view.scope, std::span(&*time, 1));
        if (!points) {
            return std::unexpected(points.error());
        }
        answer.point = std::move(points->front());
        return answer;
    };
    co_return co_await database_.read(look);
}

MetricService::Answer<MetricSeries> MetricService::series(core::Principal caller, Asked asked,
                                                          SeriesRange range) {
    const auto view = enter(caller, asked);
    if (!view) {
        co_return std::unexpected(view.error());
    }
    const auto look = [view = *view, range,
                       now = clock_.now()](Reader& reader) -> core::Result<MetricSeries> {
        const auto history = history_of(reader, view.metric->info.evidence, now);
        if (!history) {
            return std::unexpected(history.error());
        }
        const auto to = settled_time(*history, range.to);
        if (!to) {
            return std::unexpected(to.error());
        }
        auto times = steps_of(range, *to);
        if (!times) {
            return std::unexpected(times.error());
        }
        std::erase_if(*times, [&](core::Timestamp time) { return !is_known(*history, time); });
        auto points = evaluate(reader, *view.metric, view.scope, *times);
        if (!points) {
            return std::unexpected(points.error());
        }
        return MetricSeries{view.metric, view.reach, *history, *std::move(points)};
    };
    co_return co_await database_.read(look);
}

MetricService::Answer<std::string> MetricService::inputs(core::Principal caller, Asked asked,
                                                         std::optional<core::Timestamp> after,
                                                         std::optional<core::Timestamp> as_of) {
    const auto view = enter(caller, asked);
    if (!view) {
        co_return std::unexpected(view.error());
    }
    const auto look = [view = *view, after, as_of,
                       now = clock_.now()](Reader& reader) -> core::Result<std::string> {
        const auto history = history_of(reader, view.metric->info.evidence, now);
        if (!history) {
            return std::unexpected(history.error());
        }
        const auto time = settled_time(*history, as_of);
        if (!time) {
            return std::unexpected(time.error());
        }
        return read_lines(reader, *view.metric, view.scope,
                          {after.value_or(core::Timestamp()), *time});
    };
    co_return co_await database_.read(look);
}

}  // namespace kapok::registry
