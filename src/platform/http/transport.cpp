#include "platform/http/transport.h"

#include <chrono>
#include <tuple>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "platform/http/limits.h"

namespace kapok::platform::http {
namespace {

namespace asio = boost::asio;

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);

// Asked for a sign of life after half of kPeerSilentMax without one, and then again and again.
constexpr int kProbeAfterS = static_cast<int>(kPeerSilentMax.count() / 2);
constexpr int kProbeEachS = 5;
constexpr int kProbes = 100;  // kPeerSilentMax ends it before.

void set_number(int socket, int level, int option, int value) noexcept {
    std::ignore = ::setsockopt(socket, level, option, &value, sizeof value);
}

}  // namespace

Transport::Transport(Socket socket, TlsContext tls)
    : context_(std::move(tls)), socket_(std::move(socket)) {
    if (context_) {
        tls_ = std::make_unique<asio::ssl::stream<Socket&>>(socket_, *context_);
    }
}

void Transport::tune() noexcept {
    const int socket = socket_.native_handle();
    const auto silent = std::chrono::milliseconds(kPeerSilentMax);
    set_number(socket, IPPROTO_TCP, TCP_NODELAY, 1);
    set_number(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_number(socket, IPPROTO_TCP, TCP_KEEPIDLE, kProbeAfterS);
    set_number(socket, IPPROTO_TCP, TCP_KEEPINTVL, kProbeEachS);
    set_number(socket, IPPROTO_TCP, TCP_KEEPCNT, kProbes);
    set_number(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(silent.count()));
}

asio::awaitable<Transport::ErrorCode> Transport::accept_tls() {
    auto [failure] = co_await tls_->async_handshake(asio::ssl::stream_base::server, kTuple);
    co_return failure;
}

asio::awaitable<Transport::ErrorCode> Transport::connect_tls() {
    auto [failure] = co_await tls_->async_handshake(asio::ssl::stream_base::client, kTuple);
    co_return failure;
}

asio::awaitable<std::pair<Transport::ErrorCode, std::size_t>> Transport::read_some(
    asio::mutable_buffer buffer) {
    if (tls_) {
        auto [failure, size] = co_await tls_->async_read_some(buffer, kTuple);
        co_return std::pair(failure, size);
    }
    auto [failure, size] = co_await socket_.async_read_some(buffer, kTuple);
    co_return std::pair(failure, size);
}

asio::awaitable<Transport::ErrorCode> Transport::write(std::array<asio::const_buffer, 2> buffers) {
    if (tls_) {
        auto [failure, size] = co_await asio::async_write(*tls_, buffers, kTuple);
        co_return failure;
    }
    auto [failure, size] = co_await asio::async_write(socket_, buffers, kTuple);
    co_return failure;
}

asio::awaitable<std::size_t> Transport::discard(asio::mutable_buffer buffer) {
    auto [failure, size] = co_await socket_.async_read_some(buffer, kTuple);
    co_return failure ? 0 : size;
}

asio::awaitable<void> Transport::shutdown() {
    if (tls_) {
        // Our half only: async_shutdown would wait for the peer's, who may never send it.
        SSL_set_shutdown(native_tls(), SSL_RECEIVED_SHUTDOWN);
        std::ignore = co_await tls_->async_shutdown(kTuple);
    }
    ErrorCode ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
}

void Transport::cancel() noexcept {
    ErrorCode ignored;
    socket_.cancel(ignored);
}

void Transport::abort() noexcept {
    ErrorCode ignored;
    socket_.close(ignored);
}

}  // namespace kapok::platform::http
