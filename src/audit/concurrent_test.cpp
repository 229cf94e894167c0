// Servers at work: many publishers, two sequencers that want the same lease, each in its own loop.
// Whatever they do, each committed event gets one number, no number is missing, and what one
// publisher wrote stands in the order in which it wrote.

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include "audit/audit_service.h"
#include "audit/errors.h"
#include "audit/sequencer.h"
#include "audit/testing/audit_test.h"
#include "platform/db/bell.h"

namespace kapok::audit {
namespace {

namespace asio = boost::asio;
namespace db = platform::db;

constexpr std::chrono::seconds kPatience{60};  // Far beyond what a test needs.

// A server's loop of its own: a sequencer that runs until it is stopped.
class RunningSequencer {
public:
    RunningSequencer(db::Database& database, const std::string& holder,
                     const platform::crypto::PrivateKey& key, const core::Clock& clock,
                     platform::log::Log& log)
        : sequencer_(database, {std::string(kOrigin), holder}, key, clock, log) {
        asio::co_spawn(io_, sequencer_.run(),
                       asio::bind_cancellation_slot(signal_.slot(), asio::detached));
        thread_ = std::thread([this] { io_.run(); });
    }
    RunningSequencer(const RunningSequencer&) = delete;
    RunningSequencer& operator=(const RunningSequencer&) = delete;
    ~RunningSequencer() {
        asio::post(io_, [this] { signal_.emit(asio::cancellation_type::terminal); });
        thread_.join();
    }

private:
    asio::io_context io_{1};
    Sequencer sequencer_;
    asio::cancellation_signal signal_;
    std::thread thread_;
};

class AuditServers : public AuditTest {
protected:
    void SetUp() override {
        AuditTest::SetUp();
        if (IsSkipped()) {
            return;
        }
        // A SQLite database has one server; on PostgreSQL the second has connections of its own.
        if (GetParam() == db::Backend::Postgres) {
            second_ = db::Database::open(options(), system_clock_).value();
        }
    }
    void TearDown() override {
        second_.reset();
        AuditTest::TearDown();
    }
    db::Database& server(int number) { return number % 2 == 1 && second_ ? *second_ : database(); }
    std::unique_ptr<RunningSequencer> start(int number) {
        return std::make_unique<RunningSequencer>(
            server(number), "server " + std::to_string(number), key_, system_clock_, system_log_);
    }
    // Every fifth command fails, and its event must not be seen.
    void publish_all(int publisher, int count) {
        for (int number = 0; number < count; ++number) {
            const auto done = server(publisher).write_blocking(
                [&](db::Transaction& transaction) -> core::Result<void> {
                    Event event = job_event(number);
                    event.subject = "publisher_" + std::to_string(publisher);
                    auto published = publish(transaction, alice(), event);
                    if (published && number % 5 == 4) {
                        return core::fail(kUnknownEvent, {{"sequence", "0"}});
                    }
                    return published;
                });
            EXPECT_EQ(done.has_value(), number % 5 != 4);
        }
    }
    void wait_for_size(std::int64_t size) {
        asio::io_context io;
        asio::co_spawn(io, look_for_size(size), asio::detached);
        io.run_for(kPatience);
    }

    core::SystemClock system_clock_;
    platform::log::Log system_log_{STDERR_FILENO, platform::log::Level::Error, system_clock_};
    std::unique_ptr<db::Database> second_;

private:
    asio::awaitable<void> look_for_size(std::int64_t size) {
        while (true) {
            const auto found = co_await database().read(log_size);
            if (found.value() >= size) {
                co_return;
            }
            co_await db::pause(std::chrono::milliseconds(5));
        }
    }
};

INSTANTIATE_KAPOK_DATABASES(AuditServers);

void expect_each_once(const std::vector<NumberedEvent>& events, int publishers, int count) {
    std::map<std::string, std::int64_t, std::less<>> next;
    for (const auto& event : events) {
        const auto body = boost::json::parse(event.body);
        const std::string publisher(body.at("subject").as_string());
        std::int64_t& expected = next[publisher];
        expected += expected % 5 == 4 ? 1 : 0;
        EXPECT_EQ(body.at("data").at("number").as_int64(), expected) << publisher;
        ++expected;
    }
    EXPECT_EQ(next.size(), static_cast<std::size_t>(publishers));
    EXPECT_EQ(events.size(), static_cast<std::size_t>(publishers * count * 4 / 5));
}

TEST_P(AuditServers, NumberEachEventOnceWhileSequencersComeAndGo) {
    constexpr int kPublishers = 4;
    constexpr int kEvents = 150;
    auto first = start(0);
    auto second = start(1);
    std::vector<std::thread> publishers;
    for (int publisher = 0; publisher < kPublishers; ++publisher) {
        publishers.emplace_back([this, publisher] { publish_all(publisher, kEvents); });
    }
    wait_for_size(50);
    first.reset();
    wait_for_size(100);
    first = start(2);
    second.reset();
    for (auto& publisher : publishers) {
        publisher.join();
    }
    wait_for_size(kPublishers * kEvents * 4 / 5);
    first.reset();
    expect_each_once(expect_sound(), kPublishers, kEvents);
}

// Both at every moment, without their loops: rounds that meet in the database.
TEST_P(AuditServers, KeepOneOrderWhenRoundsMeet) {
    constexpr int kEvents = 100;
    std::atomic<bool> done = false;
    const auto work = [&](int number) {
        Sequencer sequencer(server(number), {std::string(kOrigin), "one name"}, key_, system_clock_,
                            system_log_);
        while (!done) {
            EXPECT_TRUE(sequencer.round_blocking());
        }
    };
    std::thread first(work, 0);
    std::thread second(work, 1);
    std::thread publisher([this] { publish_all(0, kEvents); });
    publish_all(1, kEvents);
    publisher.join();
    wait_for_size(2 * kEvents * 4 / 5);
    done = true;
    first.join();
    second.join();
    expect_each_once(expect_sound(), 2, kEvents);
}

TEST_P(AuditServers, SendWhatOthersNumberToTheirReaders) {
    const auto sequencer = start(0);
    AuditService service(server(1), {std::string(kOrigin), key_.public_key()},
                         [](const core::Principal&) { return core::Scope::all(); });
    std::thread publisher([this] { publish_all(0, 50); });
    std::size_t seen = 0;
    asio::io_context io;
    asio::co_spawn(
        io,
        [&]() -> asio::awaitable<void> {
            auto feed = co_await service.follow(alice(), {}, 0);
            while (seen < 40) {
                const auto events = co_await feed.value()->next();
                for (const auto& event : events.value()) {
                    EXPECT_EQ(event.sequence, static_cast<std::int64_t>(++seen));
                }
            }
        },
        asio::detached);
    io.run_for(kPatience);
    publisher.join();
    EXPECT_EQ(seen, 40U);
}

}  // namespace
}  // namespace kapok::audit
