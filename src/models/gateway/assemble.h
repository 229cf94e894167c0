#pragma once

// One plain reply out of the chunks of a stream. A plain call is sent upstream as a stream, because
// engines cancel only streams when their client leaves; the client gets what the engine would have
// answered by itself. Pure, and compared with the engine's own plain replies field by field.

#include <span>
#include <string>

#include "core/result.h"
#include "models/gateway/call.h"
#include "models/gateway/stream_meter.h"

namespace kapok::models {

// `chunks` are the data of the events in order, without "[DONE]"; `usage` is the final count.
[[nodiscard]] core::Result<std::string> assemble(Endpoint endpoint,
                                                 std::span<const std::string> chunks,
                                                 const TokenCount& usage);

}  // namespace kapok::models
