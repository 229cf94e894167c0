#pragma once

// Where the doctor begins to worry.

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace kapok::app::doctor {

inline constexpr std::uintmax_t kFreeBytesFail = std::uintmax_t{1} << 29U;  // 512 MiB
inline constexpr std::uintmax_t kFreeBytesWarn = std::uintmax_t{5} << 30U;
inline constexpr std::uintmax_t kFreeFilesWarn = 100'000;
inline constexpr int kSyncs = 5;
// Each commit waits for one: at 20 ms a change takes as long, groups of them go on.
inline constexpr std::chrono::milliseconds kSyncWarn{20};
inline constexpr std::chrono::milliseconds kSyncFail{500};
inline constexpr std::chrono::hours kCertificateSoon{24 * 21};
inline constexpr std::chrono::hours kAgentCertificateSoon{4};  // Of 24; renewed after a half.
inline constexpr std::chrono::minutes kClockSkew{5};
inline constexpr std::size_t kTailEvents = 256;
inline constexpr std::size_t kWaitingEventsWarn = 10'000;
inline constexpr std::chrono::minutes kCheckpointLate{5};
inline constexpr std::size_t kAgentsLookedAt = 10'000;
inline constexpr std::uintmax_t kJournalBytesWarn = std::uintmax_t{64} << 20U;

}  // namespace kapok::app::doctor
