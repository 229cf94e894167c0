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

inline constexpr std::array kErrors{&kBadCall, &kNotJson, &kRepeatedMember, &kMissingMember,
                                    &kBadUpstream};
static_assert(core::languages_agree(kErrors));

}  // namespace kapok::models
