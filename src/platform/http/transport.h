#pragma once

// A connection to a peer, plain or under TLS, as bytes in and bytes out. Errors come back as
// values; an operation that is cancelled or aborted ends with an error like any other.

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

namespace kapok::platform::http {

using TlsContext = std::shared_ptr<boost::asio::ssl::context>;

class Transport {
public:
    using Socket = boost::asio::ip::tcp::socket;
    using ErrorCode = boost::system::error_code;

    Transport(Socket socket, TlsContext tls);

    [[nodiscard]] bool secure() const noexcept { return tls_ != nullptr; }
    [[nodiscard]] Socket& socket() noexcept { return socket_; }
    // Call only if secure().
    [[nodiscard]] SSL* native_tls() noexcept { return tls_->native_handle(); }

    // For an open socket: sends at once what is written, and ends with an error once the peer has
    // acknowledged nothing for kPeerSilentMax, although the connection is idle or we only wait: its
    // host may have lost power or its line, which nobody tells us.
    void tune() noexcept;

    [[nodiscard]] boost::asio::awaitable<ErrorCode> accept_tls();
    [[nodiscard]] boost::asio::awaitable<ErrorCode> connect_tls();
    [[nodiscard]] boost::asio::awaitable<std::pair<ErrorCode, std::size_t>> read_some(
        boost::asio::mutable_buffer buffer);
    // All of both.
    [[nodiscard]] boost::asio::awaitable<ErrorCode> write(
        std::array<boost::asio::const_buffer, 2> buffers);
    // Takes what comes without looking at it, under TLS as ciphertext; 0 at the end. After
    // shutdown().
    [[nodiscard]] boost::asio::awaitable<std::size_t> discard(boost::asio::mutable_buffer buffer);
    // Says goodbye under TLS, and that nothing more will be sent.
    [[nodiscard]] boost::asio::awaitable<void> shutdown();

    // Ends what is being waited for; the connection stays usable if it is plain.
    void cancel() noexcept;
    // Ends the connection and what is being waited for.
    void abort() noexcept;

private:
    TlsContext context_;  // Before the stream that uses it.
    Socket socket_;
    std::unique_ptr<boost::asio::ssl::stream<Socket&>> tls_;
};

}  // namespace kapok::platform::http
