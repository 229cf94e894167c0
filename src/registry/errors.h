#pragma once

// The errors of the metric catalogue.

#include <array>

#include "core/result.h"

namespace kapok::registry {

using core::ErrorCode;
using core::ErrorKind;

inline constexpr ErrorCode kNoMetric{
    "registry.no_metric", ErrorKind::NotFound,
    "there is no metric {metric}; GET /api/v1/metrics-catalogue lists them",
    "没有指标 {metric}；可用 GET /api/v1/metrics-catalogue 查看全部指标"};
inline constexpr ErrorCode kBoundToProject{
    "registry.bound_to_project", ErrorKind::PermissionDenied,
    "a key that is bound to a project does not see the numbers of whole organizations; sign in, or "
    "look at the project's usage records",
    "绑定项目的密钥不能查看整个机构的数值；请登录后查看，或查询该项目的计量记录"};
inline constexpr ErrorCode kNotSettled{
    "registry.not_settled", ErrorKind::Unprocessable,
    "what happened until {time} is not all written down yet; ask as of {newest} at the latest",
    "截至 {time} 的数据尚未全部入库；最晚可查询 {newest} 的值"};
inline constexpr ErrorCode kBadRange{"registry.bad_range", ErrorKind::InvalidArgument,
                                     "a series ends after it begins: {from} is not before {to}",
                                     "序列的结束须晚于开始：{from} 不早于 {to}"};
inline constexpr ErrorCode kTooManyPoints{
    "registry.too_many_points", ErrorKind::InvalidArgument,
    "{from} to {to} has more than {expected} steps of {step} s; take a longer step",
    "{from} 至 {to} 以 {step} 秒为步长超过 {expected} 步；请加大步长"};
inline constexpr ErrorCode kTooManyInputs{
    "registry.too_many_inputs", ErrorKind::TooLarge,
    "there are more than {expected} inputs between {from} and {to}; ask for a shorter time",
    "{from} 至 {to} 的输入超过 {expected} 条；请缩短时间段"};

inline constexpr std::array kErrors{&kNoMetric, &kBoundToProject, &kNotSettled,
                                    &kBadRange, &kTooManyPoints,  &kTooManyInputs};
static_assert(core::languages_agree(kErrors));

}  // namespace kapok::registry
