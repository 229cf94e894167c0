#include "platform/http/connection.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <openssl/ssl.h>

#include "platform/errors.h"
#include "platform/http/tls_context.h"

namespace kapok::platform::http {
namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kReadBytes = 32 * 1024;
constexpr std::size_t kWriteBytes = 128 * 1024;

}  // namespace

Connection::Connection(const asio::any_io_executor& executor, TlsContext tls)
    : transport_(Transport::Socket(executor), std::move(tls)),
      resolver_(executor),
      deadline_(asio::query(executor, asio::execution::context), [this] { expire(); }) {}

void Connection::expire() {
    timed_out_ = true;
    resolver_.cancel();
    transport_.abort();
}

asio::awaitable<core::Result<void>> Connection::connect(Url url, std::string server_name,
                                                        Millis limit, AddressRule may_connect) {
    const std::string server = authority_of(url);
    const auto failed = [&](const core::ErrorCode& code, const ErrorCode& reason) {
        return timed_out_ ? core::fail(kServerTimeout, {{"server", server},
                                                        {"limit", std::to_string(limit.count())}})
                          : core::fail(code, {{"server", server}, {"reason", reason.message()}});
    };
    deadline_.set(limit);
    ErrorCode failure;
    const auto address = asio::ip::make_address(url.host, failure);
    if (!failure) {
        if (may_connect && !may_connect(address.to_string())) {
            co_return core::fail(kAddressRefused, {{"server", server}});
        }
        const Tcp::endpoint endpoint(address, url.port);
        auto [refused] = co_await transport_.socket().async_connect(endpoint, kTuple);
        failure = refused;
    } else {
        const std::string port = std::to_string(url.port);
        auto [unknown, found] = co_await resolver_.async_resolve(url.host, port, kTuple);
        failure = unknown;
        std::vector<Tcp::endpoint> allowed;
        for (const auto& entry : found) {
            if (!may_connect || may_connect(entry.endpoint().address().to_string())) {
                allowed.push_back(entry.endpoint());
            }
        }
        if (!failure && allowed.empty()) {
            co_return core::fail(kAddressRefused, {{"server", server}});
        }
        if (!failure) {
            auto [refused, used] =
                co_await asio::async_connect(transport_.socket(), allowed, kTuple);
            failure = refused;
        }
    }
    if (failure) {
        co_return failed(kConnectFailed, failure);
    }
    transport_.tune();
    if (transport_.secure()) {
        if (!expect_server(transport_.native_tls(), server_name)) {
            co_return core::fail(kBadUrl, {{"actual", server_name}});
        }
        failure = co_await transport_.connect_tls();
        if (failure) {
            co_return failed(kTlsFailed, failure);
        }
    }
    deadline_.clear();
    co_return core::Result<void>();
}

void Connection::begin_call(Millis idle, Millis total) {
    idle_ = idle;
    total_ = total;
    total_end_ = Steady::now() + total;
}

void Connection::arm() {
    if (idle_.count() == 0 && total_.count() == 0) {
        return;
    }
    limit_ = idle_;
    Steady::duration left = idle_.count() > 0 ? Steady::duration(idle_) : Steady::duration::max();
    if (total_.count() > 0) {
        const Steady::duration rest = total_end_ - Steady::now();
        if (rest < left) {
            left = std::max(rest, Steady::duration::zero());
            limit_ = total_;
        }
    }
    deadline_.set(left);
}

asio::awaitable<Connection::ErrorCode> Connection::write(std::string_view head,
                                                         std::string_view body) {
    ErrorCode failure;
    while (!failure && (!head.empty() || !body.empty())) {
        arm();
        const std::string_view piece = body.substr(0, kWriteBytes);
        const std::array<asio::const_buffer, 2> buffers{asio::buffer(head), asio::buffer(piece)};
        failure = co_await transport_.write(buffers);
        head = {};
        body.remove_prefix(piece.size());
    }
    co_return failure;
}

asio::awaitable<std::pair<Connection::ErrorCode, std::size_t>> Connection::read() {
    arm();
    const std::size_t before = input_.size();
    input_.resize(before + kReadBytes);
    auto [failure, size] =
        co_await transport_.read_some(asio::buffer(input_.data() + before, kReadBytes));
    input_.resize(before + (failure ? 0 : size));
    deadline_.clear();
    co_return std::pair(failure, failure ? 0 : size);
}

bool Connection::looks_alive() {
    if (!transport_.socket().is_open() || !input_.empty()) {
        return false;
    }
    char byte = 0;
    ErrorCode failure;
    transport_.socket().non_blocking(true, failure);
    transport_.socket().receive(asio::buffer(&byte, 1), Tcp::socket::message_peek, failure);
    if (failure) {
        return failure == asio::error::would_block || failure == asio::error::try_again;
    }
    // Under TLS there may be something for TLS itself; otherwise nobody asked for anything.
    return transport_.secure();
}

std::unique_ptr<Connection> ConnectionPool::take(std::uint64_t client) {
    prune();
    const auto found = kept_.find(client);
    while (found != kept_.end() && !found->second.connections.empty()) {
        auto& connections = found->second.connections;
        std::unique_ptr<Connection> connection = std::move(connections.front());
        connections.pop_front();
        if (connection->looks_alive()) {
            return connection;
        }
    }
    return nullptr;
}

void ConnectionPool::give(std::uint64_t client, Limits limits,
                          std::unique_ptr<Connection> connection) {
    prune();
    connection->rest();
    Kept& kept = kept_[client];
    kept.limits = limits;
    kept.connections.push_front(std::move(connection));
    while (kept.connections.size() > limits.count_max) {
        kept.connections.pop_back();
    }
}

// Without a timer of its own, which would keep a context that has nothing else to do from ending.
void ConnectionPool::prune() {
    for (auto place = kept_.begin(); place != kept_.end();) {
        auto& [limits, connections] = place->second;
        while (!connections.empty() && connections.back()->rested() > limits.keep_time) {
            connections.pop_back();
        }
        place = connections.empty() ? kept_.erase(place) : std::next(place);
    }
}

}  // namespace kapok::platform::http
