#pragma once

// The routes of imports: weights on their way into the catalogue.

#include <array>
#include <span>

#include <boost/asio/awaitable.hpp>

#include "core/limits.h"
#include "identity/errors.h"
#include "models/errors.h"
#include "models/imports_service.h"
#include "models/limits.h"
#include "platform/http/message.h"
#include "platform/http/route.h"
#include "platform/http/sorted_page.h"

namespace kapok::models {

namespace http = platform::http;

namespace import_fields {

using http::Field;
using http::Presence;
using http::Type;

inline constexpr Field kId{.name = "id",
                           .type = Type::Id,
                           .en = "Id of the import",
                           .zh = "导入任务编号",
                           .id_prefix = "imp"};
inline constexpr Field kName{.name = "name",
                             .range = {1, kModelNameBytesMax, "byte"},
                             .en = "What a call will name",
                             .zh = "导入后调用时使用的名称"};
inline constexpr Field kSource{
    .name = "source",
    .range = {1, kSourceBytesMax, "byte"},
    .en =
        "https://…/FILE, hub:OWNER/NAME:FILE, hub:OWNER/NAME@REVISION:FILE, file:NAME (in the "
        "server's DATA/models/inbox) or upload:NAME",
    .zh =
        "https://…/文件、hub:所有者/名称:文件、hub:所有者/名称@版本:文件、file:名称（位于服务器的 "
        "DATA/models/inbox）或 upload:名称"};
inline constexpr Field kCapability{.name = "capability",
                                   .en = "What it is to be served for",
                                   .zh = "用途：chat 为对话，embeddings 为向量",
                                   .choices = kCapabilityNames};

inline constexpr std::array kBody{
    Field{.name = "id",
          .type = Type::Id,
          .en = "Id made by the client, so that a retry imports once",
          .zh = "由客户端生成的编号，重试时不会重复导入",
          .presence = Presence::Optional,
          .id_prefix = "imp"},
    kName,
    kSource,
    Field{
        .name = "sha256",
        .range = {64, 64, "byte"},
        .en = "What the file must have, as 64 hexadecimal digits; absent: it is computed and shown",
        .zh = "文件应有的 SHA-256（64 位十六进制）；缺省时计算并显示",
        .presence = Presence::Optional},
    Field{.name = "license",
          .range = {1, 128, "byte"},
          .en = "Licence, as SPDX writes it; absent: what the file says",
          .zh = "许可证（SPDX 写法）；缺省时以文件所述为准",
          .presence = Presence::Optional},
    Field{.name = "description",
          .range = {0, core::kTextBytesMax, "byte"},
          .en = "For people",
          .zh = "说明",
          .presence = Presence::Optional},
    Field{.name = "capability",
          .en = "What it is to be served for; absent: chat",
          .zh = "用途；缺省为 chat（对话），embeddings 为向量",
          .presence = Presence::Optional,
          .choices = kCapabilityNames},
    Field{.name = "context_window",
          .type = Type::Integer,
          .range = {1, kTokensMax, "token"},
          .en = "Prompt and reply together, at most what the file says; absent: just that",
          .zh = "上下文窗口，不超过文件所述；缺省时以文件所述为准",
          .presence = Presence::Optional},
    Field{.name = "bytes",
          .type = Type::Integer,
          .range = {1, kWeightsBytesMax, "byte"},
          .en = "Of the file, for an upload",
          .zh = "上传文件的字节数",
          .presence = Presence::Optional},
};
inline constexpr std::array kReply{
    kId,
    kName,
    Field{.name = "state", .en = "How far it is", .zh = "状态", .choices = kImportStateNames},
    Field{.name = "received_bytes",
          .type = Type::Integer,
          .range = {0, kWeightsBytesMax, "byte"},
          .en = "That are here, durably",
          .zh = "已接收并落盘的字节数"},
    Field{.name = "total_bytes",
          .type = Type::Integer,
          .range = {0, kWeightsBytesMax, "byte"},
          .en = "Of the whole file; absent until its source says",
          .zh = "文件总字节数；来源说明之前缺省",
          .presence = Presence::Optional},
    kSource,
    Field{.name = "model",
          .type = Type::Id,
          .en = "Model that it made; absent until it is done",
          .zh = "导入得到的模型；完成之前缺省",
          .presence = Presence::Optional,
          .id_prefix = "mdl"},
    Field{.name = "sha256",
          .range = {0, 64, "byte"},
          .en = "Of the file, as computed; empty until all of it is here",
          .zh = "计算得到的 SHA-256；文件完整之前为空"},
    Field{.name = "expected_sha256",
          .range = {0, 64, "byte"},
          .en = "That was asked for, or empty",
          .zh = "要求的 SHA-256，或为空"},
    kCapability,
    Field{.name = "problem_code",
          .range = {0, 128, "byte"},
          .en = "Why it failed: a code of `kapok explain`, or empty",
          .zh = "失败原因代码（可用 kapok explain 查询），或为空"},
    Field{.name = "problem",
          .range = {0, core::kTextBytesMax, "byte"},
          .en = "Why it failed, in a sentence",
          .zh = "失败原因"},
    Field{.name = "organization",
          .type = Type::Id,
          .en = "Whose model it becomes",
          .zh = "所属机构",
          .id_prefix = "org"},
    Field{.name = "created_at", .type = Type::Time, .en = "When it was begun", .zh = "开始时间"},
    Field{.name = "updated_at",
          .type = Type::Time,
          .en = "When it was last heard of",
          .zh = "最近更新时间"},
};
inline constexpr std::array kListQuery{
    Field{.name = "state",
          .en = "Only imports in it",
          .zh = "只看该状态的导入",
          .presence = Presence::Optional,
          .choices = kImportStateNames},
    Field{.name = "model",
          .type = Type::Id,
          .en = "Only imports of this model",
          .zh = "只看该模型的导入",
          .presence = Presence::Optional,
          .id_prefix = "mdl"},
    Field{.name = "name",
          .range = kName.range,
          .en = "Only imports of the model of this name",
          .zh = "只看该名称模型的导入",
          .presence = Presence::Optional},
    http::kSortByTimeField,
};
inline constexpr std::array kPath{kId};
inline constexpr std::array kPieceQuery{Field{.name = "offset",
                                              .type = Type::Integer,
                                              .range = {0, kWeightsBytesMax, "byte"},
                                              .en = "Where the piece begins in the file",
                                              .zh = "该片段在文件中的起始字节"}};

}  // namespace import_fields

inline constexpr std::array kBeginErrors{&kBadSource,
                                         &kBadDigest,
                                         &kSizeNeeded,
                                         &kNoHub,
                                         &kOperatorOnly,
                                         &kModelExists,
                                         &kImportExists,
                                         &identity::kIdempotencyKeyReused,
                                         &identity::kBadIdempotencyKey};
inline constexpr std::array kBeginHeaders{http::kIdempotencyKey};
inline constexpr std::array kImportErrors{&kNoImport};
inline constexpr std::array kPieceErrors{&kNoImport, &kImportState, &kWrongOffset,
                                         &kTooMuch,  &kOtherServer, &kCannotKeep};
inline constexpr std::array kImportChangeErrors{&kNoImport, &kImportState};

inline constexpr http::Route kListImports{.method = http::Method::Get,
                                          .path = "/api/v1/model-imports",
                                          .id = "list_model_imports",
                                          .scope = "model:read",
                                          .en = "Imports of weights, with their progress",
                                          .zh = "查询模型权重的导入及其进度",
                                          .query = import_fields::kListQuery,
                                          .reply = http::Reply::Page,
                                          .response = import_fields::kReply,
                                          .response_name = "ModelImport"};
inline constexpr http::Route kCreateImport{
    .method = http::Method::Post,
    .path = "/api/v1/model-imports",
    .id = "create_model_import",
    .scope = "model:write",
    .en = "Bring weights into the catalogue; the model is there when the import is done",
    .zh = "导入模型权重；导入完成后模型即登记入目录",
    .body = http::Body::Json,
    .request = import_fields::kBody,
    .response = import_fields::kReply,
    .status = 201,
    .errors = kBeginErrors,
    .headers = kBeginHeaders,
    .response_name = "ModelImport"};
inline constexpr http::Route kGetImport{.method = http::Method::Get,
                                        .path = "/api/v1/model-imports/{id}",
                                        .id = "get_model_import",
                                        .scope = "model:read",
                                        .en = "An import and how far it is",
                                        .zh = "查看导入任务及其进度",
                                        .path_parameters = import_fields::kPath,
                                        .response = import_fields::kReply,
                                        .errors = kImportErrors,
                                        .response_name = "ModelImport"};
inline constexpr http::Route kAppendImport{
    .method = http::Method::Put,
    .path = "/api/v1/model-imports/{id}/content",
    .id = "upload_model_import",
    .scope = "model:write",
    .en = "The next piece of an upload; after a break it goes on at received_bytes",
    .zh = "上传下一片段；中断后从 received_bytes 处继续",
    .path_parameters = import_fields::kPath,
    .query = import_fields::kPieceQuery,
    .body = http::Body::Raw,
    .response = import_fields::kReply,
    .errors = kPieceErrors,
    .body_bytes_max = kUploadPieceBytesMax,
    .response_name = "ModelImport"};
inline constexpr http::Route kResumeImport{.method = http::Method::Post,
                                           .path = "/api/v1/model-imports/{id}/resume",
                                           .id = "resume_model_import",
                                           .scope = "model:write",
                                           .en = "Let a failed import go on where it was",
                                           .zh = "从中断处继续失败的导入",
                                           .path_parameters = import_fields::kPath,
                                           .response = import_fields::kReply,
                                           .errors = kImportChangeErrors,
                                           .response_name = "ModelImport"};
inline constexpr http::Route kCancelImport{.method = http::Method::Post,
                                           .path = "/api/v1/model-imports/{id}/cancel",
                                           .id = "cancel_model_import",
                                           .scope = "model:write",
                                           .en = "End an import and throw away what is here of it",
                                           .zh = "结束导入并删除已接收的内容",
                                           .path_parameters = import_fields::kPath,
                                           .response = import_fields::kReply,
                                           .errors = kImportChangeErrors,
                                           .response_name = "ModelImport"};
inline constexpr std::array kImportRoutes{kListImports,  kCreateImport, kGetImport,
                                          kAppendImport, kResumeImport, kCancelImport};

class ImportsHandler {
public:
    explicit ImportsHandler(ImportsService& imports) noexcept : imports_(imports) {}

    boost::asio::awaitable<http::Response> list(http::Request request);
    boost::asio::awaitable<http::Response> create(http::Request request);
    boost::asio::awaitable<http::Response> get(http::Request request);
    boost::asio::awaitable<http::Response> append(http::Request request);
    boost::asio::awaitable<http::Response> resume(http::Request request);
    boost::asio::awaitable<http::Response> cancel(http::Request request);

private:
    ImportsService& imports_;
};

}  // namespace kapok::models
