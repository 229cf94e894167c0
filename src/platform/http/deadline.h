#pragma once

// Time-outs from one coarse list an io_context, ticked while it is not empty: setting one is two
// stores, where a timer for each operation costs a quarter of a server's throughput.
//
// For io_contexts that one thread runs, which all of ours are.

#include <chrono>
#include <functional>
#include <list>

#include <boost/asio/execution_context.hpp>

namespace kapok::platform::http {

class Deadlines;

// Calls `expired` once, between 0 and one tick after the time set, on the context's thread.
class Deadline {
public:
    using Duration = std::chrono::steady_clock::duration;

    Deadline(boost::asio::execution_context& context, std::function<void()> expired);
    ~Deadline();
    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;

    void set(Duration from_now);
    void clear() noexcept;

private:
    friend class Deadlines;

    Deadlines& deadlines_;
    std::function<void()> expired_;
    std::chrono::steady_clock::time_point when_;
    std::list<Deadline*>::iterator place_;
    bool listed_ = false;
};

}  // namespace kapok::platform::http
