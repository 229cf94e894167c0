#include "platform/http/client.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include <boost/asio/this_coro.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>

#include "platform/errors.h"
#include "platform/http/connection.h"
#include "platform/http/negotiate.h"
#include "platform/http/piece_body.h"
#include "platform/http/pointer.h"
#include "platform/http/router.h"
#include "platform/http/tls_context.h"
#include "platform/http/utf8.h"

namespace kapok::platform::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast::http;
using boost::system::error_code;
using Parser = beast::response_parser<PieceBody>;
using Millis = std::chrono::milliseconds;

// Numbers clients for the pools; it names nothing outside this process.
std::atomic<std::uint64_t> next_client{1};

std::string_view view(boost::beast::string_view text) {
    return {text.data(), text.size()};
}

bool is_repeatable(const Call& call) {
    switch (call.repeat) {
        case Repeat::Never: return false;
        case Repeat::Safe: return true;
        case Repeat::AsMethod:
            return call.method == Method::Get || call.method == Method::Put ||
                   call.method == Method::Delete || call.headers.contains("idempotency-key");
    }
    std::unreachable();  // -Wswitch names any case that is added and forgotten here.
}

void append_header(std::string& head, std::string_view name, std::string_view value) {
    head.append(name).append(": ");
    for (const char c : value) {
        head += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
    }
    head += "\r\n";
}

std::string call_head(const Url& url, const Call& call) {
    std::string head(to_text(call.method));
    head.append(" ").append(url.path).append(call.path).append(" HTTP/1.1\r\n");
    append_header(head, "host", authority_of(url));
    if (!call.body.empty() || (call.method != Method::Get && call.method != Method::Delete)) {
        append_header(head, "content-length", std::to_string(call.body.size()));
    }
    for (const auto& [name, value] : call.headers) {
        append_header(head, name, value);
    }
    return head += "\r\n";
}

bool is_path(std::string_view path) {
    return path.starts_with('/') && printable(path) == path && !path.contains(' ');
}

// An answer under way: its connection, and how far it has been read.
struct Incoming {
    std::unique_ptr<Connection> connection;
    std::unique_ptr<Parser> parser;
    bool answered = false;  // A byte of an answer has come.
};

}  // namespace

struct Client::State {
    Url url;
    ClientOptions options;
    TlsContext tls;
    std::string server;  // For errors.
    std::uint64_t number = next_client++;

    [[nodiscard]] std::string server_name() const {
        return options.tls.server_name.empty() ? url.host : options.tls.server_name;
    }
    [[nodiscard]] core::Error error(const Connection& connection, const error_code& failure) const {
        if (connection.timed_out()) {
            return core::fail(
                       kServerTimeout,
                       {{"server", server}, {"limit", std::to_string(connection.limit().count())}})
                .error();
        }
        return core::fail(kConnectionLost, {{"server", server}, {"reason", failure.message()}})
            .error();
    }
    [[nodiscard]] core::Error bad_answer(const error_code& failure) const {
        return core::fail(kBadAnswer, {{"server", server}, {"reason", failure.message()}}).error();
    }

    asio::awaitable<core::Result<std::unique_ptr<Connection>>> connect() const;
    asio::awaitable<core::Result<void>> exchange(Incoming& incoming, const Call& call) const;
    asio::awaitable<core::Result<void>> read_header(Incoming& incoming) const;
    asio::awaitable<core::Result<void>> read_more(Incoming& incoming) const;
    void keep(std::unique_ptr<Connection> connection, ConnectionPool& pool) const {
        pool.give(number, {options.idle_connections_max, options.keep_time}, std::move(connection));
    }
};

namespace {

// Reads on when asked to, and gives the connection back at the end if it may be used again.
template <class State>
class Stream final : public AnswerStream {
public:
    Stream(const State& state, ConnectionPool& pool, Incoming incoming)
        : state_(state), pool_(pool), incoming_(std::move(incoming)) {
        const auto& message = incoming_.parser->get();
        for (const auto& field : message) {
            const auto [place, added] =
                headers_.emplace(to_lower(view(field.name_string())), view(field.value()));
            if (!added) {
                place->second.append(place->first == "set-cookie" ? "\n" : ", ")
                    .append(view(field.value()));
            }
        }
    }

    [[nodiscard]] int status() const override {
        return static_cast<int>(incoming_.parser->get().result_int());
    }
    [[nodiscard]] const Fields& headers() const override { return headers_; }

