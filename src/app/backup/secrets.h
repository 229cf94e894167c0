#pragma once

// The secret part of a backup: the master key, from which all keys of the platform derive, and the
// settings, which may hold the database's password. They are sealed under a passphrase in one
// member, or lie there as they are, or are not there, as the operator chose.

#include <optional>
#include <string>
#include <string_view>

#include "app/backup/archive.h"
#include "core/random.h"
#include "core/result.h"
#include "core/secret.h"
#include "platform/crypto/hash.h"
#include "platform/crypto/passphrase.h"

namespace kapok::app::backup {

inline constexpr std::string_view kSealedMember = "secrets.sealed";
inline constexpr std::string_view kMasterKeyMember = "keys/master.key";
inline constexpr std::string_view kSettingsMember = "kapok.toml";

struct Secrets {
    core::Secret master_key;               // The content of its file.
    std::optional<core::Secret> settings;  // That of kapok.toml, if there is one.
};

[[nodiscard]] core::Result<core::Secret> check_passphrase(std::string_view typed);
// The first line of the file, which only its owner may read.
[[nodiscard]] core::Result<core::Secret> read_passphrase(const std::string& file);

[[nodiscard]] core::Result<std::string> seal_secrets(
    const Secrets& secrets, const core::Secret& passphrase, platform::crypto::Suite suite,
    core::Random& random, const platform::crypto::PasswordCost& cost = {});
// crypto::kCannotOpen if the passphrase is another one or something was changed.
[[nodiscard]] core::Result<Secrets> open_secrets(std::string_view sealed,
                                                 const core::Secret& passphrase);

}  // namespace kapok::app::backup
