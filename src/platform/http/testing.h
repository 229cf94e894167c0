#pragma once

// What the tests with sockets share: a blocking client that sends exactly the bytes it is told to,
// a place where threads meet, and an authorizer that lets everybody in.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "platform/http/authorizer.h"

namespace kapok::platform::http::testing {

inline constexpr std::chrono::seconds kPatience{20};  // Far beyond what a test needs.

// Waits until a value satisfies a condition, instead of sleeping.
template <class T>
class Shared {
public:
    void update(const std::function<void(T&)>& change) {
        {
            const std::scoped_lock lock(mutex_);
            change(value_);
        }
        changed_.notify_all();
    }
    bool wait(const std::function<bool(const T&)>& condition) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, kPatience, [&] { return condition(value_); });
    }
    [[nodiscard]] T get() {
        const std::scoped_lock lock(mutex_);
        return value_;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    T value_{};
};

class Everybody final : public Authorizer {
public:
    boost::asio::awaitable<core::Result<core::Principal>> authorize(
        const Request& /*request*/, const Route& /*route*/) override {
        co_return core::Principal{};
    }
};

// A connection to 127.0.0.1. Reading gives up after kPatience.
class RawConnection {
public:
    explicit RawConnection(std::uint16_t port);
    ~RawConnection();
    RawConnection(const RawConnection&) = delete;
    RawConnection& operator=(const RawConnection&) = delete;

    // False if the peer has closed.
    bool send(std::string_view bytes);
    // What has come, until `end` is in it; nothing at the end of the connection or of patience.
    std::optional<std::string> read_until(std::string_view end);
    // All until the peer closes.
    std::string read_all();
    void half_close();
    void close();
    // Ends with RST instead of FIN.
    void reset();

private:
    bool receive();

    int socket_ = -1;
    std::string input_;
};

}  // namespace kapok::platform::http::testing
