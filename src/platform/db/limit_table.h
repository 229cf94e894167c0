#pragma once

// What `kapok config show` says of the limits of the database layer: every constant of limits.h
// that is no setting, as tidy checks, with its unit and its meaning.

#include <array>

#include "core/limit.h"
#include "platform/db/limits.h"

namespace kapok::platform::db {

inline constexpr std::array kLimitTable{
    core::limit("db.statements_kept_max", kStatementsKeptMax, "statement",
                "Prepared ones that a connection keeps", "一个连接保留的预编译语句数"),
    core::limit("db.pipeline_max", kPipelineMax, "statement",
                "Sent to PostgreSQL before their results are read",
                "读取结果前向 PostgreSQL 发送的语句数"),
    core::limit("db.group_attempts_max", kGroupAttemptsMax, "attempt",
                "Of a group that lost to others", "一组变更因冲突重试的次数"),
    core::limit("db.cautious_groups", kCautiousGroups, "group",
                "That use savepoints from the start after one failed",
                "一次失败后从一开始就用保存点的组数"),
    core::time_limit("db.lock_wait", kLockWait, "SQLite waits for another program's transaction",
                     "SQLite 等待其他程序事务的时限"),
    core::time_limit("db.reconnect_wait_first", kReconnectWaitFirst,
                     "The first wait before PostgreSQL is connected again",
                     "重连 PostgreSQL 前的首次等待"),
    core::time_limit("db.reconnect_wait_max", kReconnectWaitMax,
                     "The longest wait before PostgreSQL is connected again",
                     "重连 PostgreSQL 前的最长等待"),
    core::time_limit("db.tell_pause", kTellPause,
                     "Other servers are told of rung bells at most so often",
                     "向其他服务器发送通知的最小间隔"),
    core::time_limit("db.silence_max", kSilenceMax,
                     "Beyond a statement's time, after which a silent PostgreSQL is given up",
                     "PostgreSQL 在语句时限之外仍无应答，超过此时长即放弃该连接"),
    core::limit("db.postgres_version_min", kPostgresVersionMin, "version",
                "The oldest PostgreSQL that is used, as it numbers itself",
                "可用的最低 PostgreSQL 版本号"),
    core::limit("db.sqlite_page_bytes", kSqlitePageBytes, "byte",
                "Of a page, as SQLite makes files", "SQLite 文件的页大小"),
    core::limit("db.copy_bytes_at_once", kCopyBytesAtOnce, "byte",
                "Of rows on their way into PostgreSQL", "写入 PostgreSQL 时每批行的字节数"),
    core::limit("db.sqlite_writer_cache_kib", kSqliteWriterCacheKib, "KiB",
                "SQLite's cache of the writer", "SQLite 写连接的缓存"),
    core::limit("db.sqlite_reader_cache_kib", kSqliteReaderCacheKib, "KiB",
                "SQLite's cache of a reader", "SQLite 读连接的缓存"),
    core::limit("db.sqlite_reader_map_bytes", kSqliteReaderMapBytes, "byte",
                "Of the database that a reader maps into memory", "SQLite 读连接的内存映射大小"),
    core::limit("db.sqlite_checkpoint_pages", kSqliteCheckpointPages, "page",
                "Of the journal after which SQLite tidies up", "SQLite 日志达到多少页后整理"),
    core::limit("db.sqlite_journal_bytes", kSqliteJournalBytes, "byte",
                "To which SQLite cuts its journal", "SQLite 日志截断后的大小"),
};

}  // namespace kapok::platform::db
