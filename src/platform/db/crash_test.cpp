// A program killed in the middle of its work: every command that was acknowledged is there
// afterwards, whole, and no command is there in part.

#include <algorithm>
#include <array>
#include <csignal>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/random.h"
#include "platform/db/errors.h"
#include "platform/db/testing/database_test.h"

namespace kapok::platform::db {
namespace {

constexpr std::array kMigrations{Migration{"crash", 1, "pairs", R"(
create table pairs (
    writer bigint not null,
    number bigint not null,
    half bigint not null,
    primary key (writer, number, half)
);
)"}};
constexpr int kWriters = 3;
constexpr int kRounds = 6;

struct Acknowledged {
    std::int64_t writer;
    std::int64_t number;
};

// Writes pairs for ever, and tells of each through the pipe once it is acknowledged.
void write_pairs(Database& database, std::int64_t writer, std::int64_t first, int pipe) {
    for (std::int64_t number = first;; ++number) {
        const auto done =
            database.write_blocking([&](Transaction& transaction) -> core::Result<void> {
                constexpr std::string_view kInsert =
                    "insert into pairs (writer, number, half) values (?, ?, ?)";
                auto one = transaction.queue(kInsert, {writer, number, 1});
                return one ? transaction.queue(kInsert, {writer, number, 2}) : one;
            });
        const Acknowledged acknowledged{writer, number};
        if (!done || ::write(pipe, &acknowledged, sizeof acknowledged) != sizeof acknowledged) {
            ::_exit(1);
        }
    }
}

[[noreturn]] void run_child(const Options& options, std::int64_t first, int pipe) {
    const core::SystemClock clock;
    auto database = Database::open(options, clock);
    if (!database) {
        ::_exit(2);
    }
    std::vector<std::thread> threads;
    threads.reserve(kWriters);
    for (std::int64_t writer = 0; writer < kWriters; ++writer) {
        threads.emplace_back([&, writer] { write_pairs(**database, writer, first, pipe); });
    }
    threads.front().join();
    ::_exit(3);
}

class Crash : public db_test::DatabaseTest {
protected:
    Crash() : DatabaseTest(kMigrations) {}

    // Lets a child write until `count` pairs are acknowledged, and kills it.
    void write_and_kill(std::int64_t first, int count, std::vector<std::int64_t>& last) {
        std::array<int, 2> ends{};
        ASSERT_EQ(::pipe(ends.data()), 0);
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            ::close(ends[0]);
            run_child(options(), first, ends[1]);
        }
        ::close(ends[1]);
        Acknowledged acknowledged{};
        for (int seen = 0; ::read(ends[0], &acknowledged, sizeof acknowledged) ==
                           static_cast<ssize_t>(sizeof acknowledged);
             ++seen) {
            last.at(static_cast<std::size_t>(acknowledged.writer)) = acknowledged.number;
            if (seen == count) {
                ::kill(child, SIGKILL);
            }
        }
        ::close(ends[0]);
        int status = 0;
        ::waitpid(child, &status, 0);
        EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    }

    // Of each writer the numbers that are there, each in both halves.
    std::vector<std::vector<std::int64_t>> stored() {
        std::vector<std::vector<std::int64_t>> numbers(kWriters);
        const auto read = database().read_blocking([&](Reader& reader) {
            return reader.query(
                "select writer, number, count(*) from pairs group by writer, number "
                "order by writer, number",
                {}, [&](const Row& row) {
                    EXPECT_EQ(row.integer(2), 2);
                    numbers.at(static_cast<std::size_t>(row.integer(0))).push_back(row.integer(1));
                });
        });
        EXPECT_TRUE(read);
        return numbers;
    }
};

TEST_P(Crash, LosesNothingThatWasAcknowledged) {
    close();  // The child must not inherit threads in the middle of something.
    core::SeededRandom random(77);
    std::vector<std::int64_t> last(kWriters, -1);
    std::int64_t first = 0;
    for (int round = 0; round < kRounds; ++round) {
        write_and_kill(first, 20 + static_cast<int>(random.below(150)), last);
        reopen();
        const auto numbers = stored();
        const std::int64_t began = std::exchange(first, 0);
        for (std::size_t writer = 0; writer < kWriters; ++writer) {
            // At most the one command that nobody heard of any more may be there beyond.
            ASSERT_FALSE(numbers[writer].empty());
            EXPECT_GE(numbers[writer].back(), last[writer]);
            EXPECT_LE(numbers[writer].back(), std::max(last[writer], began - 1) + 1);
            // A command that was under way when its program died may still arrive on PostgreSQL.
            first = std::max(first, numbers[writer].back() + 10);
        }
        close();
    }
}

INSTANTIATE_KAPOK_DATABASES(Crash);

}  // namespace
}  // namespace kapok::platform::db
