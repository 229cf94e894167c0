#include "platform/db/bell.h"

#include <cassert>
#include <list>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace kapok::platform::db {

namespace asio = boost::asio;

namespace {

using Timer = asio::steady_timer;

}  // namespace

struct Bell::State {
    struct Waiter {
        std::shared_ptr<Timer> timer;
        bool is_rung = false;
    };

    mutable std::mutex mutex;
    std::uint64_t count = 0;
    std::list<Waiter> waiting;

    // Takes a waiter off the list however its coroutine ends.
    class Entry {
    public:
        Entry(State& state, std::shared_ptr<Timer> timer) : state_(state) {
            const std::lock_guard lock(state_.mutex);
            at_ = state_.waiting.insert(state_.waiting.end(), Waiter{std::move(timer)});
        }
        Entry(const Entry&) = delete;
        Entry& operator=(const Entry&) = delete;
        ~Entry() {
            const std::lock_guard lock(state_.mutex);
            state_.waiting.erase(at_);
        }

    private:
        State& state_;
        std::list<Waiter>::iterator at_;
    };
};

Bell::Bell() : state_(std::make_unique<State>()) {}

Bell::~Bell() {
    assert(state_->waiting.empty());
}

// A timer belongs to its executor, so it is ended there; one that nobody waits for yet ends at once
// when somebody does.
void Bell::ring() {
    const std::lock_guard lock(state_->mutex);
    ++state_->count;
    for (auto& [timer, is_rung] : state_->waiting) {
        if (!std::exchange(is_rung, true)) {
            asio::post(timer->get_executor(),
                       [timer] { timer->expires_at(Timer::time_point::min()); });
        }
    }
}

std::uint64_t Bell::count() const {
    const std::lock_guard lock(state_->mutex);
    return state_->count;
}

asio::awaitable<void> Bell::wait(std::uint64_t seen, std::chrono::milliseconds at_most) {
    const auto executor = co_await asio::this_coro::executor;
    const auto timer = std::make_shared<Timer>(executor, at_most);
    const State::Entry entry(*state_, timer);
    // A ring from now on ends the timer; one before this line is in the count.
    if (count() > seen) {
        co_return;
    }
    co_await timer->async_wait(asio::as_tuple(asio::use_awaitable));
}

asio::awaitable<void> pause(std::chrono::milliseconds duration) {
    const auto executor = co_await asio::this_coro::executor;
    Timer timer(executor, duration);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

Bell& Bells::at(std::string_view topic) {
    const std::lock_guard lock(mutex_);
    const auto found = bells_.find(topic);
    return found != bells_.end() ? found->second
                                 : bells_.try_emplace(std::string(topic)).first->second;
}

void Bells::ring(std::string_view topic) {
    at(topic).ring();
    if (teller_) {
        teller_(topic);
    }
}

void Bells::ring_here(std::string_view topic) {
    const std::lock_guard lock(mutex_);
    if (const auto found = bells_.find(topic); found != bells_.end()) {
        found->second.ring();
    }
}

void Bells::ring_all() {
    const std::lock_guard lock(mutex_);
    for (auto& [topic, bell] : bells_) {
        bell.ring();
    }
}

}  // namespace kapok::platform::db
