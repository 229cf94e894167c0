// Identity's tables come from every version that ever landed, on both databases.

#include <gtest/gtest.h>

#include "identity/migrations.h"
#include "platform/db/testing/database_test.h"

namespace kapok::identity {
namespace {

namespace db = platform::db;

class IdentityMigrationTest : public testing::TestWithParam<db::Backend> {};
INSTANTIATE_KAPOK_DATABASES(IdentityMigrationTest);

TEST_P(IdentityMigrationTest, UpgradesFromEveryVersion) {
    if (!platform::db_test::is_available(GetParam())) {
        GTEST_SKIP() << "KAPOK_TEST_POSTGRES is not set";
    }
    platform::db_test::expect_upgrades(GetParam(), migrations());
}

}  // namespace
}  // namespace kapok::identity
