// Who waits for a bell wakes after the commit that rings it, after its time, or when it is
// cancelled; a ring between looking and waiting is not lost.

#include "platform/db/bell.h"

#include <array>
#include <atomic>
#include <thread>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include "platform/db/errors.h"
#include "platform/db/testing/database_test.h"

namespace kapok::platform::db {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::milliseconds kForEver = std::chrono::hours(1);

asio::awaitable<void> wait_once(Bell& bell, std::uint64_t seen, int& woken) {
    co_await bell.wait(seen, kForEver);
    ++woken;
}

TEST(Bell, WakesEveryWaiter) {
    Bell bell;
    asio::io_context io;
    int woken = 0;
    for (int i = 0; i < 3; ++i) {
        asio::co_spawn(io, wait_once(bell, bell.count(), woken), asio::detached);
    }
    io.poll();
    EXPECT_EQ(woken, 0);
    bell.ring();
    bell.ring();
    io.run();
    EXPECT_EQ(woken, 3);
    EXPECT_EQ(bell.count(), 2U);
}

TEST(Bell, CountsARingBetweenLookingAndWaiting) {
    Bell bell;
    asio::io_context io;
    int woken = 0;
    const auto seen = bell.count();
    bell.ring();
    asio::co_spawn(io, wait_once(bell, seen, woken), asio::detached);
    io.run();
    EXPECT_EQ(woken, 1);
}

TEST(Bell, EndsTheWaitAfterItsTime) {
    Bell bell;
    asio::io_context io;
    bool done = false;
    asio::co_spawn(
        io,
        [&]() -> asio::awaitable<void> {
            co_await bell.wait(bell.count(), std::chrono::milliseconds(1));
            co_await pause(std::chrono::milliseconds(1));
            done = true;
        },
        asio::detached);
    io.run();
    EXPECT_TRUE(done);
}

TEST(Bell, LetsGoOfACancelledWaiter) {
    Bell bell;
    asio::io_context io;
    asio::cancellation_signal signal;
    int woken = 0;
    asio::co_spawn(io, wait_once(bell, bell.count(), woken),
                   asio::bind_cancellation_slot(signal.slot(), asio::detached));
    io.poll();
    asio::post(io, [&] { signal.emit(asio::cancellation_type::terminal); });
    io.run();
    EXPECT_EQ(woken, 1);
    bell.ring();
}

TEST(Bell, IsRungFromManyThreadsWhileOthersWait) {
    Bell bell;
    asio::io_context io(1);
    constexpr std::uint64_t kRings = 2'000;
    std::uint64_t seen = 0;
    asio::co_spawn(
        io,
        [&]() -> asio::awaitable<void> {
            while (seen < 2 * kRings) {
                co_await bell.wait(seen, kForEver);
                seen = bell.count();
            }
        },
        asio::detached);
    const auto ring = [&] {
        for (std::uint64_t i = 0; i < kRings; ++i) {
            bell.ring();
        }
    };
    const std::jthread one(ring);
    const std::jthread two(ring);
    io.run();
    EXPECT_EQ(seen, 2 * kRings);
}

constexpr std::array kMigrations{Migration{"bells", 1, "numbers", R"(
create table numbers (
    number bigint primary key
);
)"}};

class BellOfADatabase : public db_test::DatabaseTest {
protected:
    BellOfADatabase() : DatabaseTest(kMigrations) {}
};

INSTANTIATE_KAPOK_DATABASES(BellOfADatabase);

TEST_P(BellOfADatabase, RingsAfterTheCommitAndOnlyThen) {
    Bell& bell = database().bell("numbers");
    EXPECT_EQ(&bell, &database().bell("numbers"));
    const auto insert = [&](std::int64_t number) {
        return database().write_blocking([&](Transaction& transaction) {
            transaction.ring("numbers");
            EXPECT_EQ(bell.count(), static_cast<std::uint64_t>(number) - 1);
            return transaction.execute("insert into numbers (number) values (1)", {});
        });
    };
    EXPECT_TRUE(insert(1));
    EXPECT_EQ(bell.count(), 1U);
    EXPECT_EQ(insert(2).error().code(), kDuplicate);
    EXPECT_EQ(bell.count(), 1U);
    EXPECT_EQ(database().bell("letters").count(), 0U);
}

}  // namespace
}  // namespace kapok::platform::db
