#pragma once

// What can be wrong with how the program was started or what it was asked from the command line.

#include <array>

#include "core/result.h"

namespace kapok::app {

using core::ErrorCode;
using core::ErrorKind;

inline constexpr ErrorCode kNoFile{"app.no_file", ErrorKind::NotFound,
                                   "the file {file} cannot be read", "无法读取文件 {file}"};
inline constexpr ErrorCode kCannotWrite{"app.cannot_write", ErrorKind::Unavailable,
                                        "{file} cannot be written: {reason}",
                                        "无法写入 {file}：{reason}"};
inline constexpr ErrorCode kNoSuchCode{"app.no_such_code", ErrorKind::NotFound,
                                       "there is no error code {code}; the nearest is {nearest} "
                                       "(`kapok explain` lists all)",
                                       "没有错误代码 {code}；最接近的是 {nearest}"
                                       "（`kapok explain` 列出全部）"};
inline constexpr ErrorCode kNoCommand{"app.no_command", ErrorKind::InvalidArgument,
                                      "there is no command {command}; the nearest is {nearest} "
                                      "(`{help}` lists all)",
                                      "没有命令 {command}；最接近的是 {nearest}"
                                      "（`{help}` 列出全部）"};
inline constexpr ErrorCode kBadChoice{"app.bad_choice", ErrorKind::InvalidArgument,
                                      "{name} must be {expected}, not {actual}",
                                      "{name} 应为 {expected}，不能是 {actual}"};
inline constexpr ErrorCode kUnreachable{
    "app.unreachable", ErrorKind::Unavailable,
    "no answer from {url}: {reason}; is `kapok serve` running there?",
    "{url} 没有应答：{reason}；那里的 `kapok serve` 在运行吗？"};
inline constexpr ErrorCode kNotSignedIn{
    "app.not_signed_in", ErrorKind::Unauthenticated,
    "there is no credential for {url}: `kapok login --url {url}` or set KAPOK_TOKEN",
    "没有 {url} 的凭据：请执行 `kapok login --url {url}` 或设置 KAPOK_TOKEN"};
inline constexpr ErrorCode kServerRefused{"app.server_refused", ErrorKind::InvalidArgument,
                                          "{detail}", "{detail}"};

inline constexpr ErrorCode kKeyNeeded{
    "app.key_needed", ErrorKind::Unauthenticated,
    "calling a model needs an API key, since its project pays: `kapok key create`, then "
    "`kapok login --key` or KAPOK_TOKEN",
    "调用模型需要密钥，因为费用由其项目承担：先 `kapok key create`，再 `kapok login --key` 或设置 "
    "KAPOK_TOKEN"};

inline constexpr ErrorCode kNoPlatform{
    "app.no_platform", ErrorKind::Unavailable,
    "{url} does not tell where agents connect; is it a Kapok platform?",
    "{url} 未给出代理接入地址；它是 Kapok 平台吗？"};
inline constexpr ErrorCode kNotJoined{
    "app.not_joined", ErrorKind::Unauthenticated,
    "no agent has joined with {folder} yet; give --server URL and --token TOKEN (`kapok "
    "enrollment-token create`)",
    "{folder} 尚无入网记录；请给出 --server URL 与 --token TOKEN（`kapok enrollment-token "
    "create`）"};

inline constexpr ErrorCode kNoSuchModel{
    "app.no_such_model", ErrorKind::NotFound,
    "there is no model {model} in the catalogue; `kapok model list` shows those there are",
    "模型目录中没有 {model}；用 `kapok model list` 查看已有模型"};
inline constexpr ErrorCode kTookTooLong{
    "app.took_too_long", ErrorKind::Unavailable,
    "{what} was not done after {seconds} s (state: {state}); look at the server's log",
    "{what} 在 {seconds} 秒后仍未完成（状态：{state}）；请查看服务端日志"};
inline constexpr ErrorCode kBadPackage{"app.bad_package", ErrorKind::InvalidArgument,
                                       "{file} is no whole .tgz package",
                                       "{file} 不是完整的 .tgz 软件包"};
inline constexpr ErrorCode kNoMember{"app.no_member", ErrorKind::NotFound,
                                     "there is no file {member} in {file}",
                                     "{file} 中没有文件 {member}"};
inline constexpr ErrorCode kNoText{"app.no_text", ErrorKind::NotFound,
                                   "there is no text file (.md, .txt, .csv, …) in {folder}",
                                   "{folder} 中没有文本文件（.md、.txt、.csv 等）"};
inline constexpr ErrorCode kJobEnded{"app.job_ended", ErrorKind::Unprocessable,
                                     "job {job} ended as {state}: {log}",
                                     "作业 {job} 的结局为 {state}：{log}"};
inline constexpr ErrorCode kBooksOff{"app.books_off", ErrorKind::Internal,
                                     "the trial balance is not zero", "试算不平衡"};
inline constexpr ErrorCode kNotProven{"app.not_proven", ErrorKind::Unprocessable,
                                      "the evidence in {file} does not hold: {why}",
                                      "{file} 中的证据不成立：{why}"};

inline constexpr ErrorCode kNoValue{"app.no_value", ErrorKind::NotFound,
                                    "the answer has nothing at {pointer}: {answer}",
                                    "答复中没有 {pointer}：{answer}"};

inline constexpr ErrorCode kNoServerId{
    "app.no_server_id", ErrorKind::NotFound,
    "{folder} has no server-id; give the data folder of the server that died",
    "{folder} 中没有 server-id；请给出已退出服务器的数据目录"};

inline constexpr ErrorCode kPasswordsDiffer{"app.passwords_differ", ErrorKind::InvalidArgument,
                                            "the two new passwords differ; nothing was changed",
                                            "两次输入的新密码不一致，未作修改"};

inline constexpr std::array kErrors{
    &kNoServerId,  &kBadPackage,  &kNoMember,      &kPasswordsDiffer, &kNoValue,   &kTookTooLong,
    &kNoSuchModel, &kNoText,      &kJobEnded,      &kBooksOff,        &kNotProven, &kNoPlatform,
    &kNotJoined,   &kNoFile,      &kCannotWrite,   &kNoSuchCode,      &kNoCommand, &kBadChoice,
    &kUnreachable, &kNotSignedIn, &kServerRefused, &kKeyNeeded};
static_assert(core::languages_agree(kErrors));

}  // namespace kapok::app
