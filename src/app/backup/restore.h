#pragma once

// Makes an installation of a backup, in a new folder. What it does to the folder (and to an empty
// PostgreSQL) happens beside its place, until the audit log, hashed anew, has the root that it had,
// and the book, worked out anew, the balances. Only then it is moved there.

#include <filesystem>
#include <optional>
#include <string>

#include "app/backup/backup.h"
#include "app/backup/manifest.h"
#include "core/clock.h"
#include "core/random.h"
#include "core/result.h"
#include "core/secret.h"

namespace kapok::app::backup {

struct RestoreRequest {
    const core::Clock& clock;
    core::Random& random;
    std::filesystem::path file;
    std::filesystem::path folder;  // Empty, or not there.
    std::string database_url;      // An empty PostgreSQL, for the backup of one.
    std::optional<core::Secret> passphrase;
    std::optional<std::filesystem::path> master_key;  // Where the backup has none.
    Progress progress;
};

[[nodiscard]] core::Result<Manifest> restore_backup(const RestoreRequest& request);

}  // namespace kapok::app::backup
