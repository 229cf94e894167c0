// Goal: a report that was appended is there after any end of the agent, with the same number, until
// it is acknowledged. Method: a journal is closed and opened again after every step, and its file
// is cut at every byte.

#include "compute/agent/journal.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "compute/inventory/text.h"
#include "core/random.h"

namespace kapok::compute::agent {
namespace {

class JournalTest : public testing::Test {
protected:
    void SetUp() override {
        std::string name = std::filesystem::temp_directory_path() / "kapok-journal-XXXXXX";
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder_ = name;
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    Journal open() { return Journal::open(folder_).value(); }
    [[nodiscard]] std::filesystem::path file() const { return folder_ / "reports.jsonl"; }
    static std::vector<std::int64_t> numbers(const Journal& journal) {
        std::vector<std::int64_t> found;
        for (const auto& report : journal.pending(1'000)) {
            found.push_back(report.sequence);
        }
        return found;
    }

    std::filesystem::path folder_;
};

using Numbers = std::vector<std::int64_t>;

TEST_F(JournalTest, KeepsReportsUntilTheyAreAcknowledged) {
    {
        Journal journal = open();
        EXPECT_TRUE(journal.empty());
        EXPECT_EQ(journal.append(protocol::OrderDone{7}), 1);
        EXPECT_EQ(journal.append(protocol::OrderDone{8}), 2);
        EXPECT_EQ(journal.append(protocol::OrderDone{9}), 3);
        ASSERT_TRUE(journal.acknowledge(1));
        EXPECT_EQ(numbers(journal), (Numbers{2, 3}));
    }
    Journal journal = open();
    ASSERT_TRUE(journal.acknowledge(2));  // As the platform's next answer says again.
    EXPECT_EQ(numbers(journal), (Numbers{3}));
    EXPECT_EQ(std::get<protocol::OrderDone>(journal.pending(1)[0].body).number, 9);
    ASSERT_TRUE(journal.acknowledge(3));
    EXPECT_EQ(journal.append(protocol::OrderDone{10}), 4);
}

TEST_F(JournalTest, GoesOnWhereThePlatformIsAfterItWasLost) {
    {
        Journal journal = open();
        ASSERT_TRUE(journal.acknowledge(41));
    }
    Journal journal = open();
    EXPECT_EQ(journal.acknowledged(), 41);
    EXPECT_EQ(journal.append(protocol::OrderDone{1}), 42);
}

TEST_F(JournalTest, LosesAtMostTheLineThatWasBeingWritten) {
    {
        Journal journal = open();
        for (int i = 1; i <= 3; ++i) {
            ASSERT_TRUE(journal.append(protocol::OrderDone{i}));
        }
    }
    const std::string whole = text::read(file());
    for (std::size_t cut = whole.find('\n') + 1; cut <= whole.size(); ++cut) {
        std::ofstream(file(), std::ios::trunc) << whole.substr(0, cut);
        const auto lines = std::count(whole.begin(), whole.begin() + static_cast<long>(cut), '\n');
        EXPECT_EQ(std::ssize(numbers(open())), lines - 1) << cut;
    }
}

TEST_F(JournalTest, RefusesADamagedFileRatherThanForgetting) {
    for (const std::string_view bad :
         {"nonsense\n", "{\"acknowledged\":0}\n{\"sequence\":2}\n", "{\"acknowledged\":\"1\"}\n",
          "{\"acknowledged\":0}\n{\"sequence\":2,\"kind\":\"order_done\",\"number\":1}\n"}) {
        std::ofstream(file(), std::ios::trunc) << bad;
        EXPECT_FALSE(Journal::open(folder_).has_value()) << bad;
    }
}

TEST_F(JournalTest, KnowsWhichEndsWait) {
    Journal journal = open();
    core::ManualClock clock(core::Timestamp(std::chrono::hours(500'000)));
    core::SeededRandom random(1);
    protocol::AttemptEnded end;
    end.attempt = {JobId::make(clock, random), 2};
    ASSERT_TRUE(journal.append(end));
    EXPECT_TRUE(journal.has_end_of(end.attempt));
    EXPECT_FALSE(journal.has_end_of({end.attempt.job, 1}));
    ASSERT_TRUE(journal.acknowledge(1));
    EXPECT_FALSE(journal.has_end_of(end.attempt));
}

// Property: over random steps with restarts, what is pending is what was appended and not
// acknowledged.
TEST_F(JournalTest, AgreesWithAModelOverRestarts) {
    core::SeededRandom random(20'261'123);
    auto journal = std::make_unique<Journal>(open());
    std::int64_t last = 0;
    std::int64_t acknowledged = 0;
    for (int step = 0; step < 300; ++step) {
        switch (random.below(4)) {
            case 0:
                journal = std::make_unique<Journal>(open());
                ASSERT_TRUE(journal->acknowledge(acknowledged));
                break;
            case 1:
                acknowledged += static_cast<std::int64_t>(
                    random.below(static_cast<std::uint64_t>(last - acknowledged) + 1));
                ASSERT_TRUE(journal->acknowledge(acknowledged));
                break;
            default: ASSERT_EQ(journal->append(protocol::OrderDone{step + 1}), ++last);
        }
        const auto pending = numbers(*journal);
        ASSERT_EQ(std::ssize(pending), last - acknowledged);
        ASSERT_TRUE(pending.empty() || pending.front() == acknowledged + 1);
    }
}

}  // namespace
}  // namespace kapok::compute::agent
