#include "app/backup/backup.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>
#include <utility>

#include "app/backup/archive.h"
#include "app/backup/errors.h"
#include "app/backup/limits.h"
#include "app/backup/proof.h"
#include "app/backup/secrets.h"
#include "app/program.h"
#include "app/server/foundation.h"
#include "platform/crypto/master_key.h"
#include "platform/db/copy.h"
#include "platform/objects/errors.h"
#include "platform/objects/folder_store.h"
#include "platform/objects/limits.h"

namespace kapok::app::backup {
namespace {

namespace crypto = platform::crypto;
namespace db = platform::db;
namespace fs = std::filesystem;
namespace objects = platform::objects;

using core::Result;

constexpr std::string_view kSqlitePrefix = "sqlite:";

struct Place {
    fs::path data;
    fs::path objects;
    fs::path master_key;
    db::Options database;
};

Place place_of(const platform::config::Config& config) {
    const fs::path data = data_folder(config);
    const std::string& named = config.text("crypto.master_key_file");
    Place place{data, objects_folder(config, data),
                named.empty() ? data / "keys" / "master.key" : fs::path(named),
                database_options(config, data)};
    place.database.statement_time = kProofStatement;
    place.database.readers = 1;
    return place;
}

class Backup {
public:
    Backup(const BackupRequest& request, Place place, crypto::PrivateKey signer,
           ArchiveWriter& archive, fs::path scratch)
        : request_(request),
          place_(std::move(place)),
          signer_(std::move(signer)),
          archive_(archive),
          scratch_(std::move(scratch)) {
        manifest_.program = kProgram;
        manifest_.made_at = request_.clock.now();
    }

    Result<Manifest> make() {
        using Part = Result<void> (Backup::*)();
        for (const Part part : {&Backup::add_database, &Backup::add_objects, &Backup::add_server_id,
                                &Backup::add_secrets}) {
            if (const auto done = (this->*part)(); !done) {
                return std::unexpected(done.error());
            }
        }
        if (const auto done = add_manifest(archive_, manifest_, signer_); !done) {
            return std::unexpected(done.error());
        }
        if (const auto done = archive_.finish(); !done) {
            return std::unexpected(done.error());
        }
        return std::move(manifest_);
    }

private:
    void tell(Stage stage, std::int64_t done, std::optional<std::int64_t> total) const {
        if (request_.progress) {
            request_.progress(stage, done, total);
        }
    }
    [[nodiscard]] db::CopyProgress copying() const {
        return [this](std::int64_t done, std::optional<std::int64_t> total) {
            tell(Stage::Database, done, total);
        };
    }

    Result<void> add_database() {
        return place_.database.url.starts_with(kSqlitePrefix) ? add_sqlite() : add_postgres();
    }

    Result<void> add_sqlite() {
        manifest_.backend = db::Backend::Sqlite;
        const fs::path copy = scratch_ / "kapok.db";
        const std::string source = place_.database.url.substr(kSqlitePrefix.size());
        if (auto copied = db::copy_sqlite(source, copy, copying()); !copied) {
            return copied;
        }
        {
            db::Options options = place_.database;
            options.url = std::string(kSqlitePrefix) + copy.string();
            const auto database = db::Database::open(options, request_.clock);
            if (!database) {
                return std::unexpected(database.error());
            }
            const auto proved = (*database)->read_blocking(
                [this](db::Reader& reader) { return check(reader, db::Backend::Sqlite); });
            if (!proved) {
                return proved;
            }
        }
        auto added = archive_.add_file(kSqliteMember, copy);
        std::error_code ignored;
        fs::remove(copy, ignored);  // It is as large as the database.
        return added;
    }

    // All connections see the same moment, as long as the first one's transaction is open.
    Result<void> add_postgres() {
        manifest_.backend = db::Backend::Postgres;
        const auto database = db::Database::open(place_.database, request_.clock);
        if (!database) {
            return std::unexpected(database.error());
        }
        const auto copied = (*database)->read_blocking([this](db::Reader& reader) -> Result<void> {
            const auto snapshot = db::share_snapshot(reader);
            if (!snapshot) {
                return std::unexpected(snapshot.error());
            }
            auto copy = db::copy_postgres(place_.database.url, *snapshot, scratch_, copying());
            if (!copy) {
                return std::unexpected(copy.error());
            }
            manifest_.tables = *std::move(copy);
            return check(reader, db::Backend::Postgres);
        });
        if (!copied) {
            return copied;
        }
        for (const db::CopiedTable& table : manifest_.tables.tables) {
            const std::string name = table.name + ".copy";
            auto added = archive_.add_file(std::string(kDatabaseFolder) + name, scratch_ / name);
            if (!added) {
                return added;
            }
        }
        return {};
    }

