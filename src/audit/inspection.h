#pragma once

// Reads a whole log and checks it as if the database were a stranger's: every event against its
// leaf, the columns that filters use against the event, every tile against the tiles below, every
// checkpoint's signature and root, and the checkpoints that somebody kept elsewhere. Takes time in
// proportion to the log, and the memory of one tile a level.

#include <cstdint>
#include <span>

#include "audit/checkpoint.h"
#include "audit/merkle.h"
#include "core/result.h"
#include "platform/crypto/keys.h"
#include "platform/db/database.h"

namespace kapok::audit {

struct Inspection {
    TreeHead head;                  // Of all numbered events.
    std::uint64_t checkpoints = 0;  // That were found good.
};

// kDamagedLog names the first thing that is wrong. `kept` in any order.
[[nodiscard]] core::Result<Inspection> inspect_log(platform::db::Reader& reader,
                                                   const platform::crypto::PublicKey& key,
                                                   std::span<const Checkpoint> kept = {});

}  // namespace kapok::audit