    asio::awaitable<core::Result<std::optional<std::string>>> next() override {
        for (;;) {
            std::string piece = std::exchange(incoming_.parser->get().body(), {});
            if (!piece.empty()) {
                co_return std::move(piece);
            }
            if (incoming_.parser->is_done()) {
                finish();
                co_return std::nullopt;
            }
            if (failure_) {  // It broke before, and does so again.
                co_return std::unexpected(*failure_);
            }
            auto read = co_await state_.read_more(incoming_);
            if (!read) {
                failure_ = read.error();
                incoming_.connection.reset();
                co_return std::unexpected(read.error());
            }
        }
    }

private:
    void finish() {
        if (incoming_.connection) {
            incoming_.connection->end_call();
            if (incoming_.parser->keep_alive() && incoming_.connection->input().empty()) {
                state_.keep(std::move(incoming_.connection), pool_);
            }
            incoming_.connection.reset();
        }
    }

    const State& state_;
    ConnectionPool& pool_;
    Incoming incoming_;
    Fields headers_;
    std::optional<core::Error> failure_;
};

class ClientChannel final : public Channel {
public:
    ClientChannel(std::string server, std::unique_ptr<Connection> connection)
        : server_(std::move(server)), connection_(std::move(connection)) {
        connection_->begin_call(Millis(0), Millis(0));
    }

    asio::awaitable<core::Result<std::optional<std::string>>> read() override {
        if (connection_->input().empty()) {
            auto [failure, size] = co_await connection_->read();
            if (size == 0 && failure != asio::error::eof) {
                co_return std::unexpected(lost(failure));
            }
        }
        if (connection_->input().empty()) {
            co_return std::nullopt;
        }
        co_return std::exchange(connection_->input(), {});
    }
    asio::awaitable<core::Result<void>> write(std::string bytes) override {
        const error_code failure = co_await connection_->write(std::string_view(), bytes);
        if (failure) {
            co_return std::unexpected(lost(failure));
        }
        co_return core::Result<void>();
    }

private:
    [[nodiscard]] core::Error lost(const error_code& failure) const {
        return core::fail(kConnectionLost, {{"server", server_}, {"reason", failure.message()}})
            .error();
    }

    std::string server_;
    std::unique_ptr<Connection> connection_;
};

ConnectionPool& pool_of(const asio::any_io_executor& executor) {
    return asio::use_service<ConnectionPool>(asio::query(executor, asio::execution::context));
}

}  // namespace

Client::Client(std::unique_ptr<State> state) : state_(std::move(state)) {}

Client::~Client() = default;

const Url& Client::url() const noexcept {
    return state_->url;
}

core::Result<std::unique_ptr<Client>> Client::create(Url url, ClientOptions options) {
    auto state = std::make_unique<State>();
    state->server = authority_of(url);
    if (url.secure) {
        auto tls = make_context(options.tls);
        if (!tls) {
            return std::unexpected(tls.error());
        }
        state->tls = std::move(*tls);
    }
    state->url = std::move(url);
    state->options = std::move(options);
    return std::unique_ptr<Client>(new Client(std::move(state)));
}

asio::awaitable<core::Result<std::unique_ptr<Connection>>> Client::State::connect() const {
    const auto executor = co_await asio::this_coro::executor;
    auto connection = std::make_unique<Connection>(executor, tls);
    const auto connected =
        co_await connection->connect(url, server_name(), options.connect_time, options.may_connect);
    if (!connected) {
        co_return std::unexpected(connected.error());
    }
    co_return std::move(connection);
}

// Reads what comes next and gives it to the parser.
asio::awaitable<core::Result<void>> Client::State::read_more(Incoming& incoming) const {
    Connection& connection = *incoming.connection;
    Parser& parser = *incoming.parser;
    error_code failure;
    auto [broken, size] = co_await connection.read();
    incoming.answered = incoming.answered || size > 0;
    if (size == 0) {
        if (!connection.timed_out() && parser.got_some() && parser.need_eof() &&
            broken == asio::error::eof) {
            parser.put_eof(failure);
            co_return core::Result<void>();
        }
        co_return std::unexpected(error(connection, broken));
    }
    connection.input().erase(0, parser.put(asio::buffer(connection.input()), failure));
    if (failure && failure != beast::error::need_more) {
        co_return std::unexpected(bad_answer(failure));
    }
    if (connection.input().size() > options.header_bytes_max && !parser.is_done()) {
        co_return std::unexpected(bad_answer(make_error_code(beast::error::header_limit)));
    }
    co_return core::Result<void>();
}

asio::awaitable<core::Result<void>> Client::State::read_header(Incoming& incoming) const {
    for (;;) {
        incoming.parser = std::make_unique<Parser>();
        incoming.parser->header_limit(static_cast<std::uint32_t>(options.header_bytes_max));
        incoming.parser->body_limit(boost::none);
        incoming.parser->eager(true);
        std::string& input = incoming.connection->input();
        if (!input.empty()) {  // What followed a 100.
            error_code failure;
            input.erase(0, incoming.parser->put(asio::buffer(input), failure));
            if (failure && failure != beast::error::need_more) {
                co_return std::unexpected(bad_answer(failure));
            }
        }
        while (!incoming.parser->is_header_done()) {
            auto read = co_await read_more(incoming);
            if (!read) {
                co_return read;
            }
        }
        const unsigned status = incoming.parser->get().result_int();
        if (status >= 200 || status == 101) {
            co_return core::Result<void>();
        }
    }
}

