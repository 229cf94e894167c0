#pragma once

// Bells of servers that share a PostgreSQL database: what one of them rings, rings in all, by
// NOTIFY and LISTEN. They travel on a connection of their own, after the commit: a NOTIFY inside
// the writer's transaction would make the commits of all servers wait for each other. A bell only
// says "look again", so what is lost with a connection is made up for by ringing every bell once
// there is a new one.

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>

#include "platform/db/bell.h"

namespace kapok::platform::db {

class PostgresBells {
public:
    // Listens when it returns, if the server can be reached; else, and after a loss, it tries again
    // and again in the background. `bells` outlives this.
    PostgresBells(std::string url, Bells& bells);
    PostgresBells(const PostgresBells&) = delete;
    PostgresBells& operator=(const PostgresBells&) = delete;
    ~PostgresBells();

    // Lets the bell ring in the other servers soon. From any thread; never blocks for long.
    void tell(std::string_view topic);
    // Whether others are heard at the moment.
    [[nodiscard]] bool listening() const noexcept { return listening_; }

private:
    class Line;

    void run();
    void serve(Line& line);
    // Whether the line holds.
    [[nodiscard]] bool tell_waiting(Line& line);
    void hear(Line& line);
    void sleep(std::chrono::milliseconds time);
    void wake() const;
    void calm() const;  // After having been woken.

    const std::string url_;
    Bells& bells_;
    int wake_ = -1;               // An eventfd: there is something to tell, or the end has come.
    std::unique_ptr<Line> line_;  // The thread's.
    std::mutex mutex_;
    std::set<std::string, std::less<>> waiting_;  // Topics to tell.
    std::atomic<bool> ending_ = false;
    std::atomic<bool> listening_ = false;
    std::thread thread_;
};

}  // namespace kapok::platform::db
