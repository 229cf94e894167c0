#include "platform/db/testing/broken_line.h"

#include <array>
#include <chrono>
#include <cstdlib>
#include <limits>
#include <utility>

#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace kapok::platform::db_test {
namespace {

constexpr int kPollMs = 20;

bool send_all(int to, const char* bytes, ssize_t size) {
    while (size > 0) {
        const ssize_t sent = ::send(to, bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        bytes += sent;
        size -= sent;
    }
    return true;
}

// How many bytes went over; nothing if the connection ended.
ssize_t pass_on(int from, int to) {
    std::array<char, 2'048> buffer{};
    const ssize_t size = ::recv(from, buffer.data(), buffer.size(), 0);
    return size > 0 && send_all(to, buffer.data(), size) ? size : 0;
}

}  // namespace

BrokenLine::BrokenLine(std::string host, std::string port, std::uint64_t seed)
    : host_(std::move(host)), server_port_(std::move(port)), random_(seed) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (listener_ < 0 || ::bind(listener_, generic, size) != 0 || ::listen(listener_, 64) != 0 ||
        ::getsockname(listener_, generic, &size) != 0) {
        std::abort();
    }
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
}

BrokenLine::~BrokenLine() {
    ending_ = true;
    acceptor_.join();
    for (std::thread& relay : relays_) {
        relay.join();
    }
    ::close(listener_);
}

void BrokenLine::cut_after(std::int64_t bytes_min, std::int64_t bytes_max) {
    const std::scoped_lock lock(mutex_);
    bytes_min_ = bytes_min;
    bytes_max_ = bytes_max;
}

std::int64_t BrokenLine::next_life() {
    const std::scoped_lock lock(mutex_);
    if (bytes_max_ == 0) {
        return std::numeric_limits<std::int64_t>::max();
    }
    return bytes_min_ + static_cast<std::int64_t>(
                            random_.below(static_cast<std::uint64_t>(bytes_max_ - bytes_min_)));
}

void BrokenLine::accept_all() {
    while (!ending_) {
        pollfd waiting{listener_, POLLIN, 0};
        if (::poll(&waiting, 1, kPollMs) == 1) {
            const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            relays_.emplace_back([this, client] { relay(client); });
        }
    }
}

int BrokenLine::connect_to_server() const {
    addrinfo hints{};
    hints.ai_family = AF_INET;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(host_.c_str(), server_port_.c_str(), &hints, &found) != 0) {
        return -1;
    }
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool connected = server >= 0 && ::connect(server, found->ai_addr, found->ai_addrlen) == 0;
    ::freeaddrinfo(found);
    if (!connected && server >= 0) {
        ::close(server);
    }
    if (!connected) {
        return -1;
    }
    return server;
}

void BrokenLine::relay(int client) {
    const int server = connect_to_server();
    const std::int64_t life = next_life();
    const int generation = generation_;
    std::int64_t passed = 0;
    while (server >= 0 && !ending_ && generation == generation_) {
        std::array waiting{pollfd{client, POLLIN, 0}, pollfd{server, POLLIN, 0}};
        if (held_) {
            std::this_thread::sleep_for(std::chrono::milliseconds(kPollMs));
            continue;
        }
        if (::poll(waiting.data(), waiting.size(), kPollMs) <= 0) {
            continue;
        }
        if (waiting[0].revents != 0 && pass_on(client, server) == 0) {
            break;
        }
        if (waiting[1].revents != 0) {
            // The server has spoken; if the life is over, its words never arrive.
            if (passed >= life) {
                ++cuts_;
                break;
            }
            const ssize_t size = pass_on(server, client);
            if (size == 0) {
                break;
            }
            passed += size;
        }
    }
    ::close(client);
    if (server >= 0) {
        ::close(server);
    }
}

}  // namespace kapok::platform::db_test
