#pragma once

// A line to a server that breaks: a TCP relay on 127.0.0.1 that cuts each connection after a random
// number of bytes from the server, so that every moment is hit, also between a commit and its
// answer.

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/random.h"

namespace kapok::platform::db_test {

class BrokenLine {
public:
    BrokenLine(std::string host, std::string port, std::uint64_t seed);
    BrokenLine(const BrokenLine&) = delete;
    BrokenLine& operator=(const BrokenLine&) = delete;
    ~BrokenLine();

    [[nodiscard]] int port() const noexcept { return port_; }
    // From now on connections live for a random number of bytes between these.
    void cut_after(std::int64_t bytes_min, std::int64_t bytes_max);
    // Breaks every connection that there is.
    void cut_all() { ++generation_; }
    // Until released nothing passes, in either direction, though connections stand.
    void hold() { held_ = true; }
    void release() { held_ = false; }
    // From now on connections live.
    void mend() { cut_after(0, 0); }
    [[nodiscard]] int cuts() const noexcept { return cuts_; }

private:
    void accept_all();
    void relay(int client);
    [[nodiscard]] int connect_to_server() const;
    [[nodiscard]] std::int64_t next_life();

    std::string host_;
    std::string server_port_;
    core::SeededRandom random_;
    std::mutex mutex_;
    std::int64_t bytes_min_ = 0;
    std::int64_t bytes_max_ = 0;
    std::atomic<int> cuts_ = 0;
    std::atomic<int> generation_ = 0;
    std::atomic<bool> ending_ = false;
    std::atomic<bool> held_ = false;
    int listener_ = -1;
    int port_ = 0;
    std::vector<std::thread> relays_;
    std::thread acceptor_;
};

}  // namespace kapok::platform::db_test
