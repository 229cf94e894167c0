#pragma once

// Which names objects may have: relative paths that mean the same in a folder, in S3 and in a URL,
// and that nothing can lead outside.

#include <string_view>

#include "core/result.h"

namespace kapok::platform::objects {

[[nodiscard]] core::Result<void> check_name(std::string_view name);

}  // namespace kapok::platform::objects
