// Many commands at once: they share commits, fail alone, and wait in a queue that has an end.

#include <array>
#include <atomic>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "platform/db/errors.h"
#include "platform/db/testing/database_test.h"

namespace kapok::platform::db {
namespace {

constexpr std::array kMigrations{Migration{"group", 1, "numbers", R"(
create table numbers (
    number bigint primary key,
    writer bigint not null
);
)"}};
constexpr std::string_view kInsert = "insert into numbers (number, writer) values (?, ?)";

// Lets a command stop where the test wants it, also when it is run again.
class Gate {
public:
    void pass() {
        if (!reached_.exchange(true)) {
            started_.set_value();
        }
        opened_.wait();
    }
    void wait_until_reached() { started_.get_future().wait(); }
    void open() { open_.set_value(); }

private:
    std::atomic<bool> reached_ = false;
    std::promise<void> started_;
    std::promise<void> open_;
    std::shared_future<void> opened_ = open_.get_future().share();
};

class Group : public db_test::DatabaseTest {
protected:
    Group() : DatabaseTest(kMigrations) {}

    std::int64_t count() {
        const auto read = database().read_blocking([](Reader& reader) {
            return reader.find("select count(*) from numbers", {},
                               [](const Row& row) { return row.integer(0); });
        });
        EXPECT_TRUE(read);
        return read ? read->value() : -1;
    }
    core::Result<std::int64_t> insert(std::int64_t number) {
        return database().write_blocking([number](Transaction& transaction) {
            return transaction.execute(kInsert, {number, 0});
        });
    }
    // Runs commands 0, 1, 2… in one group: the writer is held until all of them wait.
    template <class Command>
    std::vector<core::Result<std::int64_t>> run_together(int commands, Command command) {
        Gate gate;
        std::vector<core::Result<std::int64_t>> results(static_cast<std::size_t>(commands), 0);
        std::thread holder([&] {
            EXPECT_TRUE(database().write_blocking([&](Transaction&) -> core::Result<void> {
                gate.pass();
                return {};
            }));
        });
        gate.wait_until_reached();
        boost::asio::io_context context(1);
        for (int i = 0; i < commands; ++i) {
            const auto one = [&, i]() -> boost::asio::awaitable<void> {
                const auto numbered = [&command, i](Transaction& transaction) {
                    return command(transaction, i);
                };
                results[static_cast<std::size_t>(i)] = co_await database().write(numbered);
            };
            boost::asio::co_spawn(context, one, boost::asio::detached);
        }
        std::thread runner([&] { context.run(); });
        while (database().statistics().commands_waiting < static_cast<std::size_t>(commands)) {
            std::this_thread::yield();
        }
        gate.open();
        holder.join();
        runner.join();
        return results;
    }
};

class SlowGroup : public Group {
protected:
    SlowGroup() { options().group_time = std::chrono::seconds(60); }
};

TEST_P(SlowGroup, ManyCommandsShareOneCommit) {
    const auto before = database().statistics().groups;
    const auto results = run_together(
        200, [](Transaction& transaction, int i) { return transaction.execute(kInsert, {i, i}); });
    for (const auto& result : results) {
        EXPECT_EQ(result, 1);
    }
    EXPECT_EQ(count(), 200);
    // The held command began its group, which then took in the others.
    EXPECT_LE(database().statistics().groups - before, 2U);
}

TEST_P(SlowGroup, ACommandThatFailsAfterWritingFailsAlone) {
    const auto results = run_together(60, [](Transaction& transaction, int i) {
        auto done = transaction.execute(kInsert, {i, i});
        if (done && i % 3 == 0) {
            return core::Result<std::int64_t>(core::fail(kBadNumber));
        }
        if (done && i % 3 == 1) {
            throw std::runtime_error("no");
        }
        return done;
    });
    for (std::size_t i = 0; i < results.size(); ++i) {
        if (i % 3 == 2) {
            EXPECT_EQ(results[i], 1);
        } else {
            ASSERT_FALSE(results[i]);
            EXPECT_EQ(results[i].error().code(), i % 3 == 0 ? kBadNumber : kCommandThrew);
        }
    }
    EXPECT_EQ(count(), 20);
    EXPECT_EQ(database().statistics().redone, 1U);
}

TEST_P(SlowGroup, AQueuedStatementThatFailsIsBlamedOnItsOwnCommand) {
    ASSERT_EQ(insert(1'000), 1);
    const auto results = run_together(60, [](Transaction& transaction, int i) {
        const auto queued = transaction.queue(kInsert, {i % 3 == 0 ? 1'000 : i, i});
        if (!queued) {
            return core::Result<std::int64_t>(std::unexpected(queued.error()));
        }
        return i % 3 == 1 ? core::Result<std::int64_t>(core::fail(kBadNumber)) : 1;
    });
    for (std::size_t i = 0; i < results.size(); ++i) {
        if (i % 3 == 2) {
            EXPECT_EQ(results[i], 1);
        } else {
            ASSERT_FALSE(results[i]);
            EXPECT_EQ(results[i].error().code(), i % 3 == 0 ? kDuplicate : kBadNumber);
        }
    }
    EXPECT_EQ(count(), 21);
}

TEST_P(SlowGroup, OfCommandsForOneKeyExactlyOneWins) {
    const auto results = run_together(60, [](Transaction& transaction, int i) {
        return transaction.execute(kInsert, {i % 5, i});
    });
    int won = 0;
    for (const auto& result : results) {
        won += result ? 1 : 0;
        EXPECT_TRUE(result || result.error().code() == kDuplicate);
    }
    EXPECT_EQ(won, 5);
    EXPECT_EQ(count(), 5);
}

TEST_P(SlowGroup, ActionsRunOnceAfterTheCommitAndOnlyForWhatSucceeded) {
    std::atomic<int> ran = 0;
    std::atomic<int> ran_for_failed = 0;
    const auto results = run_together(30, [&](Transaction& transaction, int i) {
        transaction.after_commit([&, i] { ++(i % 2 == 0 ? ran : ran_for_failed); });
        auto done = transaction.execute(kInsert, {i, i});
        return i % 2 == 0 ? done : core::Result<std::int64_t>(core::fail(kBadNumber));
    });
    EXPECT_EQ(results.size(), 30U);
    EXPECT_EQ(ran, 15);
    EXPECT_EQ(ran_for_failed, 0);
}

class ShortQueue : public Group {
protected:
    ShortQueue() { options().queue_max = 3; }
};

TEST_P(ShortQueue, RefusesMoreThanItHolds) {
    Gate gate;
    std::thread holder([&] {
        EXPECT_TRUE(database().write_blocking([&](Transaction&) -> core::Result<void> {
            gate.pass();
            return {};
        }));
    });
    gate.wait_until_reached();
    std::vector<std::thread> waiting;
    waiting.reserve(3);
    for (int i = 0; i < 3; ++i) {
        waiting.emplace_back([&, i] { EXPECT_EQ(insert(i), 1); });
    }
    while (database().statistics().commands_waiting < 3) {
        std::this_thread::yield();
    }
    const auto refused = insert(99);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), kBusy);
    gate.open();
    holder.join();
    for (std::thread& thread : waiting) {
        thread.join();
    }
    EXPECT_EQ(count(), 3);
    EXPECT_EQ(insert(99), 1);
}

TEST_P(Group, ReadersGoOnWhileACommandHoldsTheWriter) {
    ASSERT_EQ(insert(1), 1);
    Gate gate;
    std::thread holder([&] {
        EXPECT_TRUE(database().write_blocking([&](Transaction& transaction) -> core::Result<void> {
            const auto inserted = transaction.execute(kInsert, {2, 2});
            gate.pass();
            return inserted ? core::Result<void>{} : std::unexpected(inserted.error());
        }));
    });
    gate.wait_until_reached();
    EXPECT_EQ(count(), 1);
    gate.open();
    holder.join();
    EXPECT_EQ(count(), 2);
}

TEST_P(Group, AReadSeesOneSnapshotHoweverManyQueriesItMakes) {
    ASSERT_EQ(insert(1), 1);
    const auto counts = database().read_blocking(
        [&](Reader& reader) -> core::Result<std::pair<std::int64_t, std::int64_t>> {
            const auto ask = [&] {
                return reader
                    .find("select count(*) from numbers", {},
                          [](const Row& row) { return row.integer(0); })
                    .value()
                    .value();
            };
            const std::int64_t first = ask();
            std::thread([&] { EXPECT_EQ(insert(2), 1); }).join();
            return std::pair(first, ask());
        });
    ASSERT_TRUE(counts);
    EXPECT_EQ(*counts, std::pair(std::int64_t{1}, std::int64_t{1}));
    EXPECT_EQ(count(), 2);
}

TEST_P(Group, ClosingFinishesWhatWasAccepted) {
    Gate gate;
    std::atomic<int> succeeded = 0;
    std::vector<std::thread> threads;
    threads.emplace_back([&] {
        EXPECT_TRUE(database().write_blocking([&](Transaction&) -> core::Result<void> {
            gate.pass();
            return {};
        }));
    });
    gate.wait_until_reached();
    for (int i = 0; i < 20; ++i) {
        threads.emplace_back([&, i] { succeeded += insert(i) ? 1 : 0; });
    }
    while (database().statistics().commands_waiting < 20) {
        std::this_thread::yield();
    }
    std::thread closer([&] { close(); });
    gate.open();
    closer.join();
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(succeeded, 20);
    reopen();
    EXPECT_EQ(count(), 20);
}

INSTANTIATE_KAPOK_DATABASES(Group);
INSTANTIATE_KAPOK_DATABASES(SlowGroup);
INSTANTIATE_KAPOK_DATABASES(ShortQueue);

}  // namespace
}  // namespace kapok::platform::db
