#pragma once

// The system calls that no job needs and that have broken out of sandboxes before: they fail with
// EPERM inside. Everything else is allowed, since jobs are whatever people bring.

#include <string>

#include "core/result.h"
#include "platform/process/descriptor.h"

namespace kapok::platform::process {

// The filter as the kernel loads it.
[[nodiscard]] core::Result<std::string> seccomp_program();
// The same in a file in memory, at its start: what bubblewrap wants.
[[nodiscard]] core::Result<Descriptor> seccomp_file();

}  // namespace kapok::platform::process
