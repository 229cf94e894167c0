#pragma once

// Reads an object of a folder chunk by chunk, and gives out no byte before its chunk is checked.

#include <memory>

#include "core/result.h"
#include "platform/objects/file_system.h"
#include "platform/objects/object_file.h"
#include "platform/objects/object_store.h"

namespace kapok::platform::objects {

[[nodiscard]] core::Result<std::unique_ptr<ObjectReader>> make_folder_reader(FileDescriptor file,
                                                                             Seal seal,
                                                                             Range range);

}  // namespace kapok::platform::objects
