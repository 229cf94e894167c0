#pragma once

// The limits of audit.

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace kapok::audit {

inline constexpr std::size_t kTypeBytesMax = 96;
inline constexpr std::size_t kSubjectBytesMax = 256;
inline constexpr std::size_t kDataBytesMax = 64 * 1'024;  // Of an event's data, as it is hashed.
inline constexpr std::size_t kDataDepthMax = 16;

// The largest integer that every JSON reader keeps exactly (RFC 7493).
inline constexpr std::int64_t kExactIntegerMax = (std::int64_t{1} << 53) - 1;

inline constexpr std::size_t kEventsPerRound = 1'000;  // Numbered in one command.
inline constexpr std::uint64_t kEventsPerCheckpoint = 1'000;
inline constexpr std::chrono::milliseconds kCheckpointTime{1'000};
// A command that numbers few events costs as much as one that numbers some hundred, so events
// gather a little.
inline constexpr std::chrono::milliseconds kGatherTime{20};
// How often the database is looked at though no bell rang: other servers' events come so.
inline constexpr std::chrono::milliseconds kLookTime{1'000};
inline constexpr std::chrono::milliseconds kLeaseTime{5'000};
// How far the clocks of servers that share a database may be apart.
inline constexpr std::chrono::minutes kClockSkewMax{10};

// What a stream of events reads at once: it holds no more in memory, however slow its reader.
inline constexpr std::size_t kFeedEventsMax = 100;
inline constexpr std::size_t kFeedBytesMax = 256 * 1'024;

inline constexpr std::size_t kPageBytesMax =
    2 * 1'024 * 1'024;  // A page ends with what reaches it.

inline constexpr std::size_t kInspectedAtOnce = 1'000;  // Checkpoints in memory.

inline constexpr std::size_t kOriginBytesMax = 128;
inline constexpr std::size_t kNoteBytesMax = 64 * 1'024;
inline constexpr std::size_t kNoteSignaturesMax = 64;

}  // namespace kapok::audit
