#pragma once

// What `kapok config show` says of the limits of the registry: every constant of limits.h, as tidy
// checks, with its unit and its meaning.

#include <array>

#include "core/limit.h"
#include "registry/limits.h"

namespace kapok::registry {

inline constexpr std::array kLimitTable{
    core::time_limit("registry.settle_time", kSettleTime,
                     "A metric can be asked as of this long ago at the latest",
                     "指标可查询的最近时刻距当前的时长"),
    core::time_limit("registry.share_window", kShareWindow, "What a share is a share of",
                     "占比所对应的时间窗口"),
    core::time_limit("registry.sample_period", kSamplePeriod, "Between two looks at levels",
                     "两次采样之间的间隔"),
    core::time_limit("registry.sample_gap", kSampleGap,
                     "After it nobody looked, and what was is unknown",
                     "超过此间隔视为无人采样，其间未知"),
    core::time_limit("registry.sampler_lease", kSamplerLease, "Before another server samples",
                     "由另一台服务器接替采样前的时限"),
    core::time_limit("registry.series_default", kSeriesDefault,
                     "Of a series whose start is not said", "未指定起点的序列长度"),
    core::limit("registry.points_max", kPointsMax, "point", "Of one series", "一个序列的点数上限"),
    core::limit("registry.inputs_max", kInputsMax, "row", "Of one list of inputs",
                "一份输入清单的行数上限"),
    core::limit("registry.step_seconds_max", kStepSecondsMax, "s", "Between two points of a series",
                "序列相邻两点的最大间隔"),
    core::limit("registry.metric_name_bytes_max", kMetricNameBytesMax, "byte", "Of a metric's name",
                "指标名称的字节数上限")};

}  // namespace kapok::registry
