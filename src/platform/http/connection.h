#pragma once

// The client's end of a connection, and where connections wait to be used again.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "core/result.h"
#include "platform/http/deadline.h"
#include "platform/http/transport.h"
#include "platform/http/url.h"

namespace kapok::platform::http {

class Connection {
public:
    using Steady = std::chrono::steady_clock;
    using Millis = std::chrono::milliseconds;
    using ErrorCode = boost::system::error_code;
    using AddressRule = std::function<bool(const std::string& address)>;

    Connection(const boost::asio::any_io_executor& executor, TlsContext tls);

    // Resolves, connects and shakes hands, within `limit`. `server_name` is whom the certificate
    // must be for. Addresses that `may_connect` refuses are left out: kAddressRefused if none is
    // left.
    [[nodiscard]] boost::asio::awaitable<core::Result<void>> connect(Url url,
                                                                     std::string server_name,
                                                                     Millis limit,
                                                                     AddressRule may_connect);

    // The limits of the call that begins now; 0 is none.
    void begin_call(Millis idle, Millis total);
    void end_call() noexcept { deadline_.clear(); }

    [[nodiscard]] boost::asio::awaitable<ErrorCode> write(std::string_view head,
                                                          std::string_view body);
    // Appends to input(); 0 bytes at the end of the connection.
    [[nodiscard]] boost::asio::awaitable<std::pair<ErrorCode, std::size_t>> read();
    [[nodiscard]] std::string& input() noexcept { return input_; }

    [[nodiscard]] bool timed_out() const noexcept { return timed_out_; }
    [[nodiscard]] Millis limit() const noexcept { return limit_; }  // That was exceeded.

    // Whether the server has not closed it, as far as can be known without asking.
    [[nodiscard]] bool looks_alive();
    void rest() noexcept { resting_since_ = Steady::now(); }
    [[nodiscard]] Steady::duration rested() const { return Steady::now() - resting_since_; }

private:
    void arm();
    void expire();

    Transport transport_;
    boost::asio::ip::tcp::resolver resolver_;
    Deadline deadline_;
    std::string input_;
    Steady::time_point resting_since_;
    Steady::time_point total_end_;
    Millis idle_{0};
    Millis total_{0};
    Millis limit_{0};
    bool timed_out_ = false;
};

// The connections of one io_context that nobody uses just now, of all clients.
class ConnectionPool final : public boost::asio::execution_context::service {
public:
    using key_type = ConnectionPool;
    static inline boost::asio::execution_context::id id;

    explicit ConnectionPool(boost::asio::execution_context& context) : service(context) {}

    struct Limits {
        std::size_t count_max;
        std::chrono::milliseconds keep_time;
    };

    // The one used last, if it looks alive; else nothing.
    [[nodiscard]] std::unique_ptr<Connection> take(std::uint64_t client);
    void give(std::uint64_t client, Limits limits, std::unique_ptr<Connection> connection);

private:
    struct Kept {
        Limits limits;
        std::list<std::unique_ptr<Connection>> connections;  // Used last first.
    };

    void shutdown() override { kept_.clear(); }
    void prune();

    std::map<std::uint64_t, Kept> kept_;
};

}  // namespace kapok::platform::http
