// A lease has one holder at a time, and an epoch that tells a former holder that it is one.

#include "platform/db/lease.h"

#include <gtest/gtest.h>

#include "platform/db/testing/database_test.h"

namespace kapok::platform::db {
namespace {

using std::chrono::seconds;

class LeaseTest : public db_test::DatabaseTest {
protected:
    std::optional<Lease> take(const std::string& holder, const std::string& name = "loop") {
        return database()
            .write_blocking([&](Transaction& transaction) {
                return take_lease(transaction, name, holder, seconds(5));
            })
            .value();
    }
    bool keep(const Lease& lease) {
        return database()
            .write_blocking([&](Transaction& transaction) {
                return keep_lease(transaction, lease, seconds(5));
            })
            .value();
    }
};

INSTANTIATE_KAPOK_DATABASES(LeaseTest);

TEST_P(LeaseTest, HasOneHolder) {
    const auto lease = take("one");
    ASSERT_TRUE(lease.has_value());
    EXPECT_EQ(lease->epoch, 1);
    EXPECT_FALSE(take("two").has_value());
    EXPECT_TRUE(take("two", "other loop").has_value());
    EXPECT_TRUE(keep(*lease));
}

TEST_P(LeaseTest, GoesToAnotherWhenItsTimeIsOver) {
    const auto first = take("one");
    clock().advance(seconds(4));
    EXPECT_TRUE(keep(*first));
    clock().advance(seconds(4));
    EXPECT_FALSE(take("two").has_value());
    clock().advance(seconds(1));
    const auto second = take("two");
    ASSERT_TRUE(second.has_value());
    EXPECT_EQ(second->epoch, 2);
    EXPECT_FALSE(keep(*first));
    EXPECT_TRUE(keep(*second));
    EXPECT_FALSE(take("one").has_value());
}

TEST_P(LeaseTest, IsKeptAfterItsTimeIfNobodyTookIt) {
    const auto lease = take("one");
    clock().advance(seconds(60));
    EXPECT_TRUE(keep(*lease));
    EXPECT_FALSE(take("two").has_value());
}

TEST_P(LeaseTest, FencesTheFormerSelfOfARestartedHolder) {
    const auto former = take("one");
    const auto restarted = take("one");
    EXPECT_EQ(restarted->epoch, former->epoch + 1);
    EXPECT_FALSE(keep(*former));
    EXPECT_TRUE(keep(*restarted));
}

TEST_P(LeaseTest, IsGivenUpForTheNext) {
    const auto lease = take("one");
    const auto given_up = database().write_blocking(
        [&](Transaction& transaction) { return give_up_lease(transaction, *lease); });
    EXPECT_TRUE(given_up);
    EXPECT_TRUE(take("two").has_value());
    EXPECT_FALSE(keep(*lease));
}

TEST_P(LeaseTest, IsNotLostToAClockThatWasWrong) {
    clock().advance(std::chrono::hours(1'000));
    const auto lease = take("one");
    clock().advance(-std::chrono::hours(1'000));
    EXPECT_TRUE(take("two").has_value());
    EXPECT_FALSE(keep(*lease));
}

}  // namespace
}  // namespace kapok::platform::db