    Result<void> check(db::Reader& reader, db::Backend backend) {
        const auto found = db::find_schema(reader, backend);
        if (!found) {
            return std::unexpected(found.error());
        }
        const db::Schema schema = found->value_or(db::Schema());
        for (const auto& [module, number] : db::schema_of(all_migrations())) {
            const auto there = schema.find(module);
            const int actual = there == schema.end() ? 0 : there->second;
            if (actual != number) {
                return core::fail(kDatabaseOlder, {{"module", module},
                                                   {"actual", std::to_string(actual)},
                                                   {"expected", std::to_string(number)}});
            }
        }
        manifest_.schema = schema;
        tell(Stage::Proof, 0, std::nullopt);
        auto proof = prove(reader, signer_.public_key());
        if (!proof) {
            return std::unexpected(proof.error());
        }
        manifest_.proof = *std::move(proof);
        return {};
    }

    Result<void> add_objects() {
        objects::FolderOptions place;
        place.folder = place_.objects;
        const auto store = objects::open_folder_store(place, request_.clock, request_.random);
        if (!store) {
            return std::unexpected(store.error());
        }
        std::int64_t done = 0;
        for (std::string after;;) {
            const auto page = (*store)->list({"", after, objects::kListMax});
            if (!page) {
                return std::unexpected(page.error());
            }
            for (const objects::ObjectInfo& info : *page) {
                if (auto added = add_object(**store, info.name); !added) {
                    return added;
                }
                done += info.size;
                tell(Stage::Objects, done, std::nullopt);
            }
            if (page->size() < objects::kListMax) {
                return {};
            }
            after = page->back().name;
        }
    }

    Result<void> add_object(objects::ObjectStore& store, const std::string& name) {
        const auto reader = store.open(name);
        if (!reader) {
            // Removed since it was listed, as its owner wished.
            return reader.error().code() == objects::kNotFound ? Result<void>()
                                                               : std::unexpected(reader.error());
        }
        ++manifest_.objects;
        return archive_.add(std::string(kObjectsFolder) + name, (*reader)->info().size,
                            [&reader](std::span<std::byte> to) { return (*reader)->read(to); });
    }

    Result<void> add_server_id() {
        const fs::path file = place_.data / kServerIdMember;
        return fs::exists(file) ? archive_.add_file(kServerIdMember, file) : Result<void>();
    }

    Result<void> add_secrets() {
        constexpr std::array<std::string_view, 3> kNames{"sealed", "clear", "absent"};
        manifest_.keys = kNames.at(static_cast<std::size_t>(std::to_underlying(request_.keys)));
        if (request_.keys == Keys::Absent) {
            return {};
        }
        auto master = crypto::read_secret_file(place_.master_key);
        if (!master) {
            return std::unexpected(master.error());
        }
        Secrets secrets{*std::move(master), {}};
        if (std::ifstream settings(place_.data / kSettingsMember, std::ios::binary); settings) {
            secrets.settings =
                core::Secret(std::string(std::istreambuf_iterator<char>(settings), {}));
        }
        if (request_.keys == Keys::Sealed) {
            const auto sealed = seal_secrets(secrets, request_.passphrase,
                                             signer_.public_key().suite(), request_.random);
            return sealed ? archive_.add(kSealedMember, *sealed) : std::unexpected(sealed.error());
        }
        auto added = archive_.add(kMasterKeyMember, secrets.master_key.reveal());
        if (const auto& settings = secrets.settings; added && settings) {
            added = archive_.add(kSettingsMember, settings->reveal());
        }
        return added;
    }

    const BackupRequest& request_;
    Place place_;
    crypto::PrivateKey signer_;
    ArchiveWriter& archive_;
    fs::path scratch_;
    Manifest manifest_;
};

Result<crypto::PrivateKey> load_signer(const BackupRequest& request, const Place& place) {
    const auto master = crypto::MasterKey::load(place.master_key);
    return master ? signer_of(*master, suite_of(request.config)) : std::unexpected(master.error());
}

}  // namespace

Result<Made> make_backup(const BackupRequest& request) {
    Place place = place_of(request.config);
    auto signer = load_signer(request, place);
    if (!signer) {
        return std::unexpected(signer.error());
    }
    const auto archive = ArchiveWriter::create(request.file, request.clock.now());
    if (!archive) {
        return std::unexpected(archive.error());
    }
    const auto scratch = Scratch::make(request.file.string() + ".work-XXXXXX");
    if (!scratch) {
        return std::unexpected(scratch.error());
    }
    auto manifest =
        Backup(request, std::move(place), *std::move(signer), **archive, scratch->folder()).make();
    if (!manifest) {
        return std::unexpected(manifest.error());
    }
    return Made{*std::move(manifest), (*archive)->bytes()};
}

Result<Scratch> Scratch::make(const fs::path& pattern) {
    std::string name = pattern.string();
    if (::mkdtemp(name.data()) == nullptr) {
        return core::fail(kCannotWrite, {{"file", name}, {"reason", std::strerror(errno)}});
    }
    return Scratch(fs::path(name));
}

Scratch::Scratch(Scratch&& other) noexcept : folder_(std::move(other.folder_)) {
    other.folder_.clear();
}

Scratch::~Scratch() {
    if (!folder_.empty()) {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }
}

}  // namespace kapok::app::backup
