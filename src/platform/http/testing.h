#pragma once

// What the tests with sockets share: a blocking client that sends exactly the bytes it is told to,
// a place where threads meet, and an authorizer that lets everybody in.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

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

// A certificate authority that lives as long as a test. Keys are ECDSA P-256.
class TestCa {
public:
    struct Identity {
        std::string certificate_pem;
        std::string key_pem;
    };

    explicit TestCa(const std::string& name);
    ~TestCa();
    TestCa(const TestCa&) = delete;
    TestCa& operator=(const TestCa&) = delete;

    [[nodiscard]] const std::string& certificate_pem() const noexcept { return pem_; }
    // For the subject CN=`name`, and as a server for `alternative` ("DNS:localhost,IP:127.0.0.1").
    // A negative lifetime makes one that has expired.
    [[nodiscard]] Identity issue(const std::vector<std::string>& names,
                                 const std::string& alternative = "", long lifetime_s = 3'600);

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
    std::string pem_;
};

// A server that says what its script says: each connection gets the next answer once its request's
// header has come, then is closed, unless the answer is empty: then it is closed at once.
class ScriptedServer {
public:
    struct Turn {
        std::string answer;
        bool keep_open = false;  // The next turn is on the same connection.
        bool hang = false;       // Says nothing more, until the server ends.
        bool mute = false;       // Reads the request and says nothing.
    };

    explicit ScriptedServer(std::vector<Turn> turns);
    ~ScriptedServer();
    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    // The requests seen so far.
    [[nodiscard]] std::vector<std::string> requests() { return requests_.get(); }

private:
    void serve();
    // False if the client closed.
    bool take_request(int connection);

    std::vector<Turn> turns_;
    Shared<std::vector<std::string>> requests_;
    Shared<bool> over_;
    std::uint16_t port_ = 0;
    int listener_ = -1;
    std::thread thread_;
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
