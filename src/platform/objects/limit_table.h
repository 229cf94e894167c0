#pragma once

// What `kapok config show` says of the limits of objects: every constant of limits.h that is no
// setting, as tidy checks, with its unit and its meaning.

#include <array>

#include "core/limit.h"
#include "platform/objects/limits.h"

namespace kapok::platform::objects {

inline constexpr std::array kLimitTable{
    core::limit("objects.name_bytes_max", kNameBytesMax, "byte", "Of an object's name",
                "对象名称的长度"),
    core::limit("objects.name_part_bytes_max", kNamePartBytesMax, "byte",
                "Of a part of an object's name", "对象名称一段的长度"),
    core::limit("objects.name_parts_max", kNamePartsMax, "part", "Of an object's name",
                "对象名称的段数"),
    core::limit("objects.list_max", kListMax, "object", "Listed at once", "一次列出的对象数"),
    core::limit("objects.chunk_bytes", kChunkBytes, "byte",
                "Of a chunk of an object, each with a checksum", "对象分块的长度，每块有校验和"),
    core::limit("objects.object_bytes_max", kObjectBytesMax, "byte", "Of an object", "对象的大小"),
};

}  // namespace kapok::platform::objects
