#pragma once

// How a loop waits for others' commits: until its bell is rung, or until some time has passed. A
// bell is rung after a commit (Transaction::ring) and says only "look again"; what happened is in
// the database. So no ring can be lost, many are as good as one, and a waiter that was slow reads
// what it missed.

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>

namespace kapok::platform::db {

class Bell {
public:
    Bell();
    Bell(const Bell&) = delete;
    Bell& operator=(const Bell&) = delete;
    ~Bell();  // Nobody may be waiting.

    // From any thread; never blocks for long.
    void ring();
    // How often it was rung. Read it before looking, then wait with it: a ring in between counts.
    [[nodiscard]] std::uint64_t count() const;
    // Returns once the count is above `seen`, or after `at_most`, or when the coroutine is
    // cancelled. The caller looks which by itself.
    [[nodiscard]] boost::asio::awaitable<void> wait(std::uint64_t seen,
                                                    std::chrono::milliseconds at_most);

private:
    struct State;
    std::unique_ptr<State> state_;
};

// Returns after so much time, or when the coroutine is cancelled.
[[nodiscard]] boost::asio::awaitable<void> pause(std::chrono::milliseconds duration);

// The bells of a database by topic, such as "audit.published".
class Bells {
public:
    // Made when first asked for; stays as long as this does.
    [[nodiscard]] Bell& at(std::string_view topic);

private:
    std::mutex mutex_;
    std::map<std::string, Bell, std::less<>> bells_;
};

}  // namespace kapok::platform::db
