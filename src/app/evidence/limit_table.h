#pragma once

// What `kapok config show` says of the limits of evidence bundles: every constant of limits.h that
// is no setting, as tidy checks, with its unit and its meaning.

#include <array>

#include "app/evidence/limits.h"
#include "core/limit.h"

namespace kapok::app::evidence {

inline constexpr std::array kLimitTable{
    core::limit("evidence.bundle_bytes_max", kBundleBytesMax, "byte", "Of an evidence bundle",
                "证据包的大小"),
    core::limit("evidence.charges_max", kChargesMax, "charge", "Of one wallet in a bundle",
                "证据包中一个钱包的费用行数"),
    core::limit("evidence.entries_max", kEntriesMax, "entry", "Of one wallet in a bundle",
                "证据包中一个钱包的账目数"),
    core::limit("evidence.decisions_max", kDecisionsMax, "decision", "In a bundle",
                "证据包中的调度决策数"),
    core::limit("evidence.jobs_max", kJobsMax, "job", "Looked through for decisions",
                "为查找调度决策而查看的作业数"),
    core::limit("evidence.measurements_max", kMeasurementsMax, "measurement", "In a bundle",
                "证据包中的实测数"),
    core::limit("evidence.accounts_max", kAccountsMax, "account", "Listed with a trial balance",
                "试算平衡所列的账户数"),
    core::limit("evidence.faults_shown", kFaultsShown, "fault", "Of one check of a bundle",
                "证据包一项校验显示的问题数"),
    core::limit("evidence.waits_max", kWaitsMax, "wait", "For a checkpoint that covers the bundle",
                "等待覆盖证据包的检查点的次数"),
    core::time_limit("evidence.wait", kWait, "One such wait", "每次等待的时长"),
    core::limit("evidence.planned_amount_max", kPlannedAmountMax, "1",
                "The largest amount in a decision that is checked", "校验调度决策时的最大数额"),
    core::limit("evidence.planned_items_max", kPlannedItemsMax, "item",
                "In a decision that is checked", "校验调度决策时的项数"),
    core::limit("evidence.policy_number_max", kPolicyNumberMax, "1",
                "The largest number in a policy that is checked", "校验策略时的最大数值"),
    core::limit("evidence.time_limit_ms_max", kTimeLimitMsMax, "ms",
                "The longest time limit that is checked", "校验时的最长时限"),
    core::limit("evidence.cores_max", kCoresMax, "core", "Of a node that is checked",
                "校验时一个节点的核数"),
    core::limit("evidence.rate_max", kRateMax, "1", "The largest rate that is checked",
                "校验时的最大费率"),
};

}  // namespace kapok::app::evidence
