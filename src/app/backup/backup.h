#pragma once

// Makes a backup of an installation while its server runs: one file with the database as it was at
// one moment, every object, and the keys as the operator chose. The database's copy is proved
// before the file gets its name, so that a backup that is there is one that can be restored.
//
// Objects are copied after the database: one that is named there was durable before, and one that
// came since is only not named. The agent of this host (DATA/agent) and downloads under way
// (DATA/models) belong to the host and are not in it.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>

#include "app/backup/manifest.h"
#include "core/clock.h"
#include "core/random.h"
#include "core/result.h"
#include "core/secret.h"
#include "platform/config/config.h"

namespace kapok::app::backup {

enum class Stage : std::uint8_t { Database, Proof, Objects };
// Bytes of the stage so far, and of all of it if that is known.
using Progress =
    std::function<void(Stage stage, std::int64_t done, std::optional<std::int64_t> total)>;

enum class Keys : std::uint8_t { Sealed, Clear, Absent };

struct BackupRequest {
    const platform::config::Config& config;
    const core::Clock& clock;
    core::Random& random;
    std::filesystem::path file;
    Keys keys = Keys::Absent;
    core::Secret passphrase;  // Where they are sealed.
    Progress progress;
};

struct Made {
    Manifest manifest;
    std::int64_t bytes = 0;
};

[[nodiscard]] core::Result<Made> make_backup(const BackupRequest& request);

// A folder for what is under way, beside or in the place where it goes; goes with this.
class Scratch {
public:
    [[nodiscard]] static core::Result<Scratch> make(const std::filesystem::path& pattern);
    Scratch(Scratch&& other) noexcept;
    Scratch& operator=(Scratch&&) = delete;
    ~Scratch();

    [[nodiscard]] const std::filesystem::path& folder() const noexcept { return folder_; }

private:
    explicit Scratch(std::filesystem::path folder) : folder_(std::move(folder)) {}

    std::filesystem::path folder_;
};

}  // namespace kapok::app::backup
