#pragma once

// What `kapok config show` says of the limits of process: every constant of limits.h that is no
// setting, as tidy checks, with its unit and its meaning.

#include <array>

#include "core/limit.h"
#include "platform/process/limits.h"

namespace kapok::platform::process {

inline constexpr std::array kLimitTable{
    core::limit("process.record_bytes_max", kRecordBytesMax, "byte",
                "Of an attempt's spec, state or result", "一次运行的规格、状态或结果的长度"),
    core::limit("process.attempt_name_bytes_max", kAttemptNameBytesMax, "byte",
                "Of an attempt's name", "运行名称的长度"),
    core::limit("process.arguments_max", kArgumentsMax, "argument", "Of a command",
                "命令的参数个数"),
    core::limit("process.mounts_max", kMountsMax, "mount", "Of an attempt", "一次运行的挂载数"),
    core::limit("process.open_files_default", kOpenFilesDefault, "file",
                "That an attempt may have open if nothing is said",
                "未指定时一次运行可打开的文件数"),
    core::limit("process.temporary_bytes_default", kTemporaryBytesDefault, "byte",
                "Of an attempt's private /tmp if nothing is said",
                "未指定时一次运行私有 /tmp 的大小"),
    core::limit("process.folder_depth_max", kFolderDepthMax, "level",
                "Of an attempt's folder; deeper ones are over their quota",
                "运行目录的层数，更深即视为超出配额"),
    core::time_limit("process.check_interval", kCheckInterval,
                     "Between two looks at a running attempt", "查看一次运行的间隔"),
    core::time_limit("process.drain_timeout", kDrainTimeout, "Killed processes may take to go",
                     "被终止的进程退出的时限"),
    core::time_limit("process.probe_timeout", kProbeTimeout,
                     "A probe of the node's isolation may take", "探测节点隔离能力的时限"),
    core::limit("process.sandbox_processes", kSandboxProcesses, "process",
                "By which the sandbox raises an attempt's limit", "沙箱自身占用的进程数"),
    core::limit("process.user_first", kUserFirst, "uid", "The first of the users that jobs run as",
                "运行作业的用户编号起点"),
    core::limit("process.user_end", kUserEnd, "uid", "The end of the users that jobs run as",
                "运行作业的用户编号终点"),
    core::limit("process.users_per_project", kUsersPerProject, "uid", "Of one project",
                "一个项目的用户编号数"),
};

}  // namespace kapok::platform::process
