#pragma once

// What `kapok config show` says of the limits of exchange: every constant of limits.h that is no
// setting, as tidy checks, with its unit and its meaning.

#include <array>

#include "core/limit.h"
#include "exchange/limits.h"

namespace kapok::exchange {

inline constexpr std::array kLimitTable{
    core::limit("exchange.name_bytes_max", kNameBytesMax, "byte", "Of a product's name",
                "产品名称的长度"),
    core::limit("exchange.meter_bytes_max", kMeterBytesMax, "byte", "Of a meter's name",
                "计量项名称的长度"),
    core::limit("exchange.subject_bytes_max", kSubjectBytesMax, "byte", "Of what was used",
                "计量对象的长度"),
    core::limit("exchange.evidence_bytes_max", kEvidenceBytesMax, "byte",
                "Of the evidence in a usage record", "计量记录中证据的长度"),
    core::limit("exchange.quantity_max", kQuantityMax, "base unit",
                "The largest quantity in a usage record", "计量记录的最大数量"),
    core::limit("exchange.usage_per_command_max", kUsagePerCommandMax, "record", "In one command",
                "一次写入的计量记录数"),
    core::limit("exchange.meters_per_product_max", kMetersPerProductMax, "meter", "Of a product",
                "一个产品的计量项数"),
    core::time_limit("exchange.hold_timeout_max", kHoldTimeoutMax, "A hold lasts at most",
                     "冻结的最长时间"),
    core::time_limit("exchange.window_max", kWindowMax, "Of one usage record",
                     "一条计量记录的时间窗"),
    core::limit("exchange.usage_steps_max", kUsageStepsMax, "step", "Of one sum of usage by time",
                "一次按时间汇总用量的段数"),
};

}  // namespace kapok::exchange
