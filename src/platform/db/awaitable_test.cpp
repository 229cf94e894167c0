// Coroutines wait for the database without holding a thread, go on where they were, and may be
// given up at any moment.

#include <array>
#include <atomic>
#include <future>
#include <thread>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <gtest/gtest.h>

#include "platform/db/errors.h"
#include "platform/db/testing/database_test.h"

namespace kapok::platform::db {
namespace {

namespace asio = boost::asio;

constexpr std::array kMigrations{Migration{"awaitable", 1, "numbers", R"(
create table numbers (
    number bigint primary key
);
)"}};

core::Result<std::int64_t> insert(Transaction& transaction, std::int64_t number) {
    return transaction.execute("insert into numbers (number) values (?)", {number});
}

core::Result<std::int64_t> count(Reader& reader) {
    const auto found = reader.find("select count(*) from numbers", {},
                                   [](const Row& row) { return row.integer(0); });
    return found ? core::Result<std::int64_t>(found->value()) : std::unexpected(found.error());
}

class Awaitable : public db_test::DatabaseTest {
protected:
    Awaitable() : DatabaseTest(kMigrations) {}
};

// Inserts, reads back on the same thread, and fails with the command's own error.
asio::awaitable<void> insert_and_count(Database& database, std::int64_t number, int& done) {
    const auto thread = std::this_thread::get_id();
    const auto command = [number](Transaction& transaction) { return insert(transaction, number); };
    const auto inserted = co_await database.write(command);
    EXPECT_EQ(inserted, 1);
    EXPECT_EQ(std::this_thread::get_id(), thread);
    const auto counted = co_await database.read(count);
    EXPECT_TRUE(counted && *counted >= 1);
    EXPECT_EQ(std::this_thread::get_id(), thread);
    const auto again = co_await database.write(command);
    EXPECT_TRUE(!again && again.error().code() == kDuplicate);
    ++done;
}

TEST_P(Awaitable, ManyCoroutinesGoOnWhereTheyWere) {
    constexpr int kThreads = 2;
    constexpr int kCoroutines = 100;
    std::array<int, kThreads> done{};
    std::vector<std::thread> threads;
    threads.reserve(kThreads);
    for (int t = 0; t < kThreads; ++t) {
        threads.emplace_back([&, t] {
            asio::io_context context(1);
            for (int i = 0; i < kCoroutines; ++i) {
                asio::co_spawn(context,
                               insert_and_count(database(), t * kCoroutines + i,
                                                done.at(static_cast<std::size_t>(t))),
                               asio::detached);
            }
            context.run();
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(done, (std::array{kCoroutines, kCoroutines}));
    EXPECT_EQ(database().read_blocking(count), kThreads * kCoroutines);
}

asio::awaitable<void> write_into(Database& database, std::int64_t number,
                                 std::vector<core::Result<std::int64_t>>& results) {
    // A local that the command refers to: it must live until nobody can run the command.
    const std::vector<std::int64_t> numbers(100, number);
    const auto command = [&numbers](Transaction& transaction) {
        return insert(transaction, numbers.back());
    };
    auto result = co_await database.write(command);
    results.push_back(std::move(result));
}

TEST_P(Awaitable, ACoroutineThatIsGivenUpWhileItWaitsChangesNothing) {
    std::promise<void> held;
    std::promise<void> release;
    std::thread holder([&, released = release.get_future().share()] {
        EXPECT_TRUE(database().write_blocking([&](Transaction&) -> core::Result<void> {
            held.set_value();
            released.wait();
            return {};
        }));
    });
    held.get_future().wait();
    asio::io_context context(1);
    std::vector<core::Result<std::int64_t>> results;
    asio::cancellation_signal signal;
    asio::co_spawn(context, write_into(database(), 1, results),
                   asio::bind_cancellation_slot(signal.slot(), asio::detached));
    asio::co_spawn(context, write_into(database(), 2, results), asio::detached);
    asio::post(context, [&] {
        signal.emit(asio::cancellation_type::terminal);
        release.set_value();
    });
    context.run();
    holder.join();
    ASSERT_EQ(results.size(), 2U);
    EXPECT_TRUE(!results[0] && results[0].error().code() == kCancelled);
    EXPECT_EQ(results[1], 1);
    EXPECT_EQ(database().read_blocking(count), 1);
}

TEST_P(Awaitable, CancellingAtAnyMomentNeverLosesAnAnswer) {
    for (int round = 0; round < 50; ++round) {
        asio::io_context context(1);
        std::vector<core::Result<std::int64_t>> results;
        std::vector<asio::cancellation_signal> signals(8);
        for (std::size_t i = 0; i < signals.size(); ++i) {
            asio::co_spawn(context,
                           write_into(database(), round * 100 + static_cast<int>(i), results),
                           asio::bind_cancellation_slot(signals[i].slot(), asio::detached));
        }
        for (std::size_t i = 0; i < signals.size(); i += 2) {
            asio::post(context, [&, i] { signals[i].emit(asio::cancellation_type::terminal); });
        }
        const auto before = database().read_blocking(count);
        context.run();
        std::int64_t inserted = 0;
        for (const auto& result : results) {
            inserted += result ? 1 : 0;
            EXPECT_TRUE(result || result.error().code() == kCancelled);
        }
        EXPECT_EQ(results.size(), signals.size());
        EXPECT_EQ(database().read_blocking(count).value_or(-1), before.value_or(-1) + inserted);
    }
}

INSTANTIATE_KAPOK_DATABASES(Awaitable);

}  // namespace
}  // namespace kapok::platform::db
