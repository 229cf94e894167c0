#pragma once

// What can go wrong with objects.

#include <array>

#include "core/result.h"

namespace kapok::platform::objects {

inline constexpr core::ErrorCode kBadName{
    "objects.bad_name", core::ErrorKind::InvalidArgument,
    "the name must be a relative path such as jobs/1/output.txt, without . or .. or control "
    "characters, of at most {limit} bytes; {actual} is not",
    "名称应为相对路径，如 jobs/1/output.txt，不含 . 或 .. 和控制字符，最多 {limit} 字节；不能是 "
    "{actual}"};
inline constexpr core::ErrorCode kNotFound{"objects.not_found", core::ErrorKind::NotFound,
                                           "there is no {name}", "没有 {name}"};
inline constexpr core::ErrorCode kExists{"objects.exists", core::ErrorKind::Conflict,
                                         "{name} exists already", "{name} 已存在"};
inline constexpr core::ErrorCode kNameTaken{
    "objects.name_taken", core::ErrorKind::Conflict,
    "{name} is a folder of others, or lies under a name that is no folder",
    "{name} 是其他对象的目录，或其上级名称不是目录"};
inline constexpr core::ErrorCode kTooLarge{"objects.too_large", core::ErrorKind::TooLarge,
                                           "{name} must have at most {limit} bytes",
                                           "{name} 最多 {limit} 字节"};
inline constexpr core::ErrorCode kFull{"objects.full", core::ErrorKind::LimitExceeded,
                                       "all objects together must have at most {limit} bytes",
                                       "全部对象合计最多 {limit} 字节"};
inline constexpr core::ErrorCode kBadRange{"objects.bad_range", core::ErrorKind::InvalidArgument,
                                           "the range must lie within the {size} bytes of {name}",
                                           "范围应在 {name} 的 {size} 字节之内"};
inline constexpr core::ErrorCode kDiskFull{"objects.disk_full", core::ErrorKind::Unavailable,
                                           "the disk of the object store is full; free some space",
                                           "对象存储所在磁盘已满，请清理空间"};
inline constexpr core::ErrorCode kDamaged{
    "objects.damaged", core::ErrorKind::Internal,
    "{name} is damaged: its bytes do not have the checksum that they were stored with",
    "{name} 已损坏：内容与存储时的校验和不一致"};
inline constexpr core::ErrorCode kUnreadable{"objects.unreadable", core::ErrorKind::Internal,
                                             "the object store cannot use {name}: {detail}",
                                             "对象存储无法使用 {name}：{detail}"};

inline constexpr std::array kErrors{&kBadName, &kNotFound, &kExists,   &kNameTaken, &kTooLarge,
                                    &kFull,    &kBadRange, &kDiskFull, &kDamaged,   &kUnreadable};
static_assert(core::languages_agree(kErrors));

}  // namespace kapok::platform::objects
