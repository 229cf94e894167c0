#pragma once

// What can be wrong with a setting.

#include <array>

#include "core/result.h"

namespace kapok::platform::config {

inline constexpr core::ErrorCode kUnknownSetting{
    "config.unknown_setting", core::ErrorKind::InvalidArgument,
    "{source} has no setting {name}; the nearest is {nearest} (`kapok config show` lists all)",
    "{source} 中没有设置 {name}；最接近的是 {nearest}（`kapok config show` 列出全部）"};
inline constexpr core::ErrorCode kBadSetting{
    "config.bad_setting", core::ErrorKind::InvalidArgument,
    "{name} from {source} must be {expected}, not {actual}",
    "来自 {source} 的 {name} 应为 {expected}，不能是 {actual}"};
inline constexpr core::ErrorCode kBadFile{"config.bad_file", core::ErrorKind::InvalidArgument,
                                          "{file} is not valid TOML: line {line}: {reason}",
                                          "{file} 不是有效的 TOML：第 {line} 行：{reason}"};

inline constexpr std::array kErrors{&kUnknownSetting, &kBadSetting, &kBadFile};
static_assert(core::languages_agree(kErrors));

}  // namespace kapok::platform::config
