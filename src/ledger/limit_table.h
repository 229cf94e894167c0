#pragma once

// What `kapok config show` says of the limits of ledger: every constant of limits.h that is no
// setting, as tidy checks, with its unit and its meaning.

#include <array>

#include "core/limit.h"
#include "ledger/limits.h"

namespace kapok::ledger {

inline constexpr std::array kLimitTable{
    core::limit("ledger.amount_max", kAmountMax, "micro-unit", "The largest amount of a transfer",
                "单笔转账的最大数额"),
    core::limit("ledger.batch_max", kBatchMax, "transfer", "In one command", "一次写入的转账数"),
    core::limit("ledger.unit_bytes_max", kUnitBytesMax, "byte", "Of a unit's name",
                "单位名称的长度"),
    core::limit("ledger.reference_text_bytes_max", kReferenceTextBytesMax, "byte",
                "Of a transfer's reference", "转账附言的长度"),
    core::limit("ledger.account_name_bytes_max", kAccountNameBytesMax, "byte",
                "Of an account's name", "账户名称的长度"),
    core::time_limit("ledger.timeout_max", kTimeoutMax, "A hold in the ledger lasts at most",
                     "账本中冻结的最长时间"),
    core::limit("ledger.expiries_per_command_max", kExpiriesPerCommandMax, "hold",
                "That end in one command", "一次写入中到期的冻结数"),
    core::limit("ledger.waypoint_every", kWaypointEvery, "transfer",
                "Of an account between two waypoints of its history",
                "账户历史两个路标之间的转账数"),
};

}  // namespace kapok::ledger
