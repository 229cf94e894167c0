#pragma once

// What shows that a database is the one that was backed up, and in order: the audit log read and
// hashed anew from its first event, with every signature under it, and the book worked out anew
// from its first transfer. It is taken from the copy when the backup is made, and again from what
// was restored.

#include <boost/json/object.hpp>

#include "core/result.h"
#include "platform/crypto/keys.h"
#include "platform/db/database.h"

namespace kapok::app::backup {

// {"audit": {size, root, checkpoints}, "ledger": {transfers, accounts, open_holds, trial_balance}}.
// Fails where the log or the book do not hold.
[[nodiscard]] core::Result<boost::json::object> prove(platform::db::Reader& reader,
                                                      const platform::crypto::PublicKey& signer);

}  // namespace kapok::app::backup
