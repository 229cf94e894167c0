#pragma once

// The errors of audit.

#include <array>

#include "core/result.h"

namespace kapok::audit {

inline constexpr core::ErrorCode kBadEvent{"audit.bad_event", core::ErrorKind::Internal,
                                           "{field} of an event must be {expected}, not {actual}",
                                           "审计事件的 {field} 应为 {expected}，不能是 {actual}"};
inline constexpr core::ErrorCode kNotCanonical{"audit.not_canonical",
                                               core::ErrorKind::InvalidArgument,
                                               "canonical JSON holds {expected}, not {actual}",
                                               "规范 JSON 只能包含 {expected}，不能是 {actual}"};

inline constexpr core::ErrorCode kBadCheckpoint{
    "audit.bad_checkpoint", core::ErrorKind::InvalidArgument,
    "this is not a checkpoint: it must be a signed note of origin, size, root and time",
    "这不是检查点：应为含来源、规模、根哈希和时间的签名文本"};
inline constexpr core::ErrorCode kCheckpointNotSigned{
    "audit.checkpoint_not_signed", core::ErrorKind::Unprocessable,
    "the checkpoint is not signed by {key}", "该检查点不是由 {key} 签名的"};

inline constexpr core::ErrorCode kDamagedLog{
    "audit.damaged_log", core::ErrorKind::Internal,
    "the stored event log is damaged ({what}); nothing more is signed, restore it from a backup",
    "审计日志的存储已损坏（{what}），已停止签名，请从备份恢复"};
inline constexpr core::ErrorCode kOtherLog{"audit.other_log", core::ErrorKind::Unprocessable,
                                           "this database holds the log {stored}, not {configured}",
                                           "该数据库保存的是日志 {stored}，而不是 {configured}"};
inline constexpr core::ErrorCode kUnknownEvent{"audit.unknown_event", core::ErrorKind::NotFound,
                                               "there is no event {sequence}",
                                               "没有编号为 {sequence} 的事件"};
inline constexpr core::ErrorCode kUnknownCheckpoint{
    "audit.unknown_checkpoint", core::ErrorKind::NotFound, "there is no checkpoint of size {size}",
    "没有规模为 {size} 的检查点"};
inline constexpr core::ErrorCode kNoCheckpointYet{
    "audit.no_checkpoint_yet", core::ErrorKind::NotFound,
    "there is no checkpoint yet; the first event makes one",
    "还没有检查点；第一条事件产生后即会生成"};
inline constexpr core::ErrorCode kNotCoveredYet{
    "audit.not_covered_yet", core::ErrorKind::Conflict,
    "no checkpoint of size {size} covers event {sequence}; take a later one",
    "规模为 {size} 的检查点不含事件 {sequence}，请使用更晚的检查点"};
inline constexpr core::ErrorCode kBackwards{"audit.backwards", core::ErrorKind::InvalidArgument,
                                            "from must be at most to; {from} is more than {to}",
                                            "from 不能大于 to，而 {from} 大于 {to}"};

inline constexpr std::array kErrors{
    &kBadEvent,        &kNotCanonical,  &kBadCheckpoint, &kCheckpointNotSigned,
    &kDamagedLog,      &kOtherLog,      &kUnknownEvent,  &kUnknownCheckpoint,
    &kNoCheckpointYet, &kNotCoveredYet, &kBackwards};
static_assert(core::languages_agree(kErrors));

}  // namespace kapok::audit
