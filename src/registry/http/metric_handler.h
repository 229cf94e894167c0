#pragma once

// The routes of the metric catalogue.

#include <array>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "core/errors.h"
#include "platform/http/message.h"
#include "platform/http/route.h"
#include "registry/errors.h"
#include "registry/limits.h"
#include "registry/metric_service.h"

namespace kapok::registry {

namespace http = platform::http;

namespace fields {

using http::Field;
using http::Presence;
using http::Type;

inline constexpr Field kName{.name = "name",
                             .type = Type::String,
                             .range = {1, kMetricNameBytesMax, "byte"},
                             .en = "Name of the metric, such as model_tokens",
                             .zh = "指标名，如 model_tokens"};
inline constexpr std::array kNamePath{kName};
inline constexpr std::array kTexts{
    Field{.name = "en", .type = Type::String, .en = "In English", .zh = "英文"},
    Field{.name = "zh", .type = Type::String, .en = "In Chinese", .zh = "中文"},
};
inline constexpr std::array kDimension{
    Field{.name = "name", .type = Type::String, .en = "Name of the dimension", .zh = "维度名"},
    Field{.name = "title",
          .type = Type::Object,
          .en = "What it tells apart",
          .zh = "含义",
          .fields = kTexts},
};
inline constexpr Field kUnit{
    .name = "unit", .type = Type::String, .en = "Base unit of its values", .zh = "数值的基本单位"};
inline constexpr Field kEvidence{
    .name = "evidence",
    .type = Type::String,
    .en =
        "What vouches for it: the node's signature, the ledger, usage records, the event log, or "
        "the platform's own observation",
    .zh = "凭据级别：节点签名、账本、计量记录、审计日志或平台自行观测",
    .choices = kEvidenceNames};
inline constexpr Field kSource{.name = "source",
                               .type = Type::Object,
                               .en = "Where its inputs lie",
                               .zh = "输入数据所在",
                               .fields = kTexts};
inline constexpr Field kFreshness{.name = "freshness_s",
                                  .type = Type::Integer,
                                  .range = {0, 86'400, "s"},
                                  .en = "How old the newest value may be",
                                  .zh = "最新值的最大延迟"};
inline constexpr Field kKnownSince{
    .name = "known_since",
    .type = Type::Time,
    .en = "Unknown before: since then its history is kept. Absent until something was",
    .zh = "此前未知：自该时起保存历史；尚无历史时为空",
    .presence = Presence::Optional};

inline constexpr std::array kMetric{
    kName,
    Field{.name = "title", .type = Type::Object, .en = "Its title", .zh = "名称", .fields = kTexts},
    kUnit,
    kEvidence,
    kFreshness,
    Field{.name = "fold",
          .type = Type::String,
          .en = "How it follows from its inputs: their sum, the newest of each subject, or a share "
                "of the last 24 hours",
          .zh = "计算方式：累计、各对象最新值之和，或最近 24 小时的占比",
          .choices = kFoldNames},
    Field{.name = "prometheus",
          .type = Type::String,
          .en = "Its name at GET /metrics",
          .zh = "在 GET /metrics 中的名称"},
    kKnownSince,
    Field{.name = "newest",
          .type = Type::Time,
          .en = "As of when it can be asked at the latest",
          .zh = "可查询的最新时间"},
    Field{.name = "description",
          .type = Type::Object,
          .en = "What it says",
          .zh = "说明",
          .fields = kTexts},
    Field{.name = "dimensions",
          .type = Type::List,
          .en = "What its values are told apart by",
          .zh = "维度",
          .fields = kDimension,
          .item = Type::Object},
    kSource,
};

inline constexpr Field kOrganization{.name = "organization",
                                     .type = Type::Id,
                                     .en = "Only of this organization and those below it",
                                     .zh = "只看该机构及其下级机构",
                                     .presence = Presence::Optional,
                                     .id_prefix = "org"};
inline constexpr Field kAsOf{.name = "as_of",
                             .type = Type::Time,
                             .en = "As of when; the newest there is if absent",
                             .zh = "截至时间，缺省为可查询的最新时间",
                             .presence = Presence::Optional};
inline constexpr std::array kValueQuery{kAsOf, kOrganization};
inline constexpr std::array kInputsQuery{
    kAsOf,
    Field{.name = "after",
          .type = Type::Time,
          .en = "Only inputs after this time; from the beginning if absent",
          .zh = "只看该时间之后的输入，缺省为全部",
          .presence = Presence::Optional},
    kOrganization,
};
inline constexpr std::array kSeriesQuery{
    Field{.name = "from",
          .type = Type::Time,
          .en = "First point; 30 days before the last one if absent",
          .zh = "首个时间点，缺省为末点前 30 天",
          .presence = Presence::Optional},
    Field{.name = "to",
          .type = Type::Time,
          .en = "Last point; the newest there is if absent",
          .zh = "最后时间点，缺省为可查询的最新时间",
          .presence = Presence::Optional},
    Field{.name = "step_s",
          .type = Type::Integer,
          .range = {1, kStepSecondsMax, "s"},
          .en = "Between two points; a day if absent",
          .zh = "步长，缺省为一天",
          .presence = Presence::Optional},
    kOrganization,
};

inline constexpr std::array kRow{
    Field{.name = "labels",
          .type = Type::Any,
          .en = "A value for each dimension",
          .zh = "各维度的取值"},
    Field{.name = "value", .type = Type::Integer, .en = "In the metric's unit", .zh = "数值"},
    Field{.name = "amount",
          .type = Type::Money,
          .en = "The same as money, if it is money",
          .zh = "金额（仅限货币指标）",
          .presence = Presence::Optional},
};
inline constexpr Field kValues{.name = "values",
                               .type = Type::List,
                               .range = {0, 100'000, "item"},
                               .en = "One for each combination of labels that ever was",
                               .zh = "每种出现过的维度取值各一个",
                               .fields = kRow,
                               .item = Type::Object};
inline constexpr Field kInputs{.name = "inputs",
                               .type = Type::Integer,
                               .range = {0, INT64_MAX, "row"},
                               .en = "How many rows it was computed from",
                               .zh = "参与计算的记录数"};
inline constexpr Field kInputsHash{.name = "inputs_hash",
                                   .type = Type::String,
                                   .en = "sha256 of those rows as GET …/inputs gives them",
                                   .zh = "上述记录（按 GET …/inputs 的形式）的 sha256"};
inline constexpr Field kReach{
    .name = "scope",
    .type = Type::String,
    .en = "Whose rows: the whole platform's, or those of the organizations that you see",
    .zh = "数据范围：整个平台，或您可见的机构",
    .choices = kReachNames};

inline constexpr std::array kValueReply{
    kName,
    Field{.name = "as_of", .type = Type::Time, .en = "As of when", .zh = "截至时间"},
    Field{.name = "known",
          .type = Type::Boolean,
          .en = "False if it is unknown, as its history begins later",
          .zh = "若历史始于此后则为否，表示未知"},
    kUnit,
    kInputs,
    kInputsHash,
    kReach,
    kEvidence,
    kFreshness,
    kKnownSince,
    kValues,
    kSource,
};
inline constexpr std::array kPoint{
    Field{.name = "at", .type = Type::Time, .en = "As of when", .zh = "截至时间"},
    kValues,
    kInputs,
    kInputsHash,
};
inline constexpr std::array kSeriesReply{
    kName,
    kUnit,
    kReach,
    kEvidence,
    kKnownSince,
    Field{.name = "points",
          .type = Type::List,
          .range = {0, kPointsMax + 1, "item"},
          .en = "In order of time; times of which nothing is known are left out",
          .zh = "按时间排列；未知的时间点不列出",
          .fields = kPoint,
          .item = Type::Object},
};

}  // namespace fields

inline constexpr std::array<const core::ErrorCode*, 1> kMetricErrors{&kNoMetric};
inline constexpr std::array<const core::ErrorCode*, 4> kValueErrors{&kNoMetric, &kBoundToProject,
                                                                    &kNotSettled, &core::kOverflow};
inline constexpr std::array<const core::ErrorCode*, 6> kSeriesErrors{
    &kNoMetric, &kBoundToProject, &kNotSettled, &kBadRange, &kTooManyPoints, &core::kOverflow};
inline constexpr std::array<const core::ErrorCode*, 4> kInputsErrors{&kNoMetric, &kBoundToProject,
                                                                     &kNotSettled, &kTooManyInputs};

inline constexpr http::Route kListMetrics{.method = http::Method::Get,
                                          .path = "/api/v1/metrics-catalogue",
                                          .id = "list_metrics",
                                          .scope = "usage:read",
                                          .en = "The metrics that can be asked",
                                          .zh = "查看指标目录",
                                          .reply = http::Reply::Page,
                                          .response = fields::kMetric,
                                          .response_name = "Metric"};
inline constexpr http::Route kGetMetric{.method = http::Method::Get,
                                        .path = "/api/v1/metrics-catalogue/{name}",
                                        .id = "get_metric",
                                        .scope = "usage:read",
                                        .en = "What a metric says and what vouches for it",
                                        .zh = "查看指标说明",
                                        .path_parameters = fields::kNamePath,
                                        .response = fields::kMetric,
                                        .errors = kMetricErrors,
                                        .response_name = "Metric"};
inline constexpr http::Route kGetMetricValue{.method = http::Method::Get,
                                             .path = "/api/v1/metrics-catalogue/{name}/value",
                                             .id = "get_metric_value",
                                             .scope = "usage:read",
                                             .en = "A metric's value as of any date",
                                             .zh = "查询指标在任意日期的值",
                                             .path_parameters = fields::kNamePath,
                                             .query = fields::kValueQuery,
                                             .response = fields::kValueReply,
                                             .errors = kValueErrors};
inline constexpr http::Route kGetMetricSeries{.method = http::Method::Get,
                                              .path = "/api/v1/metrics-catalogue/{name}/series",
                                              .id = "get_metric_series",
                                              .scope = "usage:read",
                                              .en = "A metric's values by steps of time",
                                              .zh = "按时间步长查询指标",
                                              .path_parameters = fields::kNamePath,
                                              .query = fields::kSeriesQuery,
                                              .response = fields::kSeriesReply,
                                              .errors = kSeriesErrors};
inline constexpr http::Route kGetMetricInputs{
    .method = http::Method::Get,
    .path = "/api/v1/metrics-catalogue/{name}/inputs",
    .id = "get_metric_inputs",
    .scope = "usage:read",
    .en =
        "The rows that a value is computed from, one JSON line each; their sha256 is its "
        "inputs_hash",
    .zh = "参与计算的记录，每行一条 JSON；其 sha256 即 inputs_hash",
    .path_parameters = fields::kNamePath,
    .query = fields::kInputsQuery,
    .reply = http::Reply::Raw,
    .errors = kInputsErrors};

class MetricHandler {
public:
    static constexpr std::array kRoutes{&kListMetrics, &kGetMetric, &kGetMetricValue,
                                        &kGetMetricSeries, &kGetMetricInputs};

    explicit MetricHandler(MetricService& metrics) noexcept : metrics_(metrics) {}

    boost::asio::awaitable<http::Response> list_metrics(http::Request request);
    boost::asio::awaitable<http::Response> get_metric(http::Request request);
    boost::asio::awaitable<http::Response> get_value(http::Request request);
    boost::asio::awaitable<http::Response> get_series(http::Request request);
    boost::asio::awaitable<http::Response> get_inputs(http::Request request);

private:
    MetricService& metrics_;
};

}  // namespace kapok::registry
