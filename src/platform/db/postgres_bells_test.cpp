// A bell that one server rings wakes those who wait in another one: with the commit, across a
// broken line, and nobody else's.

#include "platform/db/postgres_bells.h"

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/clock.h"
#include "platform/db/testing/broken_line.h"
#include "platform/db/testing/database_test.h"
#include "platform/db/testing/postgres_place.h"

namespace kapok::platform::db {
namespace {

constexpr std::chrono::seconds kLong{20};

// Whether it comes to be so before long.
bool becomes(const std::function<bool()>& is_so) {
    const auto end = std::chrono::steady_clock::now() + kLong;
    while (!is_so() && std::chrono::steady_clock::now() < end) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return is_so();
}

core::Result<void> ring(Database& database, std::string_view topic) {
    return database.write_blocking([&](Transaction& transaction) -> core::Result<void> {
        transaction.ring(topic);
        return {};
    });
}

class BellsOfServers : public db_test::DatabaseTest {
protected:
    void SetUp() override {
        DatabaseTest::SetUp();
        if (IsSkipped()) {
            return;
        }
        auto opened = Database::open(options(), clock());
        ASSERT_TRUE(opened);
        other_ = *std::move(opened);
    }
    void TearDown() override { other_.reset(); }
    Database& other() { return *other_; }

private:
    std::unique_ptr<Database> other_;
};

INSTANTIATE_TEST_SUITE_P(Databases, BellsOfServers, testing::Values(Backend::Postgres),
                         db_test::backend_name);

TEST_P(BellsOfServers, AreHeardInTheOtherServer) {
    Bell& here = database().bell("numbers");
    Bell& there = other().bell("numbers");
    const Bell& letters = other().bell("letters");
    ASSERT_TRUE(ring(database(), "numbers"));
    EXPECT_TRUE(becomes([&] { return there.count() == 1; }));
    ASSERT_TRUE(ring(other(), "numbers"));
    EXPECT_TRUE(becomes([&] { return here.count() == 2; }));
    // Nobody hears himself a second time, nor what he has no bell for.
    ASSERT_TRUE(ring(database(), "unknown"));
    ASSERT_TRUE(ring(database(), "numbers"));
    EXPECT_TRUE(becomes([&] { return there.count() == 3; }));
    EXPECT_EQ(here.count(), 3U);
    EXPECT_EQ(letters.count(), 0U);
}

TEST_P(BellsOfServers, AreNotHeardInAnotherInstallation) {
    const auto elsewhere = db_test::make_postgres_place();
    Options options = this->options();
    options.url = elsewhere->url();
    const auto stranger = Database::open(options, clock());
    ASSERT_TRUE(stranger);
    const Bell& bell = (*stranger)->bell("numbers");
    const Bell& there = other().bell("numbers");
    ASSERT_TRUE(ring(database(), "numbers"));
    EXPECT_TRUE(becomes([&] { return there.count() == 1; }));
    EXPECT_EQ(bell.count(), 0U);
}

TEST_P(BellsOfServers, AManyTimesRungBellIsToldAFewTimes) {
    constexpr int kRings = 2'000;
    const Bell& there = other().bell("numbers");
    for (int i = 0; i < kRings; ++i) {
        ASSERT_TRUE(ring(database(), "numbers"));
    }
    ASSERT_TRUE(ring(database(), "end"));
    EXPECT_TRUE(becomes([&] { return there.count() > 0; }));
    EXPECT_LE(there.count(), kRings);
}

TEST_P(BellsOfServers, RingAllAfterTheLineWasLost) {
    const auto parts = db_test::parts_of(options().url);
    db_test::BrokenLine line(parts.at("host"), parts.at("port"), 4711);
    Bells bells;
    const Bell& bell = bells.at("numbers");
    const PostgresBells relay(fmt::format("postgres://{}@127.0.0.1:{}/{}", parts.at("user"),
                                          line.port(), parts.at("dbname")),
                              bells);
    EXPECT_TRUE(relay.listening());
    EXPECT_EQ(bell.count(), 0U);
    line.cut_all();
    EXPECT_TRUE(becomes([&] { return bell.count() > 0 && relay.listening(); }));
}

TEST(PostgresBells, EndsWhileNobodyAnswers) {
    Bells bells;
    PostgresBells relay("postgres://kapok@127.0.0.1:1/none", bells);
    EXPECT_FALSE(relay.listening());
    relay.tell("numbers");
}

}  // namespace
}  // namespace kapok::platform::db
