#include "platform/db/testing/database_test.h"

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "core/timestamp.h"
#include "platform/db/errors.h"
#include "platform/db/testing/postgres_place.h"

namespace kapok::platform::db_test {
namespace {

namespace fs = std::filesystem;

constexpr core::Timestamp kStart = core::from_micros(1'795'000'000'000'000);

class FolderPlace final : public Place {
public:
    FolderPlace() {
        std::string folder = fs::temp_directory_path() / "kapok-test-XXXXXX";
        if (::mkdtemp(folder.data()) == nullptr) {
            std::abort();
        }
        folder_ = folder;
    }
    FolderPlace(const FolderPlace&) = delete;
    FolderPlace& operator=(const FolderPlace&) = delete;
    ~FolderPlace() override {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }
    [[nodiscard]] std::string url() const override {
        return "sqlite:" + (folder_ / "kapok.db").string();
    }

private:
    fs::path folder_;
};

std::string text(const core::Error& error) {
    return std::string(error.code().name) + ": " + core::render(error, core::Language::En);
}

std::unique_ptr<db::Database> open_migrated(const db::Options& options, const core::Clock& clock,
                                            std::span<const db::Migration> migrations) {
    auto opened = db::Database::open(options, clock);
    if (!opened) {
        ADD_FAILURE() << text(opened.error());
        return nullptr;
    }
    const auto migrated = (*opened)->migrate(migrations);
    if (!migrated) {
        ADD_FAILURE() << text(migrated.error());
        return nullptr;
    }
    return *std::move(opened);
}

std::vector<db::Migration> up_to(std::span<const db::Migration> migrations, std::string_view module,
                                 int version) {
    std::vector<db::Migration> some;
    for (const db::Migration& migration : migrations) {
        if (migration.module != module || migration.number <= version) {
            some.push_back(migration);
        }
    }
    return some;
}

void expect_upgrade(db::Backend backend, std::span<const db::Migration> migrations, int version,
                    const Fill& fill, const Check& check) {
    SCOPED_TRACE("from version " + std::to_string(version));
    const auto place = make_place(backend);
    const core::ManualClock clock(kStart);
    db::Options options;
    options.url = place->url();
    options.readers = 1;
    {
        const auto old =
            open_migrated(options, clock, up_to(migrations, migrations.back().module, version));
        ASSERT_NE(old, nullptr);
        if (fill) {
            const auto filled = old->write_blocking(
                [&](db::Transaction& transaction) { return fill(transaction, version); });
            ASSERT_TRUE(filled) << text(filled.error());
        }
    }
    const auto upgraded = open_migrated(options, clock, migrations);
    ASSERT_NE(upgraded, nullptr);
    if (check) {
        const auto checked =
            upgraded->read_blocking([&](db::Reader& reader) { return check(reader, version); });
        ASSERT_TRUE(checked) << text(checked.error());
    }
}

}  // namespace

std::unique_ptr<Place> make_place(db::Backend backend) {
    if (backend == db::Backend::Sqlite) {
        return std::make_unique<FolderPlace>();
    }
    return make_postgres_place();
}

bool is_available(db::Backend backend) {
    return backend == db::Backend::Sqlite || !postgres_url().empty();
}

std::string backend_name(const testing::TestParamInfo<db::Backend>& info) {
    return info.param == db::Backend::Sqlite ? "Sqlite" : "Postgres";
}

DatabaseTest::DatabaseTest(std::span<const db::Migration> migrations)
    : migrations_(migrations.begin(), migrations.end()), clock_(kStart) {
    options_.readers = 2;
}

void BackendTest::SetUp() {
    if (!is_available(GetParam())) {
        GTEST_SKIP() << "KAPOK_TEST_POSTGRES is not set";
    }
}

void DatabaseTest::SetUp() {
    BackendTest::SetUp();
    if (IsSkipped()) {
        return;
    }
    place_ = make_place(GetParam());
    options_.url = place_->url();
    reopen();
}

void DatabaseTest::reopen() {
    database_.reset();
    database_ = open_migrated(options_, clock_, migrations_);
    ASSERT_NE(database_, nullptr);
}

core::Result<void> insert_old(db::Transaction& transaction, std::span<const OldRow> rows,
                              int version) {
    for (const OldRow& row : rows) {
        if (row.version > version) {
            continue;
        }
        if (const auto done = transaction.execute(row.sql, row.values); !done) {
            return std::unexpected(done.error());
        }
    }
    return {};
}

void expect_upgrades(db::Backend backend, std::span<const db::Migration> migrations,
                     const Fill& fill, const Check& check) {
    ASSERT_FALSE(migrations.empty());
    for (int version = 0; version <= migrations.back().number; ++version) {
        expect_upgrade(backend, migrations, version, fill, check);
    }
}

}  // namespace kapok::platform::db_test
