#pragma once

// What a module's store tests are built on: a fresh, migrated database for each test, on SQLite in
// a folder of its own and on PostgreSQL in a schema of its own.
//
//     class LedgerStoreTest : public platform::db_test::DatabaseTest {
//     protected:
//         LedgerStoreTest() : DatabaseTest(kMigrations) {}
//     };
//     TEST_P(LedgerStoreTest, KeepsATransfer) { … database().write_blocking(…) … }
//     INSTANTIATE_KAPOK_DATABASES(LedgerStoreTest);
//
// PostgreSQL is used when KAPOK_TEST_POSTGRES has the URL of a database in which schemas may be
// made; without it those tests say that they were skipped.

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "core/clock.h"
#include "platform/db/database.h"

namespace kapok::platform::db_test {

// An empty place for a database, which goes when this goes.
class Place {
public:
    virtual ~Place() = default;
    [[nodiscard]] virtual std::string url() const = 0;
};
// Stops the test program if there is none to be had.
[[nodiscard]] std::unique_ptr<Place> make_place(db::Backend backend);
[[nodiscard]] bool is_available(db::Backend backend);
[[nodiscard]] std::string backend_name(const testing::TestParamInfo<db::Backend>& info);

// A test of each backend that there is; the other one says that it was skipped.
class BackendTest : public testing::TestWithParam<db::Backend> {
protected:
    void SetUp() override;
};

class DatabaseTest : public BackendTest {
protected:
    explicit DatabaseTest(std::span<const db::Migration> migrations = {});

    void SetUp() override;

    [[nodiscard]] db::Database& database() { return *database_; }
    [[nodiscard]] core::ManualClock& clock() { return clock_; }
    // Change them before SetUp, in the constructor, or before reopen().
    [[nodiscard]] db::Options& options() { return options_; }
    // Closes the database, as a server's end does, and opens and migrates it again.
    void reopen();
    void close() { database_.reset(); }

private:
    std::vector<db::Migration> migrations_;
    core::ManualClock clock_;
    db::Options options_;
    std::unique_ptr<Place> place_;
    std::unique_ptr<db::Database> database_;
};

// A row as a version wrote it that has long been replaced.
struct OldRow {
    int version;  // That wrote it first.
    std::string_view sql;
    std::vector<db::Value> values;
};
// Those that a database of `version` may have.
[[nodiscard]] core::Result<void> insert_old(db::Transaction& transaction,
                                            std::span<const OldRow> rows, int version);

// For each number that the last module of `migrations` ever had: makes a database of that version,
// lets `fill` put rows into it (if given), and migrates it to the newest. Both the way and the
// checks of `check` (if given) must succeed.
using Fill = std::function<core::Result<void>(db::Transaction&, int version)>;
using Check = std::function<core::Result<void>(db::Reader&, int version)>;
void expect_upgrades(db::Backend backend, std::span<const db::Migration> migrations,
                     const Fill& fill = {}, const Check& check = {});

}  // namespace kapok::platform::db_test

#define INSTANTIATE_KAPOK_DATABASES(Suite)                                            \
    INSTANTIATE_TEST_SUITE_P(Databases, Suite,                                        \
                             testing::Values(kapok::platform::db::Backend::Sqlite,    \
                                             kapok::platform::db::Backend::Postgres), \
                             kapok::platform::db_test::backend_name)
