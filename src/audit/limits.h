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

inline constexpr std::size_t kOriginBytesMax = 128;
inline constexpr std::size_t kNoteBytesMax = 64 * 1'024;
inline constexpr std::size_t kNoteSignaturesMax = 64;

}  // namespace kapok::audit
