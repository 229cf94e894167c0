#pragma once

// `kapok evidence export` fetches a bundle from a server; `kapok verify` checks one offline, and
// reads nothing but the file and the key that it is given.

#include <vector>

#include "app/cli/command.h"
#include "app/evidence/verify.h"

namespace kapok::app::cli {

[[nodiscard]] std::vector<Command> evidence_commands();

// What `kapok verify` prints.
[[nodiscard]] std::string report_text(const evidence::Report& report, const Invocation& invocation);

// The key in "ed25519:…" or "sm2:…", or in a file: as that text, as PEM, or as /api/v1/trust has
// it.
[[nodiscard]] core::Result<platform::crypto::PublicKey> trusted_key(const std::string& given);

}  // namespace kapok::app::cli
