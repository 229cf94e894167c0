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

inline constexpr std::array kErrors{&kBadEvent, &kNotCanonical, &kBadCheckpoint,
                                    &kCheckpointNotSigned};
static_assert(core::languages_agree(kErrors));

}  // namespace kapok::audit
