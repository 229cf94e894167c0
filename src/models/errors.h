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

inline constexpr std::array kErrors{
    &kBadCall,      &kNotJson,     &kRepeatedMember,     &kMissingMember, &kBadUpstream,
    &kNoModel,      &kNotServed,   &kNoEmbeddings,       &kNoProject,     &kUpstreamFailed,
    &kNoDeployment, &kModelExists, &kNotAnsweringAsModel};
static_assert(core::languages_agree(kErrors));

}  // namespace kapok::models
