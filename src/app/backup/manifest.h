#pragma once

// The last member but one of a backup says what the backup is: of which program, schema and
// platform, what becomes of its keys, what its database proved when it was copied, and, through
// the digest of SHA256SUMS, every byte of every member. The platform's signer signs it.

#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "app/backup/archive.h"
#include "core/clock.h"
#include "core/result.h"
#include "platform/crypto/keys.h"
#include "platform/db/copy.h"

namespace kapok::app::backup {

inline constexpr std::string_view kFormat = "kapok-backup-1";
inline constexpr std::string_view kManifestMember = "manifest.json";
inline constexpr std::string_view kSignatureMember = "manifest.sig";
inline constexpr std::string_view kSumsMember = "SHA256SUMS";
inline constexpr std::string_view kSqliteMember = "database/kapok.db";
inline constexpr std::string_view kDatabaseFolder = "database/";
inline constexpr std::string_view kObjectsFolder = "objects/";
inline constexpr std::string_view kServerIdMember = "server-id";

struct Manifest {
    std::string program;
    core::Timestamp made_at;
    platform::db::Backend backend = platform::db::Backend::Sqlite;
    platform::db::Schema schema;
    platform::db::PostgresCopy tables;  // Of PostgreSQL only.
    std::string keys;                   // "sealed", "clear" or "absent"
    std::string signer;
    std::int64_t objects = 0;
    boost::json::object proof;
    std::string sums_sha256;
};

[[nodiscard]] boost::json::object to_json(const Manifest& manifest);
[[nodiscard]] core::Result<Manifest> parse_manifest(std::string_view text);

// Puts SHA256SUMS, the manifest and its signature at the archive's end.
[[nodiscard]] core::Result<void> add_manifest(ArchiveWriter& archive, Manifest& manifest,
                                              const platform::crypto::PrivateKey& signer);
// The manifest, if it is signed by the signer that it names. Whether that is the signer of the keys
// that are restored is asked where these are known.
[[nodiscard]] core::Result<Manifest> read_manifest(const ArchiveReader& archive);
// SHA-256 by member; kDamaged if a member has none, or one has no member.
[[nodiscard]] core::Result<std::map<std::string, std::string, std::less<>>> read_sums(
    const ArchiveReader& archive, const Manifest& manifest);

}  // namespace kapok::app::backup
