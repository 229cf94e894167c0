#pragma once

// The supervisor is a small process of its own, one an attempt: `kapok supervise FOLDER`. It starts
// the job, keeps its limits, and writes down how it ended. The agent that started it may die, be
// replaced or be upgraded meanwhile: the supervisor does not notice, and the next agent adopts it.
// If the supervisor dies, the kernel ends the job with it, and the attempt is lost.
//
// SIGTERM to the supervisor cancels the attempt: the job gets SIGTERM, and SIGKILL after its grace.

#include <filesystem>

#include "core/clock.h"
#include "core/result.h"

namespace kapok::platform::process {

// Returns when the result is durable and no process of the job is left. An error means that nothing
// was started and no result was written: another supervisor has it, or the spec cannot be read.
// Must be called by the main thread of a program that has no other.
[[nodiscard]] core::Result<void> supervise(const std::filesystem::path& folder,
                                           const core::Clock& clock);

}  // namespace kapok::platform::process
