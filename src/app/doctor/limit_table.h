#pragma once

// What `kapok config show` says of where the doctor begins to worry: every constant of limits.h, as
// tidy checks, with its unit and its meaning.

#include <array>

#include "app/doctor/limits.h"
#include "core/limit.h"

namespace kapok::app::doctor {

inline constexpr std::array kLimitTable{
    core::limit("doctor.free_bytes_fail", kFreeBytesFail, "byte", "With less room the doctor fails",
                "剩余空间低于此值时诊断失败"),
    core::limit("doctor.free_bytes_warn", kFreeBytesWarn, "byte", "With less room the doctor warns",
                "剩余空间低于此值时诊断警告"),
    core::limit("doctor.free_files_warn", kFreeFilesWarn, "file",
                "With fewer free inodes the doctor warns", "剩余 inode 低于此值时诊断警告"),
    core::limit("doctor.syncs", kSyncs, "write", "That the doctor times",
                "诊断时计时的落盘写入次数"),
    core::time_limit("doctor.sync_warn", kSyncWarn,
                     "A durable write that takes longer is warned of", "落盘写入超过此时长则警告"),
    core::time_limit("doctor.sync_fail", kSyncFail,
                     "A durable write that takes longer is a failure", "落盘写入超过此时长则失败"),
    core::time_limit("doctor.certificate_soon", kCertificateSoon,
                     "Before a TLS certificate ends the doctor warns", "TLS 证书到期前的警告时间"),
    core::time_limit("doctor.agent_certificate_soon", kAgentCertificateSoon,
                     "Before an agent's certificate ends the doctor warns",
                     "代理证书到期前的警告时间"),
    core::time_limit("doctor.clock_skew", kClockSkew, "That is taken for a wrong clock",
                     "视为时钟错误的偏差"),
    core::limit("doctor.tail_events", kTailEvents, "event", "Of the log's end that are hashed anew",
                "重新计算哈希的日志末尾事件数"),
    core::limit("doctor.waiting_events_warn", kWaitingEventsWarn, "event",
                "With more that wait for a number the doctor warns", "待编号事件超过此数则警告"),
    core::time_limit("doctor.checkpoint_late", kCheckpointLate,
                     "A checkpoint that is older is late", "检查点超过此时长视为延迟"),
    core::limit("doctor.agents_looked_at", kAgentsLookedAt, "agent", "At most, in one run",
                "一次诊断最多查看的代理数"),
    core::limit("doctor.journal_bytes_warn", kJournalBytesWarn, "byte",
                "With more that waits to be sent the doctor warns",
                "待发送的日志超过此大小则警告")};

}  // namespace kapok::app::doctor