asio::awaitable<core::Result<void>> Client::State::exchange(Incoming& incoming,
                                                            const Call& call) const {
    Connection& connection = *incoming.connection;
    connection.begin_call(call.idle_time.value_or(options.idle_time),
                          call.total_time.value_or(options.total_time));
    const std::string head = call_head(url, call);
    const error_code unwritten = co_await connection.write(head, call.body);
    // A server that refuses a body closes while it is being sent; its answer may be there all the
    // same.
    auto read = co_await read_header(incoming);
    if (!read && unwritten && !incoming.answered) {
        co_return std::unexpected(error(connection, unwritten));
    }
    co_return read;
}

asio::awaitable<core::Result<std::unique_ptr<AnswerStream>>> Client::open(Call call) {
    if (!is_path(call.path)) {
        co_return core::fail(kBadUrl, {{"actual", shown(printable(call.path))}});
    }
    const auto executor = co_await asio::this_coro::executor;
    ConnectionPool& pool = pool_of(executor);
    bool used_kept = false;
    for (;;) {
        Incoming incoming;
        incoming.connection = used_kept ? nullptr : pool.take(state_->number);
        const bool kept = incoming.connection != nullptr;
        if (!kept) {
            auto connected = co_await state_->connect();
            if (!connected) {
                co_return std::unexpected(connected.error());
            }
            incoming.connection = std::move(*connected);
        }
        const auto exchanged = co_await state_->exchange(incoming, call);
        if (exchanged) {
            co_return std::make_unique<Stream<State>>(*state_, pool, std::move(incoming));
        }
        const bool stale = kept && !incoming.answered && !incoming.connection->timed_out();
        if (!stale || !is_repeatable(call)) {
            co_return std::unexpected(exchanged.error());
        }
        used_kept = true;
    }
}

asio::awaitable<core::Result<std::unique_ptr<Channel>>> Client::upgrade(Call call,
                                                                        std::string protocol) {
    call.headers["connection"] = "upgrade";
    call.headers["upgrade"] = protocol;
    if (!is_path(call.path)) {
        co_return core::fail(kBadUrl, {{"actual", shown(printable(call.path))}});
    }
    auto connected = co_await state_->connect();
    if (!connected) {
        co_return std::unexpected(connected.error());
    }
    Incoming incoming;
    incoming.connection = std::move(*connected);
    const auto exchanged = co_await state_->exchange(incoming, call);
    if (!exchanged) {
        co_return std::unexpected(exchanged.error());
    }
    const unsigned status = incoming.parser->get().result_int();
    if (status != 101) {
        const auto reason = "status " + std::to_string(status) + " instead of 101";
        co_return core::fail(kBadAnswer, {{"server", state_->server}, {"reason", reason}});
    }
    co_return std::make_unique<ClientChannel>(state_->server, std::move(incoming.connection));
}

asio::awaitable<core::Result<CallAnswer>> Client::send(Call call) {
    auto stream = co_await open(std::move(call));
    if (!stream) {
        co_return std::unexpected(stream.error());
    }
    CallAnswer answer;
    answer.status = (*stream)->status();
    answer.headers = (*stream)->headers();
    for (;;) {
        auto piece = co_await (*stream)->next();
        if (!piece) {
            co_return std::unexpected(piece.error());
        }
        const std::optional<std::string> bytes = std::move(*piece);
        if (!bytes) {
            co_return answer;
        }
        answer.body += *bytes;
        if (answer.body.size() > state_->options.answer_bytes_max) {
            const auto limit = std::to_string(state_->options.answer_bytes_max);
            co_return core::fail(kAnswerTooLarge, {{"server", state_->server}, {"limit", limit}});
        }
    }
}

asio::awaitable<core::Result<std::optional<ServerEvent>>> EventReader::next() {
    while (ready_.empty()) {
        auto piece = co_await answer_->next();
        if (!piece) {
            co_return std::unexpected(piece.error());
        }
        const std::optional<std::string> bytes = std::move(*piece);
        if (!bytes) {
            co_return std::nullopt;
        }
        ready_ = parser_.feed(*bytes);
        std::ranges::reverse(ready_);
        if (parser_.overflowed()) {
            co_return core::fail(kBadAnswer,
                                 {{"server", "event stream"}, {"reason", "an event without end"}});
        }
    }
    ServerEvent event = std::move(ready_.back());
    ready_.pop_back();
    co_return std::move(event);
}

}  // namespace kapok::platform::http
