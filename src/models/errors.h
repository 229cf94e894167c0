#pragma once

// The errors of models: what can be wrong with a call, a catalogue entry or a deployment.

#include <array>

#include "core/result.h"

namespace kapok::models {

using core::ErrorCode;
using core::ErrorKind;

inline constexpr ErrorCode kBadCall{"models.bad_call", ErrorKind::InvalidArgument,
                                    "{param} must be {expected}, not {actual}",
                                    "{param} 应为 {expected}，不能是 {actual}"};
inline constexpr ErrorCode kNotJson{"models.not_json", ErrorKind::InvalidArgument,
                                    "the body must be one JSON object in UTF-8: {reason}",
                                    "请求体应为一个 UTF-8 编码的 JSON 对象：{reason}"};
inline constexpr ErrorCode kRepeatedMember{
    "models.repeated_member", ErrorKind::InvalidArgument,
    "{param} is there more than once; which one counts would be a guess",
    "{param} 出现了多次；无法判断以哪一个为准"};
inline constexpr ErrorCode kMissingMember{"models.missing_member", ErrorKind::InvalidArgument,
                                          "{param} is missing", "缺少 {param}"};
inline constexpr ErrorCode kBadUpstream{
    "models.bad_upstream", ErrorKind::Unavailable,
    "the model's server answered with something that is no reply: {reason}",
    "模型服务返回了无法识别的内容：{reason}"};

inline constexpr ErrorCode kNoModel{
    "models.no_model", ErrorKind::NotFound,
    "there is no model {model}; GET /v1/models lists those that can be called",
    "没有模型 {model}；GET /v1/models 列出可调用的模型"};
inline constexpr ErrorCode kNotServed{
    "models.not_served", ErrorKind::Unavailable,
    "model {model} is in the catalogue, but no deployment of it is ready now",
    "模型 {model} 已登记，但目前没有就绪的部署"};
inline constexpr ErrorCode kNoEmbeddings{
    "models.no_embeddings", ErrorKind::InvalidArgument,
    "model {model} makes no embeddings; one that does is {other}",
    "模型 {model} 不提供向量；可用的模型是 {other}"};
inline constexpr ErrorCode kNoProject{
    "models.no_project", ErrorKind::PermissionDenied,
    "a call is paid by a project: use an API key, which is bound to one",
    "调用由项目付费：请使用绑定项目的密钥"};
inline constexpr ErrorCode kUpstreamFailed{
    "models.upstream_failed", ErrorKind::Unavailable,
    "the model's server could not be asked: {reason}; nothing was charged",
    "无法访问模型服务：{reason}；未产生费用"};
inline constexpr ErrorCode kNoDeployment{"models.no_deployment", ErrorKind::NotFound,
                                         "there is no deployment {deployment}",
                                         "没有部署 {deployment}"};
inline constexpr ErrorCode kModelExists{"models.model_exists", ErrorKind::Conflict,
                                        "{name} is a model already; take another name",
                                        "模型 {name} 已存在；请换一个名称"};
inline constexpr ErrorCode kNotAnsweringAsModel{
    "models.not_answering", ErrorKind::Unprocessable,
    "the server at {url} did not answer a test prompt as a model does: {reason}",
    "{url} 处的服务未能像模型那样回答测试提示：{reason}"};

inline constexpr ErrorCode kNotAForm{
    "models.not_a_form", ErrorKind::InvalidArgument,
    "the body must be multipart/form-data with a boundary of 1 to 70 characters",
    "请求体应为 multipart/form-data，且带有 1 至 70 个字符的 boundary"};
inline constexpr ErrorCode kBadForm{"models.bad_form", ErrorKind::InvalidArgument,
                                    "the form cannot be read: {reason}", "无法读取表单：{reason}"};
inline constexpr ErrorCode kFormField{"models.form_field", ErrorKind::InvalidArgument,
                                      "the form's field {param} must be {expected}, not {actual}",
                                      "表单字段 {param} 应为 {expected}，不能是 {actual}"};
inline constexpr ErrorCode kNoFile{"models.no_file", ErrorKind::NotFound, "there is no file {file}",
                                   "没有文件 {file}"};
inline constexpr ErrorCode kFileTooLarge{"models.file_too_large", ErrorKind::TooLarge,
                                         "a file may have at most {limit} bytes",
                                         "文件最多 {limit} 字节"};
inline constexpr ErrorCode kFilesFull{
    "models.files_full", ErrorKind::LimitExceeded,
    "the files of a project may be {files} and have {limit} bytes together; delete some first",
    "每个项目最多 {files} 个文件、合计 {limit} 字节；请先删除一些"};
inline constexpr ErrorCode kFileInUse{
    "models.file_in_use", ErrorKind::Conflict,
    "batch {batch} still reads file {file}; cancel it or wait for its end",
    "批处理 {batch} 仍在读取文件 {file}；请取消它或等待结束"};
inline constexpr ErrorCode kNoBatch{"models.no_batch", ErrorKind::NotFound,
                                    "there is no batch {batch}", "没有批处理 {batch}"};
inline constexpr ErrorCode kBatchOver{"models.batch_over", ErrorKind::Conflict,
                                      "batch {batch} is {state} and cannot be cancelled any more",
                                      "批处理 {batch} 的状态为 {state}，无法再取消"};
inline constexpr ErrorCode kTooManyBatches{
    "models.too_many_batches", ErrorKind::LimitExceeded,
    "a project may have {limit} batches under way; wait for one to end",
    "每个项目最多有 {limit} 个进行中的批处理；请等待其中之一结束"};
inline constexpr ErrorCode kBatchConflict{
    "models.batch_conflict", ErrorKind::Conflict,
    "this Idempotency-Key was used for another batch; take a new key",
    "该 Idempotency-Key 已用于另一个批处理；请换用新的键"};
inline constexpr ErrorCode kLineTaken{"models.line_taken", ErrorKind::Conflict,
                                      "line {line} of {batch} is not this attempt's any more",
                                      "{batch} 的第 {line} 行已不属于本次运行"};
inline constexpr ErrorCode kBadLine{"models.bad_line", ErrorKind::InvalidArgument,
                                    "{param} must be {expected}, not {actual}",
                                    "{param} 应为 {expected}，不能是 {actual}"};
inline constexpr ErrorCode kLineNotJson{"models.line_not_json", ErrorKind::InvalidArgument,
                                        "the line must be one JSON object in UTF-8: {reason}",
                                        "该行应为一个 UTF-8 编码的 JSON 对象：{reason}"};
inline constexpr ErrorCode kRepeatedCustomId{
    "models.repeated_custom_id", ErrorKind::InvalidArgument,
    "custom_id {custom_id} is there more than once: results could not be told apart",
    "custom_id {custom_id} 出现了多次：结果将无法区分"};
inline constexpr ErrorCode kNoLines{"models.no_lines", ErrorKind::InvalidArgument,
                                    "the file has no lines; it needs one request a line",
                                    "文件中没有内容；每行应有一个请求"};
inline constexpr ErrorCode kTooManyLines{"models.too_many_lines", ErrorKind::TooLarge,
                                         "a batch may have at most {limit} lines",
                                         "一个批处理最多 {limit} 行"};
inline constexpr ErrorCode kLineTooLong{"models.line_too_long", ErrorKind::TooLarge,
                                        "a line may have at most {limit} bytes",
                                        "一行最多 {limit} 字节"};
inline constexpr ErrorCode kBatchExpired{
    "models.batch_expired", ErrorKind::Timeout,
    "this request could not be executed before the completion window expired",
    "该请求未能在完成时限内执行"};
inline constexpr ErrorCode kBatchCancelled{
    "models.batch_cancelled", ErrorKind::Conflict,
    "this request was not executed because the batch was cancelled",
    "批处理已被取消，该请求未执行"};

inline constexpr std::array kErrors{
    &kBadCall,      &kNotJson,      &kRepeatedMember,      &kMissingMember, &kBadUpstream,
    &kNoModel,      &kNotServed,    &kNoEmbeddings,        &kNoProject,     &kUpstreamFailed,
    &kNoDeployment, &kModelExists,  &kNotAnsweringAsModel, &kNotAForm,      &kBadForm,
    &kFormField,    &kNoFile,       &kFileTooLarge,        &kFilesFull,     &kFileInUse,
    &kNoBatch,      &kBatchOver,    &kTooManyBatches,      &kBatchConflict, &kLineTaken,
    &kBadLine,      &kLineNotJson,  &kRepeatedCustomId,    &kNoLines,       &kTooManyLines,
    &kLineTooLong,  &kBatchExpired, &kBatchCancelled};
static_assert(core::languages_agree(kErrors));

}  // namespace kapok::models
