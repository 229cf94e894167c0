#pragma once

// What can go wrong when a program is started, confined or watched, and what a node lacks for it.

#include <array>

#include "core/result.h"

namespace kapok::platform::process {

inline constexpr core::ErrorCode kSystem{"process.system", core::ErrorKind::Internal,
                                         "{action} failed on {path}: {reason}",
                                         "对 {path} 执行 {action} 失败：{reason}"};
inline constexpr core::ErrorCode kCannotStart{"process.cannot_start", core::ErrorKind::Internal,
                                              "{program} cannot be started ({step}): {reason}",
                                              "无法启动 {program}（{step}）：{reason}"};
inline constexpr core::ErrorCode kProgramMissing{
    "process.program_missing", core::ErrorKind::NotFound,
    "the program {program} is not installed or not in PATH",
    "程序 {program} 未安装，或不在 PATH 中"};
inline constexpr core::ErrorCode kSandboxFailed{"process.sandbox_failed", core::ErrorKind::Internal,
                                                "the sandbox could not be built: {reason}",
                                                "无法建立沙箱：{reason}"};

inline constexpr core::ErrorCode kBadSpec{"process.bad_spec", core::ErrorKind::InvalidArgument,
                                          "{field} must be {expected}", "{field} 应为 {expected}"};
inline constexpr core::ErrorCode kBadRecord{"process.bad_record", core::ErrorKind::Internal,
                                            "{path} is not a record of an attempt: {reason}",
                                            "{path} 不是有效的运行记录：{reason}"};
inline constexpr core::ErrorCode kOutsideFolder{
    "process.outside_folder", core::ErrorKind::InvalidArgument,
    "{name} is not a file inside the working folder; a name must be relative, without links and "
    "without ..",
    "{name} 不是工作目录内的文件；名称应为相对路径，不含链接和 .."};
inline constexpr core::ErrorCode kNotAFile{"process.not_a_file", core::ErrorKind::InvalidArgument,
                                           "{name} is not a regular file", "{name} 不是普通文件"};
inline constexpr core::ErrorCode kNoSuchFile{"process.no_such_file", core::ErrorKind::NotFound,
                                             "there is no file {name}", "没有文件 {name}"};
inline constexpr core::ErrorCode kAlreadySupervised{
    "process.already_supervised", core::ErrorKind::Conflict,
    "attempt {attempt} has a supervisor already; it is not run twice",
    "运行 {attempt} 已有监管进程，不会再次执行"};
inline constexpr core::ErrorCode kStillAlive{
    "process.still_alive", core::ErrorKind::Unavailable,
    "processes of attempt {attempt} are still alive: {processes}",
    "运行 {attempt} 仍有进程存活：{processes}"};
inline constexpr core::ErrorCode kNoUsersLeft{
    "process.no_users_left", core::ErrorKind::LimitExceeded,
    "this node has no user ids left for another project; {limit} projects have one",
    "本节点已无可分配给新项目的用户标识；已有 {limit} 个项目占用"};

// What a node may lack. Each text says what to do about it.
inline constexpr core::ErrorCode kNoBubblewrap{
    "process.no_bubblewrap", core::ErrorKind::PreconditionFailed,
    "bubblewrap is not installed; run: apt-get install bubblewrap",
    "未安装 bubblewrap；请执行：apt-get install bubblewrap"};
inline constexpr core::ErrorCode kNoUserNamespaces{
    "process.no_user_namespaces", core::ErrorKind::PreconditionFailed,
    "users without privileges cannot make namespaces ({reason}); set "
    "kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0 and "
    "user.max_user_namespaces above 0 with sysctl, and do not run the agent in a chroot",
    "非特权用户无法创建命名空间（{reason}）；请用 sysctl 设置 kernel.unprivileged_userns_clone=1、"
    "kernel.apparmor_restrict_unprivileged_userns=0 且 user.max_user_namespaces "
    "大于 0，并且不要在 chroot 中运行代理"};
inline constexpr core::ErrorCode kNoCgroups{
    "process.no_cgroups", core::ErrorKind::PreconditionFailed,
    "no cgroup file system is mounted; mount cgroup2 on /sys/fs/cgroup",
    "未挂载 cgroup 文件系统；请将 cgroup2 挂载到 /sys/fs/cgroup"};
inline constexpr core::ErrorCode kCgroupsNotDelegated{
    "process.cgroups_not_delegated", core::ErrorKind::PreconditionFailed,
    "the agent may not make cgroups ({reason}); run it as root or set Delegate=yes in its systemd "
    "unit",
    "代理无权创建 cgroup（{reason}）；请以 root 运行，或在其 systemd 单元中设置 Delegate=yes"};
inline constexpr core::ErrorCode kNoController{
    "process.no_controller", core::ErrorKind::PreconditionFailed,
    "the cgroup controller {controller} is missing; enable it (kernel option "
    "cgroup_enable={controller}, or cgroup.subtree_control of the parent group)",
    "缺少 cgroup 控制器 {controller}；请启用（内核参数 cgroup_enable={controller}，或父组的 "
    "cgroup.subtree_control）"};
inline constexpr core::ErrorCode kNoSeccomp{
    "process.no_seccomp", core::ErrorKind::PreconditionFailed,
    "the kernel has no seccomp filters; use one built with CONFIG_SECCOMP_FILTER",
    "内核不支持 seccomp 过滤；请使用启用 CONFIG_SECCOMP_FILTER 的内核"};
inline constexpr core::ErrorCode kNoPidfd{"process.no_pidfd", core::ErrorKind::PreconditionFailed,
                                          "the kernel has no pidfd_open; use Linux 5.4 or newer",
                                          "内核不支持 pidfd_open；请使用 Linux 5.4 或更新版本"};
inline constexpr core::ErrorCode kNoOwnUsers{
    "process.no_own_users", core::ErrorKind::PreconditionFailed,
    "the agent is not root, so all projects would run as its own user; run it as root",
    "代理未以 root 运行，所有项目将共用其自身用户；请以 root 运行代理"};
inline constexpr core::ErrorCode kIsolationMissing{
    "process.isolation_missing", core::ErrorKind::PreconditionFailed,
    "this node runs only its own operator's jobs, since it lacks: {features}",
    "本节点仅可运行其运营方自己的作业，因为缺少：{features}"};

inline constexpr std::array kErrors{
    &kSystem,          &kCannotStart,       &kProgramMissing, &kSandboxFailed,
    &kBadSpec,         &kBadRecord,         &kOutsideFolder,  &kNotAFile,
    &kNoSuchFile,      &kAlreadySupervised, &kStillAlive,     &kNoUsersLeft,
    &kNoBubblewrap,    &kNoUserNamespaces,  &kNoCgroups,      &kCgroupsNotDelegated,
    &kNoController,    &kNoSeccomp,         &kNoPidfd,        &kNoOwnUsers,
    &kIsolationMissing};
static_assert(core::languages_agree(kErrors));

}  // namespace kapok::platform::process
