#pragma once

// The OpenAI-compatible routes of batches. Errors have OpenAI's shape.

#include <array>

#include <boost/asio/awaitable.hpp>

#include "models/batch/batch_service.h"
#include "models/errors.h"
#include "models/http/file_handler.h"
#include "models/limits.h"
#include "platform/http/message.h"
#include "platform/http/route.h"

namespace kapok::models {

namespace batch_fields {

using http::Field;
using http::Presence;
using http::Type;

inline constexpr std::array<std::string_view, 1> kObject{"batch"};
inline constexpr std::array<std::string_view, 1> kWindows{"24h"};
inline constexpr std::array<std::string_view, 1> kAnchors{"created_at"};

inline constexpr Field kId{
    .name = "id", .range = {1, 128, "byte"}, .en = "Id of the batch", .zh = "批处理编号"};
inline constexpr std::array kPath{kId};

inline constexpr Field kEndpoint{.name = "endpoint",
                                 .en = "Where each line is sent",
                                 .zh = "每一行所调用的接口",
                                 .choices = kEndpointPaths};
inline constexpr Field kInput{.name = "input_file_id",
                              .range = {1, 128, "byte"},
                              .en = "A file with one request a line",
                              .zh = "输入文件编号，每行一个请求"};
inline constexpr Field kWindow{.name = "completion_window",
                               .en = "When it has to be done",
                               .zh = "完成时限",
                               .choices = kWindows};
inline constexpr Field kMetadata{
    .name = "metadata",
    .type = Type::Object,
    .en = "At most 16 names of at most 64 bytes with texts of at most 512 bytes",
    .zh = "最多 16 项；名称最多 64 字节，文本最多 512 字节",
    .presence = Presence::Optional};
inline constexpr std::array kExpiry{
    Field{.name = "anchor", .en = "From when", .zh = "起算时间", .choices = kAnchors},
    Field{.name = "seconds",
          .type = Type::Integer,
          .range = {kFileLifetimeMinS, kFileLifetimeMaxS, "s"},
          .en = "How long the result files are kept",
          .zh = "结果文件保留的秒数"}};
inline constexpr std::array kBody{kInput, kEndpoint, kWindow, kMetadata,
                                  Field{.name = "output_expires_after",
                                        .type = Type::Object,
                                        .en = "When the result files are deleted; absent: never",
                                        .zh = "结果文件何时删除；缺省时不删除",
                                        .presence = Presence::Optional,
                                        .fields = kExpiry}};

inline constexpr std::array kFault{
    Field{.name = "code", .en = "What is wrong, for programs", .zh = "错误代码"},
    Field{.name = "line",
          .type = Type::Integer,
          .range = {1, INT64_MAX, "line"},
          .en = "Of the input file; absent: the file as a whole",
          .zh = "输入文件的行号；缺省时指整个文件",
          .presence = Presence::Optional},
    Field{.name = "message",
          .range = {0, 4'096, "byte"},
          .en = "What is wrong, for people",
          .zh = "错误说明"},
    Field{.name = "param",
          .en = "The member of the line",
          .zh = "出错的成员",
          .presence = Presence::Optional}};
inline constexpr std::array kFaults{file_fields::kListName,
                                    Field{.name = "data",
                                          .type = Type::List,
                                          .range = {0, kLineFaultsMax, "fault"},
                                          .en = "The first faults",
                                          .zh = "前若干个错误",
                                          .fields = kFault,
                                          .item = Type::Object}};
inline constexpr std::array kCounts{Field{.name = "total",
                                          .type = Type::Integer,
                                          .range = {0, kBatchLinesMax, "line"},
                                          .en = "Lines of the input",
                                          .zh = "总行数"},
                                    Field{.name = "completed",
                                          .type = Type::Integer,
                                          .range = {0, kBatchLinesMax, "line"},
                                          .en = "Lines in the output file",
                                          .zh = "已成功的行数"},
                                    Field{.name = "failed",
                                          .type = Type::Integer,
                                          .range = {0, kBatchLinesMax, "line"},
                                          .en = "Lines in the error file",
                                          .zh = "已失败的行数"}};

constexpr Field time_field(std::string_view name, std::string_view en, std::string_view zh,
                           Presence presence = Presence::Optional) {
    return {.name = name,
            .type = Type::Integer,
            .range = {0, INT64_MAX, "s"},
            .en = en,
            .zh = zh,
            .presence = presence};
}
constexpr Field file_field(std::string_view name, std::string_view en, std::string_view zh) {
    return {.name = name, .en = en, .zh = zh, .presence = Presence::Optional};
}

inline constexpr std::array kReply{
    kId,
    Field{.name = "object", .en = "Always batch", .zh = "固定为 batch", .choices = kObject},
    kEndpoint,
    Field{.name = "errors",
          .type = Type::Object,
          .en = "What is wrong with the input of a batch that failed",
          .zh = "失败的批处理的输入错误",
          .presence = Presence::Optional,
          .fields = kFaults},
    kInput,
    kWindow,
    Field{.name = "status", .en = "How far it has come", .zh = "状态", .choices = kBatchStateNames},
    file_field("output_file_id", "Answers, one a line", "结果文件编号，每行一个回复"),
    file_field("error_file_id", "Lines that failed", "错误文件编号，列出失败的行"),
    time_field("created_at", "Seconds since 1970", "创建时间（1970 年以来的秒数）",
               Presence::Required),
    time_field("in_progress_at", "When its input was found good", "开始执行的时间"),
    time_field("expires_at", "What is not begun then, will not be", "到期时间，此后不再执行",
               Presence::Required),
    time_field("finalizing_at", "When its lines were done", "开始汇总结果的时间"),
    time_field("completed_at", "When its files were there", "完成时间"),
    time_field("failed_at", "When its input was found bad", "失败时间"),
    time_field("expired_at", "When it ended late", "过期时间"),
    time_field("cancelling_at", "When somebody cancelled it", "请求取消的时间"),
    time_field("cancelled_at", "When it ended cancelled", "取消完成的时间"),
    Field{.name = "request_counts",
          .type = Type::Object,
          .en = "Its lines",
          .zh = "行数统计",
          .fields = kCounts},
    kMetadata};

inline constexpr std::array kListReply{file_fields::kListName,
                                       Field{.name = "data",
                                             .type = Type::List,
                                             .range = {0, kBatchesPageMax, "batch"},
                                             .en = "The batches",
                                             .zh = "批处理",
                                             .fields = kReply,
                                             .item = Type::Object},
                                       file_fields::kFirstId, file_fields::kLastId,
                                       file_fields::kHasMore};
inline constexpr std::array kListQuery{file_fields::kProject,
                                       Field{.name = "limit",
                                             .type = Type::Integer,
                                             .range = {1, kBatchesPageMax, "batch"},
                                             .en = "How many at most; 20 if absent",
                                             .zh = "最多返回的数量，缺省为 20",
                                             .presence = Presence::Optional},
                                       file_fields::kAfter};
inline constexpr std::array kHeaders{http::kIdempotencyKey};

}  // namespace batch_fields

inline constexpr std::array kBatchErrors{&kNoBatch};
inline constexpr std::array kListBatchesErrors{&kNoBatch, &kProjectNotNamed};
inline constexpr std::array kCreateBatchErrors{&kBadCall, &kNoFile, &kTooManyBatches,
                                               &kBatchConflict};
inline constexpr std::array kCancelBatchErrors{&kNoBatch, &kBatchOver};

inline constexpr http::Route kCreateBatch{
    .method = http::Method::Post,
    .path = "/v1/batches",
    .id = "create_batch",
    .scope = "gateway:call",
    .en = "Make the calls of a file, one a line (OpenAI-compatible)",
    .zh = "逐行执行文件中的调用（兼容 OpenAI）",
    .body = http::Body::Json,
    .request = batch_fields::kBody,
    .response = batch_fields::kReply,
    .errors = kCreateBatchErrors,
    .headers = batch_fields::kHeaders,
    .response_name = "Batch"};
inline constexpr http::Route kListBatches{.method = http::Method::Get,
                                          .path = "/v1/batches",
                                          .id = "list_batches",
                                          .scope = "gateway:call",
                                          .en = "Batches of the project (OpenAI-compatible)",
                                          .zh = "项目的批处理（兼容 OpenAI）",
                                          .query = batch_fields::kListQuery,
                                          .response = batch_fields::kListReply,
                                          .errors = kListBatchesErrors};
inline constexpr http::Route kGetBatch{.method = http::Method::Get,
                                       .path = "/v1/batches/{id}",
                                       .id = "get_batch",
                                       .scope = "gateway:call",
                                       .en = "A batch (OpenAI-compatible)",
                                       .zh = "查看批处理（兼容 OpenAI）",
                                       .path_parameters = batch_fields::kPath,
                                       .response = batch_fields::kReply,
                                       .errors = kBatchErrors,
                                       .response_name = "Batch"};
inline constexpr http::Route kCancelBatch{
    .method = http::Method::Post,
    .path = "/v1/batches/{id}/cancel",
    .id = "cancel_batch",
    .scope = "gateway:call",
    .en = "Begin no more lines of a batch (OpenAI-compatible)",
    .zh = "取消批处理，不再执行后续各行（兼容 OpenAI）",
    .path_parameters = batch_fields::kPath,
    .body = http::Body::Raw,
    .response = batch_fields::kReply,
    .errors = kCancelBatchErrors,
    .body_bytes_max = 1'024,
    .response_name = "Batch"};

class BatchHandler {
public:
    explicit BatchHandler(BatchService& batches) noexcept : batches_(batches) {}

    boost::asio::awaitable<http::Response> create(http::Request request);
    boost::asio::awaitable<http::Response> list(http::Request request);
    boost::asio::awaitable<http::Response> get(http::Request request);
    boost::asio::awaitable<http::Response> cancel(http::Request request);

private:
    BatchService& batches_;
};

}  // namespace kapok::models
