#pragma once

// /agent/v1, on the agents' own listener: orders, reports, inputs and outputs. Joining and renewing
// are identity's.

#include <array>

#include "compute/compute.h"
#include "compute/http/fields.h"
#include "platform/http/router.h"
#include "platform/objects/errors.h"

namespace kapok::compute {

inline constexpr std::uint64_t kReportBytesMax = 8 << 20;

inline constexpr std::array kOrdersQuery{id_field("node_id", "node", "Whose orders", "所属节点")};
inline constexpr std::array kOrdersHeaders{optional({.name = "last-event-id",
                                                     .type = http::Type::Integer,
                                                     .range = {0, std::int64_t{1} << 53, ""},
                                                     .en = "Number of the last order seen",
                                                     .zh = "最后收到的指令编号"})};
inline constexpr std::array kBatchFields{
    id_field("node", "node", "Which node", "节点"),
    http::Field{
        .name = "boot_id", .range = {1, 128, "byte"}, .en = "Of its kernel", .zh = "内核启动编号"},
    optional({.name = "hello",
              .type = http::Type::Object,
              .en = "What it is, after a start of its agent",
              .zh = "代理启动后的节点信息"}),
    http::Field{.name = "reports",
                .type = http::Type::List,
                .range = {0, 1'000, "item"},
                .en = "Numbered reports",
                .zh = "带序号的报告",
                .item = http::Type::Object},
    http::Field{.name = "attempts",
                .type = http::Type::List,
                .range = {0, 10'000, "item"},
                .en = "Attempts that it has",
                .zh = "现有的运行",
                .item = http::Type::Object},
    http::Field{.name = "logs",
                .type = http::Type::List,
                .range = {0, 1'000, "item"},
                .en = "Pieces of logs",
                .zh = "日志片段",
                .item = http::Type::Object}};
inline constexpr std::array kAnswerFields{
    integer_field("sequence", "", "The last report that was taken in", "最后接收的报告序号"),
    http::Field{.name = "logs",
                .type = http::Type::List,
                .range = {0, 1'000, "item"},
                .en = "Where each log goes on",
                .zh = "各日志的续传位置",
                .item = http::Type::Object},
    http::Field{.name = "unknown",
                .type = http::Type::List,
                .range = {0, 10'000, "item"},
                .en = "Attempts to end",
                .zh = "应结束的运行",
                .item = http::Type::Object}};
inline constexpr std::array kAttemptPath{id_field("id", "job", "Job", "作业"),
                                         http::Field{.name = "attempt",
                                                     .type = http::Type::Integer,
                                                     .range = {1, kAttemptNumberMax, ""},
                                                     .en = "Number of the attempt",
                                                     .zh = "运行序号"}};
inline constexpr std::array kInputPath = join(kAttemptPath, std::array{kDigestField});
inline constexpr std::array kInputQuery{
    optional(integer_field("offset", "byte", "Of the first byte to send", "起始字节位置"))};
inline constexpr std::array kBroughtFields{kDigestField};

inline constexpr std::array kReportErrors{&kNodeUnknown, &kReportGap,   &kIdTaken,
                                          &kBadNode,     &kBadDocument, &kUnknownArtifact};
inline constexpr std::array kOrderErrors{&kNodeUnknown};
inline constexpr std::array kArtifactErrors{&kForeignAttempt, &kUnknownArtifact};
inline constexpr std::array kInputErrors{&kForeignAttempt, &kUnknownArtifact,
                                         &platform::objects::kNotFound,
                                         &platform::objects::kBadRange};

inline constexpr std::array kAgentRoutes{
    http::Route{.method = http::Method::Get,
                .path = "/agent/v1/commands",
                .id = "follow_orders",
                .scope = "agent:connect",
                .en = "A node's open orders, and new ones as they come",
                .zh = "节点的待办指令及后续新指令",
                .query = kOrdersQuery,
                .reply = http::Reply::EventStream,
                .errors = kOrderErrors,
                .headers = kOrdersHeaders},
    http::Route{
        .method = http::Method::Post,
        .path = "/agent/v1/reports",
        .id = "report",
        .scope = "agent:connect",
        .en = "Heartbeat, reports and logs of a node; a batch that comes again changes nothing",
        .zh = "节点的心跳、报告与日志；重复提交不产生变化",
        .body = http::Body::Json,
        .request = kBatchFields,
        .response = kAnswerFields,
        .errors = kReportErrors,
        .body_bytes_max = kReportBytesMax},
    http::Route{.method = http::Method::Get,
                .path = "/agent/v1/jobs/{id}/attempts/{attempt}/artifacts/{digest}",
                .id = "fetch_input",
                .scope = "agent:connect",
                .en =
                    "An input of an attempt that was given to the agent's node, or the model that "
                    "it serves; from an offset on, to go on with one that broke off",
                .zh = "获取已下发运行的输入或其服务的模型；可从指定位置续传",
                .path_parameters = kInputPath,
                .query = kInputQuery,
                .reply = http::Reply::Raw,
                .errors = kInputErrors},
    http::Route{.method = http::Method::Post,
                .path = "/agent/v1/jobs/{id}/attempts/{attempt}/artifacts",
                .id = "bring_output",
                .scope = "agent:connect",
                .en = "An output of an attempt, before its end is reported",
                .zh = "在报告结束之前上传运行的产出",
                .path_parameters = kAttemptPath,
                .body = http::Body::Raw,
                .response = kBroughtFields,
                .status = 201,
                .errors = kArtifactErrors,
                .body_bytes_max = static_cast<std::uint64_t>(kArtifactBytesMax)},
};

}  // namespace kapok::compute
