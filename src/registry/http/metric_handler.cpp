#include "registry/http/metric_handler.h"

#include <algorithm>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "core/money.h"
#include "platform/http/json.h"
#include "platform/http/page.h"
#include "platform/http/problem.h"
#include "platform/http/query.h"
#include "platform/http/reply.h"

namespace kapok::registry {
namespace {

namespace json = boost::json;

using Awaited = boost::asio::awaitable<http::Response>;

constexpr std::int64_t kDaySeconds = 86'400;

json::object text_json(const Text& text) {
    return {{"en", text.en}, {"zh", text.zh}};
}

json::object metric_json(const MetricService::Described& described) {
    const MetricInfo& info = described.metric->info;
    json::array dimensions;
    for (const Dimension& dimension : info.dimensions) {
        dimensions.push_back(
            json::object{{"name", dimension.name}, {"title", text_json(dimension.text)}});
    }
    return {{"name", info.name},
            {"title", text_json(info.title)},
            {"unit", info.unit},
            {"evidence", kEvidenceNames[std::to_underlying(info.evidence)]},
            {"freshness_s", info.freshness.count()},
            {"fold", kFoldNames[std::to_underlying(info.fold)]},
            {"prometheus", info.prometheus},
            {"known_since", http::to_json(described.history.since)},
            {"newest", http::to_json(described.history.settled)},
            {"description", text_json(info.description)},
            {"dimensions", std::move(dimensions)},
            {"source", text_json(info.source)}};
}

json::object row_json(const MetricInfo& info, const Labels& labels, std::int64_t value) {
    json::object named;
    json::object row;
    for (std::size_t i = 0; i < std::min(info.dimensions.size(), labels.size()); ++i) {
        named[info.dimensions[i].name] = labels[i];
        const auto* const currency = std::ranges::find(core::kCurrencyNames, labels[i]);
        if (info.unit == kMicroUnit && info.dimensions[i].name == kCurrencyDimension &&
            currency != core::kCurrencyNames.end()) {
            const auto kind = static_cast<core::Currency>(currency - core::kCurrencyNames.begin());
            row["amount"] = http::to_json(core::Money(kind, value));
        }
    }
    row["labels"] = std::move(named);
    row["value"] = value;
    return row;
}

json::array values_json(const MetricInfo& info, const Values& values) {
    json::array rows;
    for (const auto& [labels, value] : values) {
        rows.push_back(row_json(info, labels, value));
    }
    return rows;
}

json::object value_json(const MetricValue& answer) {
    const MetricInfo& info = answer.metric->info;
    const Point unknown;
    const Point& point = answer.point ? *answer.point : unknown;
    return {{"name", info.name},
            {"as_of", http::to_json(answer.as_of)},
            {"known", answer.point.has_value()},
            {"unit", info.unit},
            {"inputs", point.inputs},
            {"inputs_hash", point.inputs_hash},
            {"scope", kReachNames[std::to_underlying(answer.reach)]},
            {"evidence", kEvidenceNames[std::to_underlying(info.evidence)]},
            {"freshness_s", info.freshness.count()},
            {"known_since", http::to_json(answer.history.since)},
            {"values", values_json(info, point.values)},
            {"source", text_json(info.source)}};
}

json::object series_json(const MetricSeries& series) {
    const MetricInfo& info = series.metric->info;
    json::array points;
    for (const Point& point : series.points) {
        points.push_back(json::object{{"at", http::to_json(point.at)},
                                      {"values", values_json(info, point.values)},
                                      {"inputs", point.inputs},
                                      {"inputs_hash", point.inputs_hash}});
    }
    return {{"name", info.name},
            {"unit", info.unit},
            {"scope", kReachNames[std::to_underlying(series.reach)]},
            {"evidence", kEvidenceNames[std::to_underlying(info.evidence)]},
            {"known_since", http::to_json(series.history.since)},
            {"points", std::move(points)}};
}

Asked asked_of(const http::Request& request) {
    return {request.path_parameters.at("name"),
            http::find_id_parameter<core::OrganizationId>(request.query, "organization")};
}

}  // namespace

Awaited MetricHandler::list_metrics(http::Request request) {
    const auto range = http::page_of(request);
    if (!range) {
        co_return http::problem(range.error(), request);
    }
    const auto described = co_await metrics_.list(request.principal);
    if (!described) {
        co_return http::problem(described.error(), request);
    }
    json::array items;
    std::int64_t number = 0;
    for (const auto& metric : *described) {
        if (++number > range->after && items.size() < range->limit) {
            items.push_back(metric_json(metric));
        }
    }
    const std::int64_t shown = range->after + std::ssize(items);
    const bool more = !items.empty() && shown < std::ssize(*described);
    co_return http::page_response(std::move(items),
                                  more ? std::optional(http::write_cursor(shown)) : std::nullopt);
}

Awaited MetricHandler::get_metric(http::Request request) {
    const auto described =
        co_await metrics_.describe(request.principal, request.path_parameters.at("name"));
    co_return http::reply(described, request, 200, metric_json);
}

Awaited MetricHandler::get_value(http::Request request) {
    const auto as_of = http::find_time_parameter(request.query, "as_of");
    const auto answer = co_await metrics_.value(request.principal, asked_of(request), as_of);
    co_return http::reply(answer, request, 200, value_json);
}

Awaited MetricHandler::get_series(http::Request request) {
    const SeriesRange range{
        http::find_time_parameter(request.query, "from"),
        http::find_time_parameter(request.query, "to"),
        std::chrono::seconds(
            http::find_integer_parameter(request.query, "step_s").value_or(kDaySeconds))};
    const auto series = co_await metrics_.series(request.principal, asked_of(request), range);
    co_return http::reply(series, request, 200, series_json);
}

Awaited MetricHandler::get_inputs(http::Request request) {
    const auto after = http::find_time_parameter(request.query, "after");
    const auto as_of = http::find_time_parameter(request.query, "as_of");
    auto lines = co_await metrics_.inputs(request.principal, asked_of(request), after, as_of);
    if (!lines) {
        co_return http::problem(lines.error(), request);
    }
    http::Response response;
    response.headers["content-type"] = "application/x-ndjson";
    response.body = *std::move(lines);
    co_return response;
}

}  // namespace kapok::registry
