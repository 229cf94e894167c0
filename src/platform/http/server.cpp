#include "platform/http/server.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "platform/errors.h"
#include "platform/http/session.h"
#include "platform/http/tls_context.h"

namespace kapok::platform::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Tcp = asio::ip::tcp;

constexpr std::chrono::milliseconds kAcceptPause{50};  // When the system is out of descriptors.
constexpr std::chrono::seconds kKillTime{5};           // For handlers that ignore cancellation.

// Counts the connections that are open, over all threads.
class Census {
public:
    [[nodiscard]] std::size_t count() const noexcept { return count_; }
    std::size_t enter() {
        const std::scoped_lock lock(mutex_);
        return ++count_;
    }
    void leave() {
        const std::scoped_lock lock(mutex_);
        --count_;
        changed_.notify_all();
    }
    bool wait_until_empty(std::chrono::milliseconds limit) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, limit, [this] { return count_ == 0; });
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::atomic<std::size_t> count_ = 0;
};

// A thread, and the sessions that live on it.
class Worker {
public:
    Worker(const SessionHost& host, Census& census)
        : host_(host), census_(census), guard_(asio::make_work_guard(io_)) {}

    [[nodiscard]] asio::io_context& io() noexcept { return io_; }
    void start() {
        thread_ = std::thread([this] { io_.run(); });
    }
    void join() {
        io_.stop();
        if (thread_.joinable()) {
            thread_.join();
        }
    }

    // From any thread.
    void adopt(Tcp::socket socket, TlsContext tls) {
        asio::post(io_, [this, socket = std::move(socket), tls = std::move(tls)]() mutable {
            serve(std::make_shared<Session>(host_, std::move(socket), std::move(tls)));
        });
    }
    void drain() {
        asio::post(io_, [this] { for_each([](Session& session) { session.drain(); }); });
    }
    void kill() {
        asio::post(io_, [this] { for_each([](Session& session) { session.kill(); }); });
    }

private:
    void serve(std::shared_ptr<Session> session) {
        if (census_.enter() > host_.options.connections_max) {
            session->turn_away();
            census_.leave();
            return;
        }
        sessions_.insert(session);
        auto ended = [this, session](std::exception_ptr /*run() lets none out*/) {
            sessions_.erase(session);
            census_.leave();
        };
        asio::co_spawn(io_, session->run(),
                       asio::bind_cancellation_slot(session->slot(), std::move(ended)));
    }

    template <class Action>
    void for_each(Action action) {
        const auto sessions = sessions_;  // An action may end one, and so change the set.
        for (const auto& session : sessions) {
            action(*session);
        }
    }

    const SessionHost& host_;
    Census& census_;
    asio::io_context io_{1};
    asio::executor_work_guard<asio::io_context::executor_type> guard_;
    std::set<std::shared_ptr<Session>> sessions_;
    std::thread thread_;
};

core::Result<void> listen_failed(const ServerOptions& options, std::string reason) {
    const auto address = fmt::format("{}:{}", options.address, options.port);
    return core::fail(kListenFailed, {{"address", address}, {"reason", std::move(reason)}});
}

}  // namespace

struct Server::State {
    State(const Router& router, const core::Clock& clock, ServerOptions given)
        : options(std::move(given)), host{router, clock, options} {
        for (std::size_t i = 0; i < std::max<std::size_t>(options.threads, 1); ++i) {
            workers.push_back(std::make_unique<Worker>(host, census));
        }
        acceptor = std::make_unique<Tcp::acceptor>(workers.front()->io());
    }
    ~State() {
        for (const auto& worker : workers) {
            worker->join();
        }
    }

    core::Result<void> listen();
    asio::awaitable<void> accept_all();
    TlsContext tls() {
        const std::scoped_lock lock(tls_mutex);
        return tls_context;
    }

    const ServerOptions options;
    const SessionHost host;
    Census census;
    std::mutex tls_mutex;
    TlsContext tls_context;
    std::uint16_t port = 0;
    std::atomic<bool> stopping = false;
    std::vector<std::unique_ptr<Worker>> workers;
    std::unique_ptr<Tcp::acceptor> acceptor;  // Before the workers, whose context it uses, go.
};

core::Result<void> Server::State::listen() {
    error_code failure;
    const auto address = asio::ip::make_address(options.address, failure);
    if (failure) {
        return listen_failed(options, "not an IP address");
    }
    if (!tls_context && !address.is_loopback()) {
        return core::fail(kPlainHttpRefused, {{"address", options.address}});
    }
    const Tcp::endpoint endpoint(address, options.port);
    acceptor->open(endpoint.protocol(), failure);
    if (!failure) {
        acceptor->set_option(Tcp::acceptor::reuse_address(true), failure);
    }
    if (!failure) {
        acceptor->bind(endpoint, failure);
    }
    if (!failure) {
        acceptor->listen(Tcp::acceptor::max_listen_connections, failure);
    }
    if (failure) {
        return listen_failed(options, failure.message());
    }
    port = acceptor->local_endpoint().port();
    return {};
}

asio::awaitable<void> Server::State::accept_all() {
    for (std::size_t next = 0; !stopping; next = (next + 1) % workers.size()) {
        Worker& worker = *workers[next];
        auto [failure, socket] =
            co_await acceptor->async_accept(worker.io(), asio::as_tuple(asio::use_awaitable));
        if (stopping) {
            break;
        }
        if (failure) {
            asio::steady_timer pause(workers.front()->io(), kAcceptPause);
            std::ignore = co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
            continue;
        }
        worker.adopt(Tcp::socket(std::move(socket)), tls());
    }
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}

// Only memory that has run out could throw here, and the program ends then anyhow.
// NOLINTNEXTLINE(bugprone-exception-escape)
Server::~Server() {
    stop(std::chrono::milliseconds(0));
}

core::Result<std::unique_ptr<Server>> Server::start(const Router& router, const core::Clock& clock,
                                                    ServerOptions options) {
    auto state = std::make_unique<State>(router, clock, std::move(options));
    if (const auto& tls = state->options.tls) {
        auto context = make_context(*tls);
        if (!context) {
            return std::unexpected(context.error());
        }
        state->tls_context = std::move(*context);
    }
    if (auto listening = state->listen(); !listening) {
        return std::unexpected(listening.error());
    }
    asio::co_spawn(state->workers.front()->io(), state->accept_all(), asio::detached);
    for (const auto& worker : state->workers) {
        worker->start();
    }
    return std::unique_ptr<Server>(new Server(std::move(state)));
}

std::uint16_t Server::port() const noexcept {
    return state_->port;
}

std::size_t Server::connections() const noexcept {
    return state_->census.count();
}

core::Result<void> Server::change_tls(const ServerTls& tls) {
    auto context = make_context(tls);
    if (!context) {
        return std::unexpected(context.error());
    }
    const std::scoped_lock lock(state_->tls_mutex);
    state_->tls_context = std::move(*context);
    return {};
}

void Server::stop(std::chrono::milliseconds drain) {
    if (!state_->stopping.exchange(true)) {
        asio::post(state_->workers.front()->io(), [this] {
            error_code ignored;
            state_->acceptor->close(ignored);
        });
    }
    for (const auto& worker : state_->workers) {
        worker->drain();
    }
    if (!state_->census.wait_until_empty(drain)) {
        for (const auto& worker : state_->workers) {
            worker->kill();
        }
        state_->census.wait_until_empty(kKillTime);
    }
    for (const auto& worker : state_->workers) {
        worker->join();
    }
}

}  // namespace kapok::platform::http
