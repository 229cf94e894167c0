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

inline constexpr std::array kErrors{&kBadEvent, &kNotCanonical};
static_assert(core::languages_agree(kErrors));

}  // namespace kapok::audit
