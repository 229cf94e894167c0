#pragma once

// Limits of the database layer. What an operator may change is in Options.

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace kapok::platform::db {

// Prepared statements that a connection keeps. SQL comes from constants and a few filter
// combinations, so that reaching this means texts with values pasted into them.
inline constexpr std::size_t kStatementsKeptMax = 500;
// Statements sent to PostgreSQL before their results are read: few enough that the results fit
// into the socket's buffer while both sides are writing.
inline constexpr std::size_t kPipelineMax = 256;
// How often a group is run again because others won (deadlock, lost connection).
inline constexpr int kGroupAttemptsMax = 4;
// After a group had to be undone because of one command, so many groups use savepoints from the
// start: failures seldom come alone.
inline constexpr int kCautiousGroups = 16;
// How long SQLite waits for another program's transaction.
inline constexpr std::chrono::milliseconds kLockWait{5'000};
// Reconnecting to PostgreSQL: waits between tries, doubled up to the largest.
inline constexpr std::chrono::milliseconds kReconnectWaitFirst{20};
inline constexpr std::chrono::milliseconds kReconnectWaitMax{500};
// Other servers are told of rung bells at most so often.
inline constexpr std::chrono::milliseconds kTellPause{5};
// How much longer than a statement may take a PostgreSQL may be silent before its connection is
// given up.
inline constexpr std::chrono::milliseconds kSilenceMax{5'000};
inline constexpr int kPostgresVersionMin = 150'000;

inline constexpr std::int64_t kSqlitePageBytes = 4'096;  // As SQLite makes files.
// Rows on their way into PostgreSQL.
inline constexpr std::size_t kCopyBytesAtOnce = std::size_t{64} * 1'024;
inline constexpr std::int64_t kSqliteWriterCacheKib = 64 * 1024;
inline constexpr std::int64_t kSqliteReaderCacheKib = 16 * 1024;
inline constexpr std::int64_t kSqliteReaderMapBytes = 256LL * 1024 * 1024;
inline constexpr std::int64_t kSqliteCheckpointPages = 4'000;
inline constexpr std::int64_t kSqliteJournalBytes = 64LL * 1024 * 1024;

}  // namespace kapok::platform::db
