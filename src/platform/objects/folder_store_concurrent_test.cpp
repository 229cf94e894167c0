// Many threads, and programs that are killed: an object is always one that somebody finished.

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <csignal>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/random.h"
#include "core/timestamp.h"
#include "platform/objects/blocking_pool.h"
#include "platform/objects/errors.h"
#include "platform/objects/folder_store.h"
#include "platform/objects/limits.h"
#include "platform/objects/testing.h"

namespace kapok::platform::objects {
namespace {

namespace asio = boost::asio;

constexpr core::Timestamp kNow = core::from_micros(1'795'000'000'000'000);

// Made of its number only, in a size that fits the number.
Bytes numbered(std::uint32_t number) {
    Bytes bytes;
    const auto word = std::bit_cast<std::array<std::byte, 4>>(number);
    for (std::uint32_t i = 0; i < 2'000 + number % 50 * 100; ++i) {
        bytes.insert(bytes.end(), word.begin(), word.end());
    }
    return bytes;
}
std::uint32_t number_of(const Bytes& bytes) {
    std::uint32_t number = 0;
    std::memcpy(&number, bytes.data(), std::min(bytes.size(), sizeof number));
    return number;
}
bool is_numbered(const Bytes& bytes) {
    return bytes == numbered(number_of(bytes));
}

class Concurrent : public testing::Test {
protected:
    std::unique_ptr<ObjectStore> open() {
        FolderOptions options;
        options.folder = folder_.path();
        auto opened = open_folder_store(options, clock_, random_);
        return opened ? *std::move(opened) : nullptr;
    }
    const TemporaryFolder& folder() { return folder_; }

private:
    TemporaryFolder folder_;
    core::ManualClock clock_{kNow};
    core::SystemRandom random_;
};

TEST_F(Concurrent, ReadersSeeOneOfTheWritersWhole) {
    const auto store = open();
    std::atomic<bool> ending = false;
    std::vector<std::thread> writers;
    for (std::uint32_t number = 1; number <= 4; ++number) {
        writers.emplace_back([&, number] {
            for (int i = 0; i < 40; ++i) {
                EXPECT_TRUE(store->put("a/b", numbered(number)));
                // Together with the others this makes and removes the folder all the time.
                const auto removed = store->remove("a/b");
                EXPECT_TRUE(removed || removed.error().code() == kNotFound);
            }
        });
    }
    std::thread reader([&] {
        while (!ending) {
            const auto got = store->get("a/b", kObjectBytesMax);
            EXPECT_TRUE(got ? is_numbered(*got) : got.error().code() == kNotFound);
            EXPECT_TRUE(store->list({}));
        }
    });
    for (std::thread& writer : writers) {
        writer.join();
    }
    ending = true;
    reader.join();
}

TEST_F(Concurrent, OfManyWhoRefuseToReplaceOneWins) {
    const auto store = open();
    std::atomic<int> won = 0;
    std::vector<std::thread> writers;
    for (std::uint32_t number = 1; number <= 8; ++number) {
        writers.emplace_back([&, number] {
            const auto put = store->put("one", numbered(number), Existing::Refuse);
            won += put ? 1 : 0;
            EXPECT_TRUE(put || put.error().code() == kExists);
        });
    }
    for (std::thread& writer : writers) {
        writer.join();
    }
    EXPECT_EQ(won, 1);
}

TEST_F(Concurrent, CoroutinesUseThePool) {
    const auto store = open();
    BlockingPool pool(2);
    asio::io_context context(1);
    const auto thread = std::this_thread::get_id();
    int found = 0;
    for (std::uint32_t number = 1; number <= 20; ++number) {
        const auto one = [&, number]() -> asio::awaitable<void> {
            const std::string name = "n/" + std::to_string(number);
            auto put = [&] { return store->put(name, numbered(number)); };
            const auto info = co_await pool.run(std::move(put));
            EXPECT_TRUE(info);
            auto get = [&] { return store->get(name, kObjectBytesMax); };
            const auto bytes = co_await pool.run(std::move(get));
            EXPECT_EQ(std::this_thread::get_id(), thread);
            found += bytes && *bytes == numbered(number) ? 1 : 0;
        };
        asio::co_spawn(context, one, asio::detached);
    }
    context.run();
    EXPECT_EQ(found, 20);
}

// Under the sanitizers: it is told to end at the moment at which its work ends on a thread.
TEST_F(Concurrent, ACoroutineThatIsCancelledHasItsWorksResult) {
    constexpr int kTimes = 20'000;
    const auto dawdle = [](int steps) {
        for (std::atomic<int> step = 0; step < 10 * steps; ++step) {
        }
    };
    asio::io_context context(1);
    BlockingPool pool(2);
    int ended = 0;
    for (int i = 0; i < kTimes; ++i) {
        asio::cancellation_signal end;
        const auto one = [&, i]() -> asio::awaitable<void> {
            co_await asio::this_coro::throw_if_cancelled(false);
            auto work = [i, dawdle] {
                dawdle(i % 97);
                return i;
            };
            const int got = co_await pool.run(std::move(work));
            EXPECT_EQ(got, i);
            ++ended;
        };
        asio::co_spawn(context, one, asio::bind_cancellation_slot(end.slot(), asio::detached));
        context.poll();
        dawdle(i % 89);
        end.emit(asio::cancellation_type::terminal);
        context.restart();
        context.run();
        context.restart();
    }
    EXPECT_EQ(ended, kTimes);
}

// Puts objects for ever, and tells of each through the pipe once it is stored.
[[noreturn]] void put_for_ever(ObjectStore& store, int pipe) {
    for (std::uint32_t number = 1;; ++number) {
        const std::string name = "k/" + std::to_string(number % 7);
        if (!store.put(name, numbered(number)) ||
            ::write(pipe, &number, sizeof number) != sizeof number) {
            ::_exit(1);
        }
    }
}

TEST_F(Concurrent, AKilledProgramLeavesOnlyWholeObjects) {
    core::SeededRandom random(3);
    for (int round = 0; round < 8; ++round) {
        std::array<int, 2> ends{};
        ASSERT_EQ(::pipe(ends.data()), 0);
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            ::close(ends[0]);
            const auto store = open();
            put_for_ever(*store, ends[1]);
        }
        ::close(ends[1]);
        const std::uint64_t wanted = 1 + random.below(60);
        std::array<std::uint32_t, 7> last{};
        std::uint32_t number = 0;
        for (std::uint64_t seen = 0; ::read(ends[0], &number, sizeof number) == sizeof number;
             ++seen) {
            last.at(number % 7) = number;
            if (seen == wanted) {
                ::kill(child, SIGKILL);
            }
        }
        ::close(ends[0]);
        ::waitpid(child, nullptr, 0);
        const auto store = open();
        for (std::uint32_t key = 0; key < last.size(); ++key) {
            if (last.at(key) == 0) {
                continue;
            }
            const auto got = store->get("k/" + std::to_string(key), kObjectBytesMax);
            ASSERT_TRUE(got);
            EXPECT_TRUE(is_numbered(*got));
            // At most the one that nobody heard of any more may be there instead.
            const std::uint32_t stored = number_of(*got);
            EXPECT_TRUE(stored == last.at(key) || stored == last.at(key) + last.size());
        }
        EXPECT_TRUE(std::filesystem::is_empty(folder().path() / "incoming"));
    }
}

}  // namespace
}  // namespace kapok::platform::objects
