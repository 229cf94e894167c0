#pragma once

// What every command that touches an installation's state needs: its folder, its master key and its
// database with all tables. `kapok serve` and `kapok admin` both begin here.

#include <filesystem>
#include <memory>

#include "core/clock.h"
#include "core/random.h"
#include "core/result.h"
#include "platform/config/config.h"
#include "platform/crypto/hash.h"
#include "platform/crypto/keys.h"
#include "platform/crypto/master_key.h"
#include "platform/db/database.h"

namespace kapok::app {

struct Foundation {
    std::filesystem::path folder;
    platform::crypto::Suite suite;
    platform::crypto::MasterKey master;
    platform::crypto::PrivateKey signer;  // Of checkpoints, decisions and evidence.
    std::unique_ptr<platform::db::Database> database;
};

[[nodiscard]] core::Result<Foundation> open_foundation(const platform::config::Config& config,
                                                       const core::Clock& clock,
                                                       core::Random& random);

}  // namespace kapok::app
