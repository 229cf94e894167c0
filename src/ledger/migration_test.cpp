// The ledger's tables come from every version that ever landed, on both databases, and keep their
// rows on the way.

#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "ledger/migrations.h"
#include "platform/db/testing/database_test.h"

namespace kapok::ledger {
namespace {

namespace db = platform::db;

class LedgerMigrationTest : public platform::db_test::BackendTest {};
INSTANTIATE_KAPOK_DATABASES(LedgerMigrationTest);

core::Result<void> fill(db::Transaction& transaction, int version) {
    if (version != 1) {
        return {};
    }
    const auto inserted = transaction.execute(
        "insert into ledger_balance (account_id, account, unit, floor, debits_posted, "
        "debits_pending, credits_posted, credits_pending, transfers, last_sequence) "
        "values (?, 3, 'CNY', 'debit', 5, 0, 9, 1, 2, 40)",
        {core::Uuid{}});
    return inserted ? core::Result<void>() : std::unexpected(inserted.error());
}

core::Result<void> check(db::Reader& reader, int version) {
    const auto rows =
        reader.list("select account, credits_posted from ledger_balance", {},
                    [](const db::Row& row) { return std::pair(row.integer(0), row.integer(1)); });
    if (!rows) {
        return std::unexpected(rows.error());
    }
    using Rows = std::vector<std::pair<std::int64_t, std::int64_t>>;
    EXPECT_EQ(*rows, version == 1 ? Rows({{3, 9}}) : Rows());
    return {};
}

TEST_P(LedgerMigrationTest, UpgradesFromEveryVersion) {
    platform::db_test::expect_upgrades(GetParam(), migrations(), fill, check);
}

}  // namespace
}  // namespace kapok::ledger
