#pragma once

// Limits of objects. What an operator may change is in FolderOptions.

#include <cstddef>
#include <cstdint>

namespace kapok::platform::objects {

inline constexpr std::size_t kNameBytesMax = 1'000;
inline constexpr std::size_t kNamePartBytesMax = 200;  // File systems have 255.
inline constexpr std::size_t kNamePartsMax = 32;
inline constexpr std::size_t kListMax = 1'000;
// Part of the file format: each chunk has a checksum of its own.
inline constexpr std::size_t kChunkBytes = std::size_t{1} << 20U;
inline constexpr std::int64_t kObjectBytesMax = std::int64_t{1} << 40U;

}  // namespace kapok::platform::objects
