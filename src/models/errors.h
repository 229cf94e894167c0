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
                                    "请求体应为一个 UTF-8 编码的 JSON 对象（解析器：{reason}）"};
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
inline constexpr ErrorCode kStillStarting{
    "models.still_starting", ErrorKind::Unavailable,
    "model {model} was resting and is not ready after {seconds} s; try again, or see its "
    "deployment",
    "模型 {model} 正在唤醒，{seconds} 秒内尚未就绪；请重试，或查看其部署状态"};
inline constexpr ErrorCode kNoWeights{"models.no_weights", ErrorKind::Unprocessable,
                                      "the platform keeps no weights of {model}: import them, or "
                                      "give the url of a server that has it",
                                      "平台未保存 {model} 的权重：请先导入，或给出已有服务的 url"};
inline constexpr ErrorCode kContextTooLong{
    "models.context_too_long", ErrorKind::InvalidArgument,
    "{field} must be at most {limit}, the context window of {model}",
    "{field} 不能超过 {limit}，即 {model} 的上下文窗口"};
inline constexpr ErrorCode kOwnComputeOnly{
    "models.own_compute_only", ErrorKind::InvalidArgument,
    "{field} says how the platform runs a model itself; leave it out with a url",
    "{field} 用于平台自行运行的模型；给出 url 时请省略"};
inline constexpr ErrorCode kNoEmbeddings{
    "models.no_embeddings", ErrorKind::InvalidArgument,
    "model {model} makes no embeddings; one that does is {other}",
    "模型 {model} 不提供向量；可用的模型是 {other}"};
inline constexpr ErrorCode kNoProject{
    "models.no_project", ErrorKind::PermissionDenied,
    "a call is paid by a project: use an API key, which is bound to one",
    "调用由项目付费：请使用绑定项目的密钥"};
inline constexpr ErrorCode kProjectNotNamed{
    "models.project_not_named", ErrorKind::InvalidArgument,
    "files and batches are a project's: name it by project_id, or use an API key, which is bound "
    "to one",
    "文件与批处理归属项目：请用 project_id 指定项目，或使用已绑定项目的密钥"};
inline constexpr ErrorCode kUpstreamFailed{
    "models.upstream_failed", ErrorKind::Unavailable,
    "the model's server could not be asked: {reason}; nothing was charged",
    "无法访问模型服务：{reason}；未产生费用"};
inline constexpr ErrorCode kSettledElsewhere{
    "models.settled_elsewhere", ErrorKind::Unavailable,
    "this server was silent for too long, and another one has settled the call at its last count; "
    "call again",
    "本服务器长时间无响应，调用已由另一台服务器按最后用量结算；请重新调用"};
inline constexpr ErrorCode kServerAsleep{
    "models.server_asleep", ErrorKind::Unavailable,
    "this server has lost touch with the database and takes no calls for the moment; try again",
    "本服务器与数据库暂时失去联系，暂不受理调用；请稍后重试"};
inline constexpr ErrorCode kServerLives{
    "models.server_lives", ErrorKind::Conflict,
    "server {server} is running and settles its calls itself; stop it first, or wait {seconds} s "
    "after it died",
    "服务器 {server} 正在运行，会自行结算；请先停止它，或在其退出 {seconds} 秒后重试"};
inline constexpr ErrorCode kNoDeployment{"models.no_deployment", ErrorKind::NotFound,
                                         "there is no deployment {deployment}",
                                         "没有部署 {deployment}"};
inline constexpr ErrorCode kDeploymentExists{
    "models.deployment_exists", ErrorKind::Conflict,
    "{deployment} was made with another model or server; take a new id",
    "{deployment} 已以其他模型或服务创建；请换用新编号"};
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
                                        "该行应为一个 UTF-8 编码的 JSON 对象（解析器：{reason}）"};
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

inline constexpr ErrorCode kNotGguf{
    "models.not_gguf", ErrorKind::Unprocessable,
    "the file is no GGUF model: it does not begin with the letters GGUF",
    "该文件不是 GGUF 模型：开头不是字母 GGUF"};
inline constexpr ErrorCode kBadGguf{"models.bad_gguf", ErrorKind::Unprocessable,
                                    "the file is no GGUF model that can be served: it has {reason}",
                                    "该文件不是可用的 GGUF 模型：{reason}"};
inline constexpr ErrorCode kWeightsCut{
    "models.weights_cut", ErrorKind::Unprocessable,
    "the file is cut off: it should have {expected} bytes at least and has {actual}",
    "文件不完整：至少应有 {expected} 字节，实有 {actual} 字节"};
inline constexpr ErrorCode kWrongDigest{
    "models.wrong_digest", ErrorKind::Unprocessable,
    "the weights have the SHA-256 {actual}, not {expected}; nothing was imported",
    "权重的 SHA-256 为 {actual}，而不是 {expected}；未导入"};
inline constexpr ErrorCode kBadDigest{
    "models.bad_digest", ErrorKind::InvalidArgument,
    "{field} must be a SHA-256 as 64 hexadecimal digits in lower case",
    "{field} 应为 SHA-256，即 64 位小写十六进制数字"};
inline constexpr ErrorCode kBadSource{
    "models.bad_source", ErrorKind::InvalidArgument,
    "the source must be https://…/FILE, hub:OWNER/NAME:FILE, hub:OWNER/NAME@REVISION:FILE, "
    "file:NAME or upload:NAME, not {actual}",
    "来源应为 https://…/文件、hub:所有者/名称:文件、hub:所有者/名称@版本:文件、file:名称 或 "
    "upload:名称，不能是 {actual}"};
