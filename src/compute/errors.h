#pragma once

// What can be wrong with what compute is given, or with what it does.

#include <array>

#include "core/result.h"

namespace kapok::compute {

inline constexpr core::ErrorCode kNotCanonical{
    "compute.not_canonical", core::ErrorKind::InvalidArgument,
    "the document must be canonical JSON with whole numbers, but it has {actual}",
    "文档应为只含整数的规范 JSON，但其中有 {actual}"};
inline constexpr core::ErrorCode kBadDocument{
    "compute.bad_document", core::ErrorKind::InvalidArgument, "{field} must be {expected}",
    "{field} 应为 {expected}"};

inline constexpr core::ErrorCode kBadYaml{
    "compute.bad_yaml", core::ErrorKind::InvalidArgument,
    "line {line}: {fault}; write plain YAML: mappings, lists and scalars",
    "第 {line} 行：{fault}；请使用普通 YAML：映射、列表和标量"};
inline constexpr core::ErrorCode kJobFileTooLarge{
    "compute.job_file_too_large", core::ErrorKind::TooLarge,
    "a job description has at most {limit} {unit}, not {actual}",
    "作业描述最多 {limit} {unit}，不能是 {actual}"};
inline constexpr core::ErrorCode kUnknownJobField{
    "compute.unknown_job_field", core::ErrorKind::InvalidArgument,
    "{place}: there is no field {field}, only {expected}",
    "{place}：没有字段 {field}，只有 {expected}"};
inline constexpr core::ErrorCode kMissingJobField{
    "compute.missing_job_field", core::ErrorKind::InvalidArgument,
    "{place}: {field} is missing; write {expected}", "{place}：缺少 {field}，请写成 {expected}"};
inline constexpr core::ErrorCode kBadJobField{"compute.bad_job_field",
                                              core::ErrorKind::InvalidArgument,
                                              "{place}: {field} must be {expected}, not {actual}",
                                              "{place}：{field} 应为 {expected}，不能是 {actual}"};

inline constexpr core::ErrorCode kMeasurementFailed{
    "compute.measurement_failed", core::ErrorKind::Internal,
    "{metric} could not be measured: {why}", "无法测量 {metric}：{why}"};
inline constexpr core::ErrorCode kWrongKernelResult{
    "compute.wrong_kernel_result", core::ErrorKind::Internal,
    "{metric}: {wrong} of {checked} checked results are wrong, so its speed does not count",
    "{metric}：抽查 {checked} 个结果有 {wrong} 个错误，其速度不予采信"};

inline constexpr std::array kErrors{&kNotCanonical,    &kBadDocument,       &kBadYaml,
                                    &kJobFileTooLarge, &kUnknownJobField,   &kMissingJobField,
                                    &kBadJobField,     &kMeasurementFailed, &kWrongKernelResult};
static_assert(core::languages_agree(kErrors));

}  // namespace kapok::compute
