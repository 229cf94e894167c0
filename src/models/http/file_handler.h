#pragma once

// The OpenAI-compatible routes of files. Errors have OpenAI's shape.

#include <array>

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>

#include "identity/errors.h"
#include "models/batch/file_service.h"
#include "models/errors.h"
#include "models/limits.h"
#include "platform/http/message.h"
#include "platform/http/route.h"
#include "platform/objects/errors.h"

namespace kapok::models {

namespace file_fields {

using http::Field;
using http::Presence;
using http::Type;

inline constexpr std::array<std::string_view, 1> kObject{"file"};
inline constexpr std::array<std::string_view, 1> kListObject{"list"};
inline constexpr std::array<std::string_view, 1> kStatus{"processed"};
inline constexpr std::array<std::string_view, 2> kPurposes{kPurposeBatch, kPurposeBatchOutput};
inline constexpr std::array<std::string_view, 2> kOrders{"asc", "desc"};

// Not Type::Id: what is no id is "not found" to OpenAI's clients.
inline constexpr Field kId{
    .name = "id", .range = {1, 128, "byte"}, .en = "Id of the file", .zh = "文件编号"};
inline constexpr std::array kPath{kId};

inline constexpr std::array kReply{
    kId,
    Field{.name = "object", .en = "Always file", .zh = "固定为 file", .choices = kObject},
    Field{.name = "bytes",
          .type = Type::Integer,
          .range = {0, INT64_MAX, "byte"},
          .en = "Its size",
          .zh = "大小"},
    Field{.name = "created_at",
          .type = Type::Integer,
          .range = {0, INT64_MAX, "s"},
          .en = "Seconds since 1970",
          .zh = "创建时间（1970 年以来的秒数）"},
    Field{.name = "expires_at",
          .type = Type::Integer,
          .range = {0, INT64_MAX, "s"},
          .en = "It is deleted then, in seconds since 1970",
          .zh = "到期删除的时间（1970 年以来的秒数）",
          .presence = Presence::Optional},
    Field{.name = "filename", .en = "As its owner calls it", .zh = "文件名"},
    Field{.name = "purpose", .en = "What it is for", .zh = "用途", .choices = kPurposes},
    Field{.name = "status", .en = "It is ready", .zh = "已就绪", .choices = kStatus},
};
inline constexpr std::array kDeletedReply{
    kId,
    Field{.name = "object", .en = "Always file", .zh = "固定为 file", .choices = kObject},
    Field{.name = "deleted", .type = Type::Boolean, .en = "It is gone", .zh = "已删除"},
};
inline constexpr Field kFirstId{.name = "first_id",
                                .en = "Id of the first one here",
                                .zh = "本页第一项的编号",
                                .presence = Presence::Optional};
inline constexpr Field kLastId{.name = "last_id",
                               .en = "Id of the last one here: `after` for the next page",
                               .zh = "本页最后一项的编号，即下一页的 after",
                               .presence = Presence::Optional};
inline constexpr Field kHasMore{
    .name = "has_more", .type = Type::Boolean, .en = "More follow", .zh = "是否还有更多"};
inline constexpr Field kListName{
    .name = "object", .en = "Always list", .zh = "固定为 list", .choices = kListObject};
inline constexpr std::array kListReply{kListName,
                                       Field{.name = "data",
                                             .type = Type::List,
                                             .range = {0, kFilesPageMax, "file"},
                                             .en = "The files",
                                             .zh = "文件",
                                             .fields = kReply,
                                             .item = Type::Object},
                                       kFirstId, kLastId, kHasMore};
inline constexpr Field kAfter{.name = "after",
                              .range = {1, 128, "byte"},
                              .en = "Id of the last one seen",
                              .zh = "上一页最后一项的编号",
                              .presence = Presence::Optional};
inline constexpr Field kProject{.name = "project_id",
                                .type = Type::Id,
                                .en = "Whose: needed from a signed-in person, known of a key",
                                .zh = "所属项目；已登录的用户须给出，密钥则已绑定项目",
                                .presence = Presence::Optional,
                                .id_prefix = "prj"};
inline constexpr std::array kCreateQuery{kProject};
inline constexpr std::array kListQuery{kProject,
                                       Field{.name = "purpose",
                                             .en = "Only files for this",
                                             .zh = "只列出该用途的文件",
                                             .presence = Presence::Optional,
                                             .choices = kPurposes},
                                       Field{.name = "order",
                                             .en = "By time of creation; newest first if absent",
                                             .zh = "按创建时间排序；缺省时最新的在前",
                                             .presence = Presence::Optional,
                                             .choices = kOrders},
                                       Field{.name = "limit",
                                             .type = Type::Integer,
                                             .range = {1, kFilesPageMax, "file"},
                                             .en = "How many at most",
                                             .zh = "最多返回的数量",
                                             .presence = Presence::Optional},
                                       kAfter};

}  // namespace file_fields

inline constexpr std::array kFileErrors{&kNoFile};
inline constexpr std::array kListFilesErrors{&kNoFile, &kProjectNotNamed};
inline constexpr std::array kCreateFileErrors{&kNotAForm,
                                              &kBadForm,
                                              &kFormField,
                                              &kMissingMember,
                                              &kFileTooLarge,
                                              &kFilesFull,
                                              &kProjectNotNamed,
                                              &kNoFile,
                                              &identity::kIdempotencyKeyReused,
                                              &identity::kBadIdempotencyKey,
                                              &platform::objects::kDiskFull,
                                              &platform::objects::kFull};
inline constexpr std::array kCreateFileHeaders{http::kIdempotencyKey};
inline constexpr std::array kDeleteFileErrors{&kNoFile, &kFileInUse};

inline constexpr http::Route kCreateFile{
    .method = http::Method::Post,
    .path = "/v1/files",
    .id = "create_file",
    .scope = "gateway:call",
    .en = "Upload a file for a batch, as multipart/form-data (OpenAI-compatible)",
    .zh = "以 multipart/form-data 上传批处理文件（兼容 OpenAI）",
    .query = file_fields::kCreateQuery,
    .body = http::Body::Stream,
    .response = file_fields::kReply,
    .errors = kCreateFileErrors,
    .body_bytes_max = kFormBytesMax,
    .headers = kCreateFileHeaders,
    .response_name = "File"};
inline constexpr http::Route kListFiles{.method = http::Method::Get,
                                        .path = "/v1/files",
                                        .id = "list_files",
                                        .scope = "gateway:call",
                                        .en = "Files of the project (OpenAI-compatible)",
                                        .zh = "项目的文件（兼容 OpenAI）",
                                        .query = file_fields::kListQuery,
                                        .response = file_fields::kListReply,
                                        .errors = kListFilesErrors};
inline constexpr http::Route kGetFile{.method = http::Method::Get,
                                      .path = "/v1/files/{id}",
                                      .id = "get_file",
                                      .scope = "gateway:call",
                                      .en = "A file (OpenAI-compatible)",
                                      .zh = "查看文件（兼容 OpenAI）",
                                      .path_parameters = file_fields::kPath,
                                      .response = file_fields::kReply,
                                      .errors = kFileErrors,
                                      .response_name = "File"};
inline constexpr http::Route kGetFileContent{.method = http::Method::Get,
                                             .path = "/v1/files/{id}/content",
                                             .id = "get_file_content",
                                             .scope = "gateway:call",
                                             .en = "The bytes of a file (OpenAI-compatible)",
                                             .zh = "下载文件内容（兼容 OpenAI）",
                                             .path_parameters = file_fields::kPath,
                                             .reply = http::Reply::Raw,
                                             .errors = kFileErrors};
inline constexpr http::Route kDeleteFile{.method = http::Method::Delete,
                                         .path = "/v1/files/{id}",
                                         .id = "delete_file",
                                         .scope = "gateway:call",
                                         .en = "Delete a file (OpenAI-compatible)",
                                         .zh = "删除文件（兼容 OpenAI）",
                                         .path_parameters = file_fields::kPath,
                                         .response = file_fields::kDeletedReply,
                                         .errors = kDeleteFileErrors};

class FileHandler {
public:
    explicit FileHandler(FileService& files) noexcept : files_(files) {}

    boost::asio::awaitable<http::Response> create(http::Request request);
    boost::asio::awaitable<http::Response> list(http::Request request);
    boost::asio::awaitable<http::Response> get(http::Request request);
    boost::asio::awaitable<http::Response> content(http::Request request);
    boost::asio::awaitable<http::Response> remove(http::Request request);

private:
    FileService& files_;
};

// What both kinds of list share.
[[nodiscard]] ListQuery list_query_of(const http::Request& request, std::size_t usual_limit);
[[nodiscard]] std::int64_t to_seconds(core::Timestamp time);
[[nodiscard]] boost::json::object list_json(boost::json::array data, bool more);
[[nodiscard]] http::Response openai_refusal(const core::Error& error, const http::Request& request);

}  // namespace kapok::models
