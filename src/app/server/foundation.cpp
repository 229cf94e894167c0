#include "app/server/foundation.h"

#include <chrono>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <unistd.h>

#include "app/errors.h"
#include "app/server/migration_copy.h"
#include "app/settings.h"
#include "audit/migrations.h"
#include "compute/migrations.h"
#include "exchange/migrations.h"
#include "identity/migrations.h"
#include "ledger/migrations.h"
#include "models/migrations.h"
#include "platform/crypto/bytes.h"
#include "platform/db/migrations.h"
#include "registry/migrations.h"

namespace kapok::app {
namespace {

namespace crypto = platform::crypto;
namespace db = platform::db;

constexpr std::string_view kServerIdFile = "server-id";

// Nobody else lists what is there. Of root's folder others may pass through to what they are given:
// the node's agent keeps its models there, and where a sandbox is missing an engine reads its model
// as the job's own user.
std::filesystem::perms folder_permissions() {
    using enum std::filesystem::perms;
    return ::geteuid() == 0 ? owner_all | group_exec | others_exec : owner_all;
}

core::Result<std::filesystem::path> make_folder(const platform::config::Config& config) {
    std::filesystem::path folder = data_folder(config);
    std::error_code fault;
    std::filesystem::create_directories(folder / "keys", fault);
    for (const auto& [path, allowed] :
         {std::pair(folder, folder_permissions()),
          std::pair(folder / "keys", std::filesystem::perms::owner_all)}) {
        if (!fault) {
            std::filesystem::permissions(path, allowed, fault);
        }
    }
    if (fault) {
        return core::fail(kCannotWrite, {{"file", folder.string()}, {"reason", fault.message()}});
    }
    return folder;
}

struct Opened {
    std::unique_ptr<db::Database> database;
    std::optional<std::filesystem::path> copy;
};

core::Result<Opened> open_database(const platform::config::Config& config,
                                   const std::filesystem::path& folder, const core::Clock& clock) {
    const db::Options options = database_options(config, folder);
    auto database = db::Database::open(options, clock);
    if (!database) {
        return std::unexpected(database.error());
    }
    const auto migrations = all_migrations();
    const auto file = sqlite_file(options);
    auto copy = file ? copy_before_migrating(
                           **database, *file, migrations,
                           static_cast<std::size_t>(config.integer("database.copies_kept")), clock)
                     : core::Result<std::optional<std::filesystem::path>>();
    if (!copy) {
        return std::unexpected(copy.error());
    }
    if (const auto done = (*database)->migrate(migrations); !done) {
        return std::unexpected(done.error());
    }
    return Opened{*std::move(database), *std::move(copy)};
}

}  // namespace

std::filesystem::path data_folder(const platform::config::Config& config) {
    const std::string& named = config.text("data.folder");
    return named.empty() ? default_data_folder() : named;
}

db::Options database_options(const platform::config::Config& config,
                             const std::filesystem::path& folder) {
    const std::string& url = config.text("database.url");
    db::Options options;
    options.url = url.empty() ? "sqlite:" + (folder / "kapok.db").string() : url;
    options.readers = static_cast<std::size_t>(config.integer("database.readers"));
    options.queue_max = static_cast<std::size_t>(config.integer("database.queue_max"));
    options.group_max = static_cast<std::size_t>(config.integer("database.group_max"));
    options.group_time = std::chrono::microseconds(config.integer("database.group_us"));
    return options;
}

std::optional<std::filesystem::path> sqlite_file(const db::Options& options) {
    constexpr std::string_view kSqlite = "sqlite:";
    if (!options.url.starts_with(kSqlite) || options.url == "sqlite::memory:") {
        return std::nullopt;
    }
    return options.url.substr(kSqlite.size());
}

std::filesystem::path objects_folder(const platform::config::Config& config,
                                     const std::filesystem::path& folder) {
    const std::string& shared = config.text("objects.folder");
    return shared.empty() ? folder / "objects" : std::filesystem::path(shared);
}

std::vector<db::Migration> all_migrations() {
    return db::join_migrations({identity::migrations(), audit::migrations(), ledger::migrations(),
                                registry::migrations(), exchange::migrations(),
                                compute::migrations(), models::migrations()});
}

crypto::Suite suite_of(const platform::config::Config& config) {
    return config.text("crypto.suite") == "sm" ? crypto::Suite::Sm : crypto::Suite::Intl;
}

core::Result<crypto::PrivateKey> signer_of(const crypto::MasterKey& master, crypto::Suite suite) {
    const core::Secret seed = master.derive(suite, "kapok platform signer v1", 32);
    return crypto::PrivateKey::from_raw(suite, crypto::bytes_of(seed.reveal()));
}

std::optional<std::string> known_server_id(const std::filesystem::path& folder) {
    std::ifstream file(folder / kServerIdFile);
    std::string id;
    if (!std::getline(file, id) || !core::from_base32(id)) {
        return std::nullopt;
    }
    return id;
}

core::Result<std::string> server_id_of(const std::filesystem::path& folder,
                                       const core::Clock& clock, core::Random& random) {
    if (auto known = known_server_id(folder)) {
        return *std::move(known);
    }
    const std::filesystem::path file = folder / kServerIdFile;
    std::string id = core::to_base32(core::make_uuid(clock, random));
    std::ofstream made(file);
    made << id << '\n' << std::flush;
    if (!made) {
        return core::fail(kCannotWrite, {{"file", file.string()}, {"reason", "write"}});
    }
    return id;
}

core::Result<Foundation> open_foundation(const platform::config::Config& config,
                                         const core::Clock& clock, core::Random& random) {
    const auto folder = make_folder(config);
    if (!folder) {
        return std::unexpected(folder.error());
    }
    const crypto::Suite suite = suite_of(config);
    const auto master =
        crypto::MasterKey::load_or_create(*folder, config.text("crypto.master_key_file"), random);
    if (!master) {
        return std::unexpected(master.error());
    }
    const auto signer = signer_of(*master, suite);
    if (!signer) {
        return std::unexpected(signer.error());
    }
    auto opened = open_database(config, *folder, clock);
    if (!opened) {
        return std::unexpected(opened.error());
    }
    return Foundation{
        *folder, suite, *master, *signer, std::move(opened->database), std::move(opened->copy)};
}

}  // namespace kapok::app
