#include "app/backup/restore.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <map>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/backup/archive.h"
#include "app/backup/errors.h"
#include "app/backup/limits.h"
#include "app/backup/proof.h"
#include "app/backup/secrets.h"
#include "app/server/foundation.h"
#include "platform/crypto/errors.h"
#include "platform/crypto/master_key.h"
#include "platform/db/copy.h"
#include "platform/objects/folder_store.h"
#include "platform/process/descriptor.h"

namespace kapok::app::backup {
namespace {

namespace crypto = platform::crypto;
namespace db = platform::db;
namespace fs = std::filesystem;
namespace objects = platform::objects;

using core::Result;
using platform::process::Descriptor;

constexpr std::string_view kDatabaseFile = "kapok.db";
constexpr std::string_view kRowsFolder = "rows";  // Of PostgreSQL, on their way.
// The settings name places of the former host, such as its database: they wait to be looked at.
constexpr std::string_view kSettingsFile = "kapok.toml.restored";
// Made by the file system itself where a disk of its own is mounted.
constexpr std::string_view kLostAndFound = "lost+found";

std::unexpected<core::Error> cannot_write(const fs::path& file, int reason) {
    return core::fail(kCannotWrite, {{"file", file.string()}, {"reason", std::strerror(reason)}});
}

Result<void> check_folder(const fs::path& folder) {
    std::error_code fault;
    for (const auto& entry : fs::directory_iterator(folder, fault)) {
        if (entry.path().filename() != kLostAndFound) {
            return core::fail(kFolderNotEmpty, {{"folder", folder.string()}});
        }
    }
    if (fault && fault != std::errc::no_such_file_or_directory) {
        return cannot_write(folder, fault.value());
    }
    return {};
}

Result<void> sync_path(const fs::path& path) {
    const Descriptor opened(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    return opened && ::fsync(opened.get()) == 0 ? Result<void>() : cannot_write(path, errno);
}

class Restore {
public:
    Restore(const RestoreRequest& request, const ArchiveReader& archive, Manifest manifest,
            fs::path scratch)
        : request_(request),
          archive_(archive),
          manifest_(std::move(manifest)),
          scratch_(std::move(scratch)) {}

    Result<Manifest> make() {
        using Part = Result<void> (Restore::*)();
        for (const Part part :
             {&Restore::load_sums, &Restore::restore_keys, &Restore::check_signer,
              &Restore::extract, &Restore::restore_database, &Restore::move_all}) {
            if (const auto done = (this->*part)(); !done) {
                return std::unexpected(done.error());
            }
        }
        return std::move(manifest_);
    }

private:
    void tell(Stage stage, std::int64_t done, std::optional<std::int64_t> total) const {
        if (request_.progress) {
            request_.progress(stage, done, total);
        }
    }

    Result<void> load_sums() {
        auto sums = read_sums(archive_, manifest_);
        if (!sums) {
            return std::unexpected(sums.error());
        }
        sums_ = *std::move(sums);
        for (const Member& member : archive_.members()) {
            bytes_ += member.size;
        }
        return {};
    }

    // Reads a member and compares its checksum.
    Result<void> read(const Member& member, const ByteSink& sink) const {
        const auto sum = archive_.read(member, sink);
        if (!sum) {
            return std::unexpected(sum.error());
        }
        const auto expected = sums_.find(member.name);
        return expected != sums_.end() && expected->second == *sum
                   ? Result<void>()
                   : archive_.damaged(member.name + " was changed");
    }
    Result<core::Secret> read_secret(std::string_view name) const {
        const Member* member = archive_.find(name);
        if (member == nullptr || member->size > static_cast<std::int64_t>(kSmallMemberBytesMax)) {
            return archive_.damaged("there is no " + std::string(name));
        }
        std::string text;
        const auto done = read(*member, [&text](std::span<const std::byte> bytes) {
            text += crypto::text_of(bytes);
            return Result<void>();
        });
        return done ? Result<core::Secret>(core::Secret(std::move(text)))
                    : std::unexpected(done.error());
    }

    Result<Secrets> find_secrets() const {
        if (manifest_.keys == "absent") {
            const auto& file = request_.master_key;
            if (!file) {
                return core::fail(kMasterKeyNeeded, {{"file", request_.file.string()}});
            }
            auto master = crypto::read_secret_file(*file);
            return master ? Result<Secrets>(Secrets{*std::move(master), {}})
                          : std::unexpected(master.error());
        }
        if (manifest_.keys == "clear") {
            auto master = read_secret(kMasterKeyMember);
            if (!master) {
                return std::unexpected(master.error());
            }
            Secrets secrets{*std::move(master), {}};
            if (archive_.find(kSettingsMember) != nullptr) {
                auto settings = read_secret(kSettingsMember);
                if (!settings) {
                    return std::unexpected(settings.error());
                }
                secrets.settings = *std::move(settings);
            }
            return secrets;
        }
        const auto& passphrase = request_.passphrase;
        if (!passphrase) {
            return core::fail(kPassphraseNeeded, {{"file", request_.file.string()}});
        }
        const auto sealed = read_secret(kSealedMember);
        if (!sealed) {
            return std::unexpected(sealed.error());
        }
        auto opened = open_secrets(sealed->reveal(), *passphrase);
        if (!opened && opened.error().code() == crypto::kCannotOpen) {
            return core::fail(kWrongPassphrase, {{"file", request_.file.string()}});
        }
        return opened;
    }

    Result<void> restore_keys() {
        const auto secrets = find_secrets();
        if (!secrets) {
            return std::unexpected(secrets.error());
        }
        const fs::path keys = scratch_ / "keys";
        if (::mkdir(keys.c_str(), 0700) != 0) {
            return cannot_write(keys, errno);
        }
        auto made = crypto::create_secret_file(keys / "master.key", secrets->master_key);
        if (const auto& settings = secrets->settings; made && settings) {
            made = crypto::create_secret_file(scratch_ / kSettingsFile, *settings);
        }
        return made;
    }

    Result<void> check_signer() {
        const auto expected = crypto::PublicKey::parse(manifest_.signer);
        const auto master = crypto::MasterKey::load(scratch_ / "keys" / "master.key");
        if (!expected || !master) {
            return std::unexpected((expected ? master.error() : expected.error()));
        }
        const auto signer = signer_of(*master, expected->suite());
        if (!signer) {
            return std::unexpected(signer.error());
        }
        if (signer->public_key() != *expected) {
            return core::fail(kWrongMasterKey, {{"actual", signer->public_key().text()},
                                                {"expected", manifest_.signer}});
        }
        signer_ = signer->public_key();
        return {};
    }

    Result<void> extract() {
        objects::FolderOptions place;
        place.folder = scratch_ / "objects";
        const auto store = objects::open_folder_store(place, request_.clock, request_.random);
        if (!store) {
            return std::unexpected(store.error());
        }
        fs::create_directory(scratch_ / kRowsFolder);
        std::int64_t done = 0;
        for (const Member& member : archive_.members()) {
            if (const auto extracted = extract_one(**store, member); !extracted) {
                return extracted;
            }
            done += member.size;
            tell(Stage::Objects, done, bytes_);
        }
        return {};
    }

    Result<void> extract_one(objects::ObjectStore& store, const Member& member) {
        const std::string_view name = member.name;
        if (name.starts_with(kObjectsFolder)) {
            return extract_object(store, member, name.substr(kObjectsFolder.size()));
        }
        if (name == kSqliteMember && manifest_.backend == db::Backend::Sqlite) {
            return extract_file(member, scratch_ / kDatabaseFile);
        }
        if (name.starts_with(kDatabaseFolder) && manifest_.backend == db::Backend::Postgres) {
            const std::string_view file = name.substr(kDatabaseFolder.size());
            return file.find('/') == file.npos ? extract_file(member, scratch_ / kRowsFolder / file)
                                               : archive_.damaged("the name " + member.name);
        }
        return name == kServerIdMember ? extract_file(member, scratch_ / name) : Result<void>();
    }

    Result<void> extract_object(objects::ObjectStore& store, const Member& member,
                                std::string_view name) {
        auto writer = store.create(name);
        if (!writer) {
            return std::unexpected(writer.error());
        }
        const auto taken = read(member, [&writer](std::span<const std::byte> bytes) {
            return (*writer)->write(bytes);
        });
        if (!taken) {
            return taken;
        }
        const auto finished = (*writer)->finish();
        return finished ? Result<void>() : std::unexpected(finished.error());
    }

    Result<void> extract_file(const Member& member, const fs::path& to) const {
        const Descriptor file(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
        if (!file) {
            return cannot_write(to, errno);
        }
        const auto put = [&](std::span<const std::byte> bytes) -> Result<void> {
            while (!bytes.empty()) {
                const ssize_t count = ::write(file.get(), bytes.data(), bytes.size());
                if (count < 0 && errno != EINTR) {
                    return cannot_write(to, errno);
                }
                bytes = bytes.subspan(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
            }
            return {};
        };
        if (auto done = read(member, put); !done) {
            return done;
        }
        return ::fsync(file.get()) == 0 ? Result<void>() : cannot_write(to, errno);
    }

    Result<void> restore_database() {
        db::Options options;
        options.url = manifest_.backend == db::Backend::Sqlite
                          ? "sqlite:" + (scratch_ / kDatabaseFile).string()
                          : request_.database_url;
        options.readers = 1;
        options.statement_time = kProofStatement;
        if (manifest_.backend == db::Backend::Postgres) {
            if (auto filled = fill(options); !filled) {
                return filled;
            }
        }
        const auto database = db::Database::open(options, request_.clock);
        if (!database) {
            return std::unexpected(database.error());
        }
        // A backup of an older program is brought to the tables of this one.
        if (auto migrated = (*database)->migrate(all_migrations()); !migrated) {
            return migrated;
        }
        tell(Stage::Proof, 0, std::nullopt);
        const auto& found = signer_;
        assert(found.has_value());  // The keys are checked before anything is extracted.
        const crypto::PublicKey& signer = *found;
        const auto proof = (*database)->read_blocking(
            [&signer](db::Reader& reader) { return prove(reader, signer); });
        if (!proof) {
            return core::fail(kNotProven,
                              {{"what", core::render(proof.error(), core::Language::En)}});
        }
        for (const std::string_view part : {"audit", "ledger"}) {
            const auto* expected = manifest_.proof.if_contains(part);
            if (expected == nullptr || *expected != proof->at(part)) {
                return core::fail(kNotProven, {{"what", std::string(part)}});
            }
        }
        return {};
    }

    // Makes the tables as they were, fills them.
    Result<void> fill(const db::Options& options) {
        const auto empty = db::is_empty_postgres(options.url);
        if (!empty) {
            return std::unexpected(empty.error());
        }
        if (!*empty) {
            return core::fail(kDatabaseNotEmpty);
        }
        std::vector<db::Migration> known = all_migrations();
        std::erase_if(known, [this](const db::Migration& migration) {
            const auto found = manifest_.schema.find(migration.module);
            return found == manifest_.schema.end() || migration.number > found->second;
        });
        {
            const auto database = db::Database::open(options, request_.clock);
            if (!database) {
                return std::unexpected(database.error());
            }
            if (auto migrated = (*database)->migrate(known); !migrated) {
                return migrated;
            }
        }
        return db::fill_postgres(options.url, manifest_.tables, scratch_ / kRowsFolder);
    }

    // The database goes last: a server that is started on a part of this finds none.
    Result<void> move_all() {
        std::error_code ignored;
        fs::remove_all(scratch_ / kRowsFolder, ignored);
        std::vector<fs::path> names;
        for (const auto& entry : fs::directory_iterator(scratch_)) {
            names.push_back(entry.path().filename());
        }
        std::ranges::sort(names, {}, [](const fs::path& name) { return name == kDatabaseFile; });
        for (const fs::path& name : names) {
            if (::rename((scratch_ / name).c_str(), (request_.folder / name).c_str()) != 0) {
                return cannot_write(request_.folder / name, errno);
            }
        }
        return sync_path(request_.folder);
    }

    const RestoreRequest& request_;
    const ArchiveReader& archive_;
    Manifest manifest_;
    fs::path scratch_;
    std::map<std::string, std::string, std::less<>> sums_;
    std::int64_t bytes_ = 0;
    std::optional<crypto::PublicKey> signer_;
};

Result<void> check_fits(const RestoreRequest& request, const Manifest& manifest) {
    const db::Schema known = db::schema_of(all_migrations());
    for (const auto& [module, number] : manifest.schema) {
        const auto found = known.find(module);
        if (found == known.end() || number > found->second) {
            return core::fail(kNewer, {{"file", request.file.string()},
                                       {"program", manifest.program},
                                       {"module", module}});
        }
    }
    const bool postgres = manifest.backend == db::Backend::Postgres;
    if (postgres != request.database_url.starts_with("postgres")) {
        return core::fail(kOtherDatabase, {{"expected", postgres ? "PostgreSQL" : "SQLite"},
                                           {"remedy", postgres ? "--database postgres://…"
                                                               : "kapok.db, DATA (--data)"}});
    }
    return {};
}

// The folder is left as it was found if something fails.
class TargetFolder {
public:
    explicit TargetFolder(fs::path folder) : folder_(std::move(folder)) {}
    TargetFolder(const TargetFolder&) = delete;
    TargetFolder& operator=(const TargetFolder&) = delete;
    ~TargetFolder() {
        if (made_ && !kept_) {
            ::rmdir(folder_.c_str());
        }
    }
    Result<void> make() {
        std::error_code fault;
        made_ = fs::create_directories(folder_, fault);
        return fault ? cannot_write(folder_, fault.value()) : Result<void>();
    }
    void keep() noexcept { kept_ = true; }

private:
    fs::path folder_;
    bool made_ = false;
    bool kept_ = false;
};

}  // namespace

Result<Manifest> restore_backup(const RestoreRequest& request) {
    const auto archive = ArchiveReader::open(request.file);
    if (!archive) {
        return std::unexpected(archive.error());
    }
    auto manifest = read_manifest(*archive);
    if (!manifest) {
        return manifest;
    }
    for (const auto& checked : {check_fits(request, *manifest), check_folder(request.folder)}) {
        if (!checked) {
            return std::unexpected(checked.error());
        }
    }
    TargetFolder target(request.folder);
    if (const auto made = target.make(); !made) {
        return std::unexpected(made.error());
    }
    const auto scratch = Scratch::make(request.folder / ".restoring-XXXXXX");
    if (!scratch) {
        return std::unexpected(scratch.error());
    }
    auto done = Restore(request, *archive, *std::move(manifest), scratch->folder()).make();
    if (done) {
        target.keep();
    }
    return done;
}

}  // namespace kapok::app::backup
