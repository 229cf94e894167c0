// What a connection's socket is told. That a host which vanished is given up is what
// tests/network/run shows, with a line that breaks.

#include "platform/http/transport.h"

#include <chrono>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "platform/http/limits.h"

namespace kapok::platform::http {
namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;

int number_of(Transport& transport, int level, int option) {
    int value = 0;
    socklen_t size = sizeof value;
    const int handle = transport.socket().native_handle();
    EXPECT_EQ(::getsockopt(handle, level, option, &value, &size), 0);
    return value;
}

TEST(Transport, AsksAPeerForSignsOfLifeUntilItIsGivenUp) {
    asio::io_context io;
    Tcp::acceptor acceptor(io, Tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    Tcp::socket socket(io);
    socket.connect(acceptor.local_endpoint());
    Transport transport(std::move(socket), nullptr);
    transport.tune();
    const std::chrono::milliseconds limit = kPeerSilentMax;
    EXPECT_NE(number_of(transport, IPPROTO_TCP, TCP_NODELAY), 0);
    EXPECT_NE(number_of(transport, SOL_SOCKET, SO_KEEPALIVE), 0);
    EXPECT_EQ(number_of(transport, IPPROTO_TCP, TCP_USER_TIMEOUT), limit.count());
    const int first = number_of(transport, IPPROTO_TCP, TCP_KEEPIDLE);
    const int each = number_of(transport, IPPROTO_TCP, TCP_KEEPINTVL);
    const int count = number_of(transport, IPPROTO_TCP, TCP_KEEPCNT);
    EXPECT_LE(first + each, kPeerSilentMax.count());
    // Linux ends the connection at the user time-out, and after that many probes at the latest.
    EXPECT_GE(first + each * count, kPeerSilentMax.count());
}

TEST(Transport, LeavesAClosedSocketAlone) {
    asio::io_context io;
    Transport transport(Tcp::socket(io), nullptr);
    transport.tune();
    EXPECT_FALSE(transport.socket().is_open());
}

}  // namespace
}  // namespace kapok::platform::http
