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
#include <utility>

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
    // Called for each topic that was rung here, to tell other servers. Set it before anything
    // rings; nobody rings any more when what it calls ends.
    void set_teller(std::function<void(std::string_view)> teller) { teller_ = std::move(teller); }

    // Made when first asked for; stays as long as this does.
    [[nodiscard]] Bell& at(std::string_view topic);
    // Rings it here and in the other servers.
    void ring(std::string_view topic);
    // Rings it here, if somebody ever asked for it.
    void ring_here(std::string_view topic);
    // Rings all that there are, here: nobody knows what was missed.
    void ring_all();

private:
    std::function<void(std::string_view)> teller_;
    std::mutex mutex_;
    std::map<std::string, Bell, std::less<>> bells_;
};

}  // namespace kapok::platform::db
