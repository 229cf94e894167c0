#include "registry/evaluation.h"

#include <optional>
#include <utility>

namespace kapok::registry {

core::Result<void> Progress::advance(platform::db::Reader& reader, const core::Scope& scope,
                                     core::Timestamp time) {
    std::optional<core::Error> damage;
    const auto take = [&](const Fact& fact) {
        const auto line = line_of(fact, metric_->info.dimensions);
        if (!line) {
            damage = line.error();
            return;
        }
        digest_.add(*line);
        tally_.add(fact);
    };
    const auto read = metric_->read(reader, scope, {upto_, time}, take);
    if (!read) {
        return read;
    }
    if (damage) {
        return std::unexpected(*std::move(damage));
    }
    upto_ = time;
    return {};
}

core::Result<Point> Progress::point() const {
    auto values = tally_.at(upto_);
    if (!values) {
        return std::unexpected(values.error());
    }
    return Point{upto_, *std::move(values), digest_.count(), digest_.text()};
}

core::Result<std::vector<Point>> evaluate(platform::db::Reader& reader, const Metric& metric,
                                          const core::Scope& scope,
                                          std::span<const core::Timestamp> times) {
    Progress progress(metric);
    std::vector<Point> points;
    points.reserve(times.size());
    for (const core::Timestamp time : times) {
        if (const auto read = progress.advance(reader, scope, time); !read) {
            return std::unexpected(read.error());
        }
        auto point = progress.point();
        if (!point) {
            return std::unexpected(point.error());
        }
        points.push_back(*std::move(point));
    }
    return points;
}

}  // namespace kapok::registry