inline constexpr ErrorCode kNoHub{
    "models.no_hub", ErrorKind::Unprocessable,
    "no hub is set; set models.hub_url to the address of one, or import from a URL",
    "尚未设置模型库；请将 models.hub_url 设为其地址，或改从网址导入"};
inline constexpr ErrorCode kSizeNeeded{
    "models.size_needed", ErrorKind::InvalidArgument,
    "an upload must say in bytes how large the file is, from 1 to {limit}",
    "上传须以 bytes 说明文件字节数，1 到 {limit}"};
inline constexpr ErrorCode kOperatorOnly{
    "models.operator_only", ErrorKind::PermissionDenied,
    "only an operator of the platform may import files of its server; upload the file instead",
    "仅平台运营方可导入服务器上的文件；请改为上传"};
inline constexpr ErrorCode kNoImport{"models.no_import", ErrorKind::NotFound,
                                     "there is no import {import}", "没有导入任务 {import}"};
inline constexpr ErrorCode kImportExists{
    "models.import_exists", ErrorKind::Conflict,
    "the import {import} was begun with another source, name or digest; take a new id",
    "导入任务 {import} 已以其他来源、名称或摘要开始；请换用新编号"};
inline constexpr ErrorCode kImportState{
    "models.import_state", ErrorKind::Conflict,
    "the import is {actual}; this can be done only while it is {expected}",
    "导入任务处于 {actual} 状态；仅在 {expected} 时可以执行此操作"};
inline constexpr ErrorCode kWrongOffset{
    "models.wrong_offset", ErrorKind::Conflict,
    "the piece begins at byte {actual}; the next byte wanted is {expected}",
    "该片段从第 {actual} 字节开始；应从第 {expected} 字节开始"};
inline constexpr ErrorCode kTooMuch{
    "models.too_much", ErrorKind::TooLarge,
    "the file has more than the {limit} bytes that were announced or are allowed",
    "文件超过了声明或允许的 {limit} 字节"};
inline constexpr ErrorCode kOtherServer{
    "models.other_server", ErrorKind::Conflict,
    "the import was begun on another server of this platform; send its pieces there",
    "该导入在平台的另一台服务器上开始；请向那台服务器发送"};
inline constexpr ErrorCode kSourceRefused{"models.source_refused", ErrorKind::Unprocessable,
                                          "{server} answered HTTP {status} for the file",
                                          "{server} 对该文件返回 HTTP {status}"};
inline constexpr ErrorCode kSourceBusy{
    "models.source_busy", ErrorKind::Unavailable,
    "{server} answered HTTP {status} for the file; resume the import later",
    "{server} 对该文件返回 HTTP {status}；请稍后继续导入"};
inline constexpr ErrorCode kBadRedirect{
    "models.bad_redirect", ErrorKind::Unprocessable,
    "{server} redirects to where this import may not follow: {target}",
    "{server} 重定向到不允许访问的地址：{target}"};
inline constexpr ErrorCode kNoRoom{
    "models.no_room", ErrorKind::Unavailable,
    "the disk has {available} bytes left, the file needs {needed}; free some space, then resume",
    "磁盘剩余 {available} 字节，文件需要 {needed} 字节；请清理空间后继续"};
inline constexpr ErrorCode kCannotKeep{"models.cannot_keep", ErrorKind::Unavailable,
                                       "{file} cannot be read or written: {reason}",
                                       "无法读写 {file}：{reason}"};
inline constexpr ErrorCode kNotStated{
    "models.not_stated", ErrorKind::Unprocessable,
    "the weights do not say their {field}; give it with the import",
    "权重未说明 {field}；请在导入时给出"};

inline constexpr std::array kErrors{&kBadCall,
                                    &kNotJson,
                                    &kRepeatedMember,
                                    &kMissingMember,
                                    &kBadUpstream,
                                    &kNoModel,
                                    &kNotServed,
                                    &kStillStarting,
                                    &kSettledElsewhere,
                                    &kServerAsleep,
                                    &kServerLives,
                                    &kNoWeights,
                                    &kContextTooLong,
                                    &kOwnComputeOnly,
                                    &kNoEmbeddings,
                                    &kNoProject,
                                    &kProjectNotNamed,
                                    &kUpstreamFailed,
                                    &kNoDeployment,
                                    &kDeploymentExists,
                                    &kModelExists,
                                    &kNotAnsweringAsModel,
                                    &kNotAForm,
                                    &kBadForm,
                                    &kFormField,
                                    &kNoFile,
                                    &kFileTooLarge,
                                    &kFilesFull,
                                    &kFileInUse,
                                    &kNoBatch,
                                    &kBatchOver,
                                    &kTooManyBatches,
                                    &kBatchConflict,
                                    &kLineTaken,
                                    &kBadLine,
                                    &kLineNotJson,
                                    &kRepeatedCustomId,
                                    &kNoLines,
                                    &kTooManyLines,
                                    &kLineTooLong,
                                    &kBatchExpired,
                                    &kBatchCancelled,
                                    &kNotGguf,
                                    &kBadGguf,
                                    &kWeightsCut,
                                    &kWrongDigest,
                                    &kBadDigest,
                                    &kBadSource,
                                    &kNoHub,
                                    &kSizeNeeded,
                                    &kOperatorOnly,
                                    &kNoImport,
                                    &kImportExists,
                                    &kImportState,
                                    &kWrongOffset,
                                    &kTooMuch,
                                    &kOtherServer,
                                    &kSourceRefused,
                                    &kBadRedirect,
                                    &kNoRoom,
                                    &kCannotKeep,
                                    &kNotStated,
                                    &kSourceBusy};
static_assert(core::languages_agree(kErrors));

}  // namespace kapok::models
