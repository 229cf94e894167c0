#pragma once

// What every command that touches an installation's state needs: its folder, its master key and its
// database with all tables. `kapok serve` and `kapok admin` both begin here.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

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
    // Where the database was copied to, if this start has migrated it.
    std::optional<std::filesystem::path> copy_before_migration;
};

// The name that a data folder has for ever, by which what its server left behind is found: what the
// folder says, or nothing.
[[nodiscard]] std::optional<std::string> known_server_id(const std::filesystem::path& folder);
// The same; given to the folder if it has none.
[[nodiscard]] core::Result<std::string> server_id_of(const std::filesystem::path& folder,
                                                     const core::Clock& clock,
                                                     core::Random& random);

// Where state is, and how its database is opened.
[[nodiscard]] std::filesystem::path data_folder(const platform::config::Config& config);
[[nodiscard]] platform::db::Options database_options(const platform::config::Config& config,
                                                     const std::filesystem::path& folder);
// The file of a SQLite database.
[[nodiscard]] std::optional<std::filesystem::path> sqlite_file(
    const platform::db::Options& options);
// Where objects lie: in the data folder, or where the servers that share a database share them.
[[nodiscard]] std::filesystem::path objects_folder(const platform::config::Config& config,
                                                   const std::filesystem::path& folder);
// The tables of all modules.
[[nodiscard]] std::vector<platform::db::Migration> all_migrations();
[[nodiscard]] platform::crypto::Suite suite_of(const platform::config::Config& config);
// Derived from the master key, so that every server of an installation signs alike.
[[nodiscard]] core::Result<platform::crypto::PrivateKey> signer_of(
    const platform::crypto::MasterKey& master, platform::crypto::Suite suite);

[[nodiscard]] core::Result<Foundation> open_foundation(const platform::config::Config& config,
                                                       const core::Clock& clock,
                                                       core::Random& random);

}  // namespace kapok::app
