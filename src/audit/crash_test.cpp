// Goal: a server that is killed while it publishes and numbers loses no event that it acknowledged,
// numbers none twice, leaves no gap, and signs nothing that a later checkpoint contradicts.
// Method: a child process with publishers and the sequencer's loop; SIGKILL after a random number
// of acknowledgements; the next child goes on with the same database.

#include <array>
#include <csignal>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audit/testing/audit_test.h"

namespace kapok::audit {
namespace {

namespace asio = boost::asio;
namespace db = platform::db;

constexpr std::int64_t kPublishers = 3;
constexpr std::size_t kRounds = 6;

struct Acknowledged {
    std::int64_t publisher;
    std::int64_t number;

    friend auto operator<=>(const Acknowledged&, const Acknowledged&) = default;
};

void publish_for_ever(db::Database& database, std::int64_t publisher, std::int64_t first,
                      int pipe) {
    for (std::int64_t number = first;; ++number) {
        const auto done = database.write_blocking([&](db::Transaction& transaction) {
            Event event = job_event(number);
            event.subject = "publisher_" + std::to_string(publisher);
            return publish(transaction, alice(), event);
        });
        const Acknowledged acknowledged{publisher, number};
        if (!done || ::write(pipe, &acknowledged, sizeof acknowledged) != sizeof acknowledged) {
            ::_exit(1);
        }
    }
}

[[noreturn]] void run_child(const db::Options& options, const platform::crypto::PrivateKey& key,
                            std::int64_t first, int pipe) {
    const core::SystemClock clock;
    platform::log::Log log(STDERR_FILENO, platform::log::Level::Error, clock);
    auto database = db::Database::open(options, clock);
    if (!database) {
        ::_exit(2);
    }
    asio::io_context io(1);
    Sequencer sequencer(**database, {std::string(kOrigin), "server"}, key, clock, log);
    asio::co_spawn(io, sequencer.run(), asio::detached);
    std::vector<std::thread> publishers;
    for (std::int64_t publisher = 0; publisher < kPublishers; ++publisher) {
        publishers.emplace_back(
            [&, publisher] { publish_for_ever(**database, publisher, first, pipe); });
    }
    io.run();
    ::_exit(3);
}

class AuditCrash : public AuditTest {
protected:
    // Returns what the child acknowledged before it was killed.
    std::set<Acknowledged> publish_and_kill(std::int64_t first, std::size_t count) {
        std::array<int, 2> ends{};
        EXPECT_EQ(::pipe(ends.data()), 0);
        const pid_t child = ::fork();
        if (child == 0) {
            ::close(ends[0]);
            run_child(options(), key_, first, ends[1]);
        }
        ::close(ends[1]);
        std::set<Acknowledged> all;
        Acknowledged acknowledged{};
        while (::read(ends[0], &acknowledged, sizeof acknowledged) ==
               static_cast<ssize_t>(sizeof acknowledged)) {
            all.insert(acknowledged);
            if (all.size() == count) {
                ::kill(child, SIGKILL);
            }
        }
        ::close(ends[0]);
        int status = 0;
        EXPECT_EQ(::waitpid(child, &status, 0), child);
        EXPECT_TRUE(WIFSIGNALED(status)) << WEXITSTATUS(status);
        return all;
    }
};

INSTANTIATE_KAPOK_DATABASES(AuditCrash);

TEST_P(AuditCrash, LosesAndDoublesNothing) {
    std::set<Acknowledged> acknowledged;
    for (std::size_t round = 0; round < kRounds; ++round) {
        close();
        acknowledged.merge(
            publish_and_kill(static_cast<std::int64_t>(round) * 1'000'000, 5 + random_.below(400)));
        reopen();
        const auto sequencer = make_sequencer("server");
        while (sequencer->round_blocking().value().numbered > 0) {
        }
        std::set<Acknowledged> found;
        for (const auto& event : expect_sound()) {
            const auto body = boost::json::parse(event.body);
            const std::string subject(body.at("subject").as_string());
            const auto number = body.at("data").at("number").as_int64();
            EXPECT_TRUE(found.insert({std::stoll(subject.substr(10)), number}).second);
        }
        EXPECT_TRUE(std::ranges::includes(found, acknowledged));
        // Of each publisher one more may have been committed than was acknowledged, in each round.
        EXPECT_LE(found.size(), acknowledged.size() + std::size_t{kPublishers} * (round + 1));
    }
}

}  // namespace
}  // namespace kapok::audit
