#pragma once

// Threads for work that blocks on disk, so that no event loop does:
//
//     auto function = [&store, name] { return store.find(name); };
//     auto found = co_await pool.run(std::move(function));
//
// The coroutine goes on on its own executor, when the function has returned: also one that is
// cancelled meanwhile. The pool must be destroyed before that executor.

#include <cstddef>
#include <type_traits>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace kapok::platform::objects {

class BlockingPool {
public:
    explicit BlockingPool(std::size_t threads) : pool_(threads) {}
    BlockingPool(const BlockingPool&) = delete;
    BlockingPool& operator=(const BlockingPool&) = delete;
    ~BlockingPool() { pool_.join(); }

    template <class Function>
    [[nodiscard]] auto run(Function function)
        -> boost::asio::awaitable<std::invoke_result_t<Function&>> {
        auto work = [function = std::move(function)]() mutable
            -> boost::asio::awaitable<std::invoke_result_t<Function&>> { co_return function(); };
        // Work that blocks cannot be cancelled. Asio would tell the coroutine on one of the threads
        // so while it ends on another.
        co_return co_await boost::asio::co_spawn(
            pool_, std::move(work),
            boost::asio::bind_cancellation_slot(boost::asio::cancellation_slot(),
                                                boost::asio::use_awaitable));
    }

private:
    boost::asio::thread_pool pool_;
};

}  // namespace kapok::platform::objects
