#pragma once

// The names in a folder of objects, in the order of their bytes, as far as they are wanted.

#include <functional>
#include <string>
#include <vector>

#include "core/result.h"
#include "platform/objects/file_system.h"
#include "platform/objects/object_store.h"

namespace kapok::platform::objects {

// At most `query.count` names that start with the prefix and come after `query.after`.
[[nodiscard]] core::Result<std::vector<std::string>> list_names(const FileDescriptor& objects,
                                                                const ListQuery& query);

}  // namespace kapok::platform::objects
