#pragma once

// Limits of backups: what a file may make its reader do before it is known to be whole.

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace kapok::app::backup {

inline constexpr std::size_t kPassphraseLettersMin = 12;
inline constexpr std::size_t kSmallMemberBytesMax = std::size_t{16} << 20U;  // Manifest, keys.
inline constexpr std::size_t kSumsBytesMax = std::size_t{4} << 30U;          // Of all checksums.
inline constexpr std::size_t kExtendedHeaderBytesMax = 8'192;
inline constexpr std::size_t kBytesAtOnce = std::size_t{1} << 20U;
inline constexpr std::int64_t kMemberBytesMax = std::int64_t{1} << 50U;
// A statement of the proof may read a whole table.
inline constexpr std::chrono::minutes kProofStatement{30};
// What sealed keys may ask of whoever opens them.
inline constexpr std::uint32_t kPassesMax = 16;
inline constexpr std::uint64_t kMemoryBytesMax = std::uint64_t{1} << 30U;

}  // namespace kapok::app::backup
