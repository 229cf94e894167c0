#include "platform/http/transport.h"

#include <tuple>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace kapok::platform::http {
namespace {

namespace asio = boost::asio;

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);

}  // namespace

Transport::Transport(Socket socket, TlsContext tls)
    : context_(std::move(tls)), socket_(std::move(socket)) {
    if (context_) {
        tls_ = std::make_unique<asio::ssl::stream<Socket&>>(socket_, *context_);
    }
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
