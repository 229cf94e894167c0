#include "platform/http/testing.h"

#include <array>
#include <cassert>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace kapok::platform::http::testing {

RawConnection::RawConnection(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const timeval patience{.tv_sec = kPatience.count(), .tv_usec = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    [[maybe_unused]] const int connected =
        ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    assert(connected == 0);
}

RawConnection::~RawConnection() {
    close();
}

bool RawConnection::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

bool RawConnection::receive() {
    std::array<char, 65'536> buffer{};
    const ssize_t size = ::recv(socket_, buffer.data(), buffer.size(), 0);
    input_.append(buffer.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    return size > 0;
}

std::optional<std::string> RawConnection::read_until(std::string_view end) {
    for (;;) {
        if (const auto place = input_.find(end); place != std::string::npos) {
            std::string text = input_.substr(0, place + end.size());
            input_.erase(0, text.size());
            return text;
        }
        if (!receive()) {
            return std::nullopt;
        }
    }
}

std::string RawConnection::read_all() {
    while (receive()) {
    }
    return std::exchange(input_, {});
}

void RawConnection::half_close() {
    ::shutdown(socket_, SHUT_WR);
}

void RawConnection::close() {
    if (socket_ >= 0) {
        ::close(std::exchange(socket_, -1));
    }
}

void RawConnection::reset() {
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close();
}

}  // namespace kapok::platform::http::testing
