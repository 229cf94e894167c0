#pragma once

// What `kapok config show` says of the limits of audit: every constant of limits.h that is no
// setting, as tidy checks, with its unit and its meaning.

#include <array>

#include "audit/limits.h"
#include "core/limit.h"

namespace kapok::audit {

inline constexpr std::array kLimitTable{
    core::limit("audit.type_bytes_max", kTypeBytesMax, "byte", "Of an event's type",
                "事件类型的长度"),
    core::limit("audit.subject_bytes_max", kSubjectBytesMax, "byte", "Of an event's subject",
                "事件主体的长度"),
    core::limit("audit.data_bytes_max", kDataBytesMax, "byte",
                "Of an event's data, as it is hashed", "事件数据（参与哈希的形式）的长度"),
    core::limit("audit.data_depth_max", kDataDepthMax, "level", "Nesting of an event's data",
                "事件数据的嵌套层数"),
    core::limit("audit.exact_integer_max", kExactIntegerMax, "1",
                "The largest integer in an event, which every JSON reader keeps exactly",
                "事件中的最大整数，各 JSON 实现均可精确保存"),
    core::limit("audit.events_per_round", kEventsPerRound, "event", "Numbered in one command",
                "一次写入中编号的事件数"),
    core::limit("audit.events_per_checkpoint", kEventsPerCheckpoint, "event",
                "Between two checkpoints at most", "两个检查点之间的事件数上限"),
    core::time_limit("audit.checkpoint_time", kCheckpointTime, "Between two checkpoints at most",
                     "两个检查点之间的最长间隔"),
    core::time_limit("audit.gather_time", kGatherTime,
                     "Events gather so long before they are numbered", "事件编号前的汇集时间"),
    core::time_limit("audit.look_time", kLookTime,
                     "Between two looks at the database though no bell rang",
                     "无通知时查看数据库的间隔"),
    core::time_limit("audit.lease_time", kLeaseTime, "The sequencer holds its lease so long",
                     "编号器租约的时长"),
    core::time_limit("audit.clock_skew_max", kClockSkewMax,
                     "Between the clocks of servers that share a database",
                     "共用数据库的各服务器时钟之差"),
    core::limit("audit.feed_events_max", kFeedEventsMax, "event",
                "Read at once for a stream of events", "事件流一次读取的条数"),
    core::limit("audit.feed_bytes_max", kFeedBytesMax, "byte",
                "Read at once for a stream of events", "事件流一次读取的字节数"),
    core::limit("audit.page_bytes_max", kPageBytesMax, "byte",
                "A page of events ends with what reaches it", "一页事件的字节数，达到即结束"),
    core::limit("audit.inspected_at_once", kInspectedAtOnce, "checkpoint",
                "In memory while a log is checked", "校验日志时同时在内存中的检查点数"),
    core::limit("audit.origin_bytes_max", kOriginBytesMax, "byte", "Of a log's name",
                "日志名称的长度"),
    core::limit("audit.note_bytes_max", kNoteBytesMax, "byte", "Of a signed checkpoint",
                "签名检查点的长度"),
    core::limit("audit.note_signatures_max", kNoteSignaturesMax, "signature", "Under a checkpoint",
                "检查点上的签名数"),
};

}  // namespace kapok::audit
