#pragma once

// What can go wrong with a database. A module turns kDuplicate into a code of its own where its
// user can do something about it; the others mostly pass through.

#include <array>

#include "core/result.h"

namespace kapok::platform::db {

inline constexpr core::ErrorCode kDuplicate{"db.duplicate", core::ErrorKind::Conflict,
                                            "this exists already ({what})", "已存在（{what}）"};
inline constexpr core::ErrorCode kConstraint{"db.constraint", core::ErrorKind::Conflict,
                                             "this contradicts what is stored ({what})",
                                             "与已存储的数据不一致（{what}）"};
inline constexpr core::ErrorCode kBadText{"db.bad_text", core::ErrorKind::InvalidArgument,
                                          "text must be UTF-8 without zero bytes",
                                          "文本应为不含零字节的 UTF-8"};
inline constexpr core::ErrorCode kBadNumber{"db.bad_number", core::ErrorKind::InvalidArgument,
                                            "what is not a number cannot be stored",
                                            "非数值不能存储"};
inline constexpr core::ErrorCode kBusy{"db.busy", core::ErrorKind::Unavailable,
                                       "{waiting} requests wait for the database; try again soon",
                                       "数据库前已有 {waiting} 个请求排队，请稍后重试"};
inline constexpr core::ErrorCode kLocked{"db.locked", core::ErrorKind::Unavailable,
                                         "another program holds the database; try again soon",
                                         "数据库被其他程序占用，请稍后重试"};
inline constexpr core::ErrorCode kConnectionLost{"db.connection_lost", core::ErrorKind::Unavailable,
                                                 "the database cannot be reached: {detail}",
                                                 "无法连接数据库：{detail}"};
inline constexpr core::ErrorCode kCommitUnknown{
    "db.commit_unknown", core::ErrorKind::Unavailable,
    "whether this was stored is not known, since the database failed just then; look before trying "
    "again",
    "数据库恰在提交时出现故障，本次写入是否生效不明，重试前请先核对"};
inline constexpr core::ErrorCode kClosed{"db.closed", core::ErrorKind::Unavailable,
                                         "the server is shutting down", "服务正在关闭"};
inline constexpr core::ErrorCode kCancelled{"db.cancelled", core::ErrorKind::Unavailable,
                                            "nobody waited any longer, and nothing was done",
                                            "请求方已不再等待，未执行任何操作"};
inline constexpr core::ErrorCode kStatementTimeout{
    "db.statement_timeout", core::ErrorKind::Timeout,
    "the database took longer than {limit} for one statement", "数据库执行一条语句超过 {limit}"};
inline constexpr core::ErrorCode kDiskFull{"db.disk_full", core::ErrorKind::Unavailable,
                                           "the disk of the database is full; free some space",
                                           "数据库所在磁盘已满，请清理空间"};
inline constexpr core::ErrorCode kDiskFailed{
    "db.disk_failed", core::ErrorKind::Unavailable,
    "the disk of the database cannot be read or written ({detail}); look at the host",
    "数据库所在磁盘无法读写（{detail}），请检查主机"};
inline constexpr core::ErrorCode kCannotOpen{"db.cannot_open", core::ErrorKind::Unavailable,
                                             "the database {url} cannot be opened: {detail}",
                                             "无法打开数据库 {url}：{detail}"};
inline constexpr core::ErrorCode kBadUrl{
    "db.bad_url", core::ErrorKind::InvalidArgument,
    "the database must be sqlite:FILE or postgres://…, not {actual}",
    "数据库地址应为 sqlite:文件 或 postgres://…，不能是 {actual}"};
inline constexpr core::ErrorCode kUnsuitable{"db.unsuitable", core::ErrorKind::Unavailable,
                                             "the database must have {expected}, not {actual}",
                                             "数据库应为 {expected}，不能是 {actual}"};
inline constexpr core::ErrorCode kCorrupt{"db.corrupt", core::ErrorKind::Internal,
                                          "the database file is damaged: {detail}",
                                          "数据库文件已损坏：{detail}"};
inline constexpr core::ErrorCode kNewerDatabase{
    "db.newer_database", core::ErrorKind::Unprocessable,
    "the database has {migration}, which this program does not know; use a newer program",
    "数据库含有本程序不认识的 {migration}，请使用更新的程序"};
inline constexpr core::ErrorCode kMigrationChanged{
    "db.migration_changed", core::ErrorKind::Unprocessable,
    "{migration} is not what was applied to this database on {applied}",
    "{migration} 与 {applied} 在本数据库上执行的内容不同"};
inline constexpr core::ErrorCode kMigrationGap{
    "db.migration_gap", core::ErrorKind::Unprocessable,
    "the database lacks {migration} but has a later one of its module",
    "数据库缺少 {migration}，却已有该模块更靠后的迁移"};
inline constexpr core::ErrorCode kBadMigration{"db.bad_migration", core::ErrorKind::Internal,
                                               "{migration} cannot be applied: {detail}",
                                               "{migration} 无法执行：{detail}"};
inline constexpr core::ErrorCode kBadStatement{"db.bad_statement", core::ErrorKind::Internal,
                                               "the database refused a statement: {detail}",
                                               "数据库拒绝执行语句：{detail}"};
inline constexpr core::ErrorCode kCommandThrew{"db.command_threw", core::ErrorKind::Internal,
                                               "a change was given up because of: {detail}",
                                               "变更因故障而放弃：{detail}"};
// The database undid a transaction in favor of another one. Commands do not see it: the writer
// runs them again, and only a command that loses each time gets it.
inline constexpr core::ErrorCode kConflict{
    "db.conflict", core::ErrorKind::Unavailable,
    "others changed the same rows at the same time; try again soon",
    "其他操作正在修改相同的数据，请稍后重试"};

inline constexpr std::array kErrors{
    &kDuplicate,        &kConstraint,     &kBadText,       &kBadNumber,        &kBusy,
    &kLocked,           &kConnectionLost, &kCommitUnknown, &kClosed,           &kCancelled,
    &kStatementTimeout, &kDiskFull,       &kDiskFailed,    &kCannotOpen,       &kBadUrl,
    &kUnsuitable,       &kCorrupt,        &kNewerDatabase, &kMigrationChanged, &kMigrationGap,
    &kBadMigration,     &kBadStatement,   &kCommandThrew,  &kConflict};
static_assert(core::languages_agree(kErrors));

}  // namespace kapok::platform::db
