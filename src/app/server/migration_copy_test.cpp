// A database that migrations will change is copied first, and only then; the newest copies stay.

#include "app/server/migration_copy.h"

#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/timestamp.h"
#include "platform/db/copy.h"
#include "platform/db/errors.h"

namespace kapok::app {
namespace {

namespace db = platform::db;
namespace fs = std::filesystem;

// Migrations 1 to `count` of a module.
std::vector<db::Migration> migrations(int count) {
    static const std::vector<std::string> kSql = [] {
        std::vector<std::string> all;
        for (int i = 1; i <= 9; ++i) {
            all.push_back("create table t" + std::to_string(i) + " (a bigint);\n");
        }
        return all;
    }();
    std::vector<db::Migration> some;
    for (int i = 1; i <= count; ++i) {
        some.push_back({"copied", i, "table", kSql.at(static_cast<std::size_t>(i) - 1)});
    }
    return some;
}

class MigrationCopy : public testing::Test {
protected:
    MigrationCopy() {
        std::string name = fs::temp_directory_path() / "kapok-copies-XXXXXX";
        folder_ = ::mkdtemp(name.data());
    }
    ~MigrationCopy() override {
        database_.reset();
        fs::remove_all(folder_);
    }

    void open() {
        database_.reset();
        db::Options options;
        options.url = "sqlite:" + file().string();
        auto opened = db::Database::open(options, clock_);
        ASSERT_TRUE(opened.has_value());
        database_ = *std::move(opened);
    }
    // As a start of the program does.
    std::optional<fs::path> start(int count, std::size_t kept = 3) {
        clock_.advance(std::chrono::seconds(1));
        open();
        const auto copy =
            copy_before_migrating(*database_, file(), migrations(count), kept, clock_);
        EXPECT_TRUE(copy.has_value()) << core::render(copy.error(), core::Language::En);
        EXPECT_TRUE(database_->migrate(migrations(count)));
        return copy.value_or(std::nullopt);
    }
    [[nodiscard]] fs::path file() const { return folder_ / "kapok.db"; }
    [[nodiscard]] int copies() const {
        int count = 0;
        for (const auto& entry : fs::directory_iterator(folder_)) {
            count += entry.path().string().find(".schema-") == std::string::npos ? 0 : 1;
        }
        return count;
    }

    fs::path folder_;
    core::ManualClock clock_{core::from_micros(1'790'000'000'000'000)};
    std::unique_ptr<db::Database> database_;
};

TEST_F(MigrationCopy, IsMadeWhenSomethingExistsAndChanges) {
    EXPECT_FALSE(start(2).has_value());  // A new database.
    EXPECT_FALSE(start(2).has_value());  // Nothing is missing.
    const auto copy = start(3);
    ASSERT_TRUE(copy.has_value());
    EXPECT_EQ(copies(), 1);

    db::Options options;
    options.url = "sqlite:" + copy->string();
    const auto kept = db::Database::open(options, clock_);
    ASSERT_TRUE(kept.has_value());
    const auto schema = (*kept)->read_blocking(
        [](db::Reader& reader) { return db::find_schema(reader, db::Backend::Sqlite); });
    EXPECT_EQ(schema.value(), db::schema_of(migrations(2)));
}

TEST_F(MigrationCopy, OnlyTheNewestStay) {
    start(1);
    for (int count = 2; count <= 7; ++count) {
        EXPECT_TRUE(start(count, 2).has_value());
    }
    EXPECT_EQ(copies(), 2);
    EXPECT_FALSE(start(8, 0).has_value());
    EXPECT_EQ(copies(), 2);
}

// A server that its supervisor starts again and again over a migration that fails keeps one copy.
TEST_F(MigrationCopy, ALoopOfStartsDoesNotPushTheOthersOut) {
    start(1);
    start(2);
    start(3);
    for (int i = 0; i < 5; ++i) {
        clock_.advance(std::chrono::seconds(1));
        EXPECT_TRUE(
            copy_before_migrating(*database_, file(), migrations(4), 3, clock_)->has_value());
    }
    EXPECT_EQ(copies(), 3);
}

TEST_F(MigrationCopy, IsNotMadeOfADatabaseThatIsNewerThanTheProgram) {
    start(3);
    EXPECT_FALSE(copy_before_migrating(*database_, file(), migrations(2), 3, clock_)->has_value());
    EXPECT_EQ(database_->migrate(migrations(2)).error().code(), db::kNewerDatabase);
}

}  // namespace
}  // namespace kapok::app
