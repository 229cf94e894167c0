// PostgreSQL over a line that breaks at random moments: an answer is never wrong. What was answered
// well is there, what was answered with another error than "commit unknown" is not, and nothing is
// there twice. SQLite has no line.

#include <array>
#include <atomic>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "platform/db/errors.h"
#include "platform/db/testing/broken_line.h"
#include "platform/db/testing/database_test.h"
#include "platform/db/testing/postgres_place.h"

namespace kapok::platform::db {
namespace {

constexpr std::array kMigrations{Migration{"fault", 1, "numbers", R"(
create table numbers (
    number bigint not null,
    at {serial}
);
)"}};
constexpr std::string_view kInsert = "insert into numbers (number) values (?)";

class Fault : public db_test::DatabaseTest {
protected:
    Fault() : DatabaseTest(kMigrations) {}

    void SetUp() override {
        DatabaseTest::SetUp();
        if (IsSkipped()) {
            return;
        }
        const auto parts = db_test::parts_of(options().url);
        line_ = std::make_unique<db_test::BrokenLine>(parts.at("host"), parts.at("port"), 4711);
        options().url =
            fmt::format("postgres://{}@127.0.0.1:{}/{}?options={}", parts.at("user"), line_->port(),
                        parts.at("dbname"), "-csearch_path%3D" + schema());
        reopen();
    }
    void TearDown() override {
        close();
        line_.reset();
    }
    std::string schema() {
        const std::string& url = options().url;
        return url.substr(url.rfind("%3D") + 3);
    }
    db_test::BrokenLine& line() { return *line_; }

    std::multiset<std::int64_t> stored() {
        std::multiset<std::int64_t> numbers;
        const auto read = database().read_blocking([&](Reader& reader) {
            return reader.query("select number from numbers", {},
                                [&](const Row& row) { numbers.insert(row.integer(0)); });
        });
        EXPECT_TRUE(read);
        return numbers;
    }

private:
    std::unique_ptr<db_test::BrokenLine> line_;
};

struct Answers {
    std::set<std::int64_t> good;
    std::set<std::int64_t> bad;
    std::set<std::int64_t> unknown;
};

Answers insert_numbers(Database& database, std::int64_t from, std::int64_t count) {
    Answers answers;
    for (std::int64_t number = from; number < from + count; ++number) {
        const auto done =
            database.write_blocking([&](Transaction& transaction) -> core::Result<void> {
                if (number % 2 == 0) {
                    return transaction.queue(kInsert, {number});
                }
                const auto changed = transaction.execute(kInsert, {number});
                return changed ? core::Result<void>{} : std::unexpected(changed.error());
            });
        if (done) {
            answers.good.insert(number);
        } else {
            EXPECT_EQ(done.error().code().kind, core::ErrorKind::Unavailable);
            const bool unknown = done.error().code() == kCommitUnknown;
            (unknown ? answers.unknown : answers.bad).insert(number);
        }
    }
    return answers;
}

TEST_P(Fault, AnswersAreTrueHoweverTheLineBreaks) {
    constexpr int kWriters = 4;
    constexpr std::int64_t kNumbers = 150;
    line().cut_after(1'200, 9'000);
    line().cut_all();
    std::vector<Answers> answers(kWriters);
    std::vector<std::thread> threads;
    threads.reserve(kWriters);
    for (std::size_t i = 0; i < kWriters; ++i) {
        threads.emplace_back([&, i] {
            answers[i] = insert_numbers(database(), static_cast<std::int64_t>(i) * 1'000, kNumbers);
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_GT(line().cuts(), 5);
    line().mend();
    EXPECT_EQ(insert_numbers(database(), 100'000, 1).good.size(), 1U);
    const auto numbers = stored();
    std::size_t good = 0;
    for (const Answers& one : answers) {
        good += one.good.size();
        for (const std::int64_t number : one.good) {
            EXPECT_EQ(numbers.count(number), 1U) << number;
        }
        for (const std::int64_t number : one.bad) {
            EXPECT_EQ(numbers.count(number), 0U) << number;
        }
        for (const std::int64_t number : one.unknown) {
            EXPECT_LE(numbers.count(number), 1U) << number;
        }
    }
    EXPECT_GT(good, kWriters * kNumbers / 2);
}

TEST_P(Fault, AConnectionThatBrokeWhileIdleIsMadeAnewUnnoticed) {
    EXPECT_EQ(insert_numbers(database(), 1, 3).good.size(), 3U);
    EXPECT_EQ(stored().size(), 3U);
    line().cut_all();
    EXPECT_EQ(stored().size(), 3U);
    EXPECT_EQ(insert_numbers(database(), 10, 3).good.size(), 3U);
    EXPECT_EQ(stored().size(), 6U);
}

TEST_P(Fault, WithoutAServerAnswersComeAndWithOneAgainAllIsWell) {
    options().reconnect_time = std::chrono::milliseconds(200);
    reopen();
    line().cut_after(0, 1);
    line().cut_all();
    const auto answers = insert_numbers(database(), 1, 3);
    EXPECT_EQ(answers.bad.size(), 3U);
    const auto read = database().read_blocking(
        [](Reader& reader) { return reader.query("select 1", {}, [](const Row&) {}); });
    EXPECT_TRUE(!read && read.error().code() == kConnectionLost);
    line().mend();
    EXPECT_EQ(insert_numbers(database(), 10, 3).good.size(), 3U);
    EXPECT_EQ(stored(), (std::multiset<std::int64_t>{10, 11, 12}));
}

// It takes as long as a server may be silent, and a connection may take to be made.
TEST_P(Fault, AServerThatSaysNothingIsGivenUp) {
    options().statement_time = std::chrono::milliseconds(300);
    options().reconnect_time = std::chrono::milliseconds(300);
    reopen();
    EXPECT_EQ(insert_numbers(database(), 1, 3).good.size(), 3U);
    line().hold();
    const auto answers = insert_numbers(database(), 11, 1);
    EXPECT_EQ(answers.good.size(), 0U);
    line().release();
    line().cut_all();
    EXPECT_EQ(insert_numbers(database(), 20, 3).good.size(), 3U);
    EXPECT_GE(stored().size(), 6U);
}

INSTANTIATE_TEST_SUITE_P(Databases, Fault, testing::Values(Backend::Postgres),
                         db_test::backend_name);

}  // namespace
}  // namespace kapok::platform::db
