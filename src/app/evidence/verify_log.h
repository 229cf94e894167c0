#pragma once

// The checks of a bundle's part of the audit log: its checkpoint, what was before it, its events.

#include "app/evidence/bundle.h"
#include "app/evidence/checks.h"
#include "platform/crypto/keys.h"

namespace kapok::app::evidence {

[[nodiscard]] Check check_checkpoint(const Bundle& bundle, const platform::crypto::PublicKey& key);
[[nodiscard]] Check check_consistency(const Bundle& bundle, const platform::crypto::PublicKey& key);
[[nodiscard]] Check check_inclusion(const Bundle& bundle, const platform::crypto::PublicKey& key);

}  // namespace kapok::app::evidence
