#include "platform/http/session.h"

#include <algorithm>
#include <array>
#include <exception>
#include <tuple>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/error.hpp>
#include <fmt/format.h>

#include "platform/errors.h"
#include "platform/http/forwarded.h"
#include "platform/http/negotiate.h"
#include "platform/http/response_head.h"
#include "platform/http/status.h"
#include "platform/http/tls_context.h"

namespace kapok::platform::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast::http;
using boost::system::error_code;

constexpr std::size_t kReadBytes = 16 * 1024;
constexpr std::size_t kWriteBytes = 128 * 1024;
constexpr std::size_t kDiscardBytesMax = 256 * 1024;
constexpr std::size_t kAheadBytesMax = 64 * 1024;  // Read beyond the request under way.
constexpr std::chrono::seconds kGoodbyeTime{2};
// A browser that came once by TLS comes by nothing else for a year. Names below this one are left
// out: they may be other people's.
constexpr std::string_view kStrictTransport = "max-age=31536000";

std::string_view view(boost::beast::string_view text) {
    return {text.data(), text.size()};
}

std::optional<Method> method_of(beast::verb verb) {
    switch (verb) {
        case beast::verb::get:
        case beast::verb::head: return Method::Get;
        case beast::verb::post: return Method::Post;
        case beast::verb::put: return Method::Put;
        case beast::verb::patch: return Method::Patch;
        case beast::verb::delete_: return Method::Delete;
        default: return std::nullopt;
    }
}

// Two of these would leave open which one counts.
bool is_single(std::string_view name) {
    constexpr std::array<std::string_view, 9> kSingle{
        "authorization", "content-length", "content-type", "host",  "idempotency-key",
        "if-match",      "last-event-id",  "x-request-id", "expect"};
    return std::ranges::find(kSingle, name) != kSingle.end();
}

core::Result<void> bad_http(std::string reason) {
    return core::fail(kBadHttp, {{"reason", std::move(reason)}});
}

core::Result<void> add_header(Fields& headers, std::string name, std::string_view value) {
    const auto [place, added] = headers.emplace(std::move(name), value);
    if (added) {
        return {};
    }
    if (is_single(place->first)) {
        return bad_http("two headers " + place->first);
    }
    place->second.append(place->first == "cookie" ? "; " : ", ").append(value);
    return {};
}

std::string limit_in_seconds(std::chrono::milliseconds limit) {
    return fmt::format("{:.3g}", std::chrono::duration<double>(limit).count());
}

// Brings what its owner asks to the session's thread.
class SessionChannel final : public Channel {
public:
    explicit SessionChannel(std::shared_ptr<Session> session)
        : session_(std::move(session)), executor_(session_->executor()) {}
    // Where there is no memory for it nothing can be mended: that ends the process.
    // NOLINTNEXTLINE(bugprone-exception-escape)
    ~SessionChannel() override {
        asio::post(executor_, [session = std::move(session_)] { session->end_channel(); });
    }
    SessionChannel(const SessionChannel&) = delete;
    SessionChannel& operator=(const SessionChannel&) = delete;

    asio::awaitable<core::Result<std::optional<std::string>>> read() override {
        return asio::co_spawn(executor_, session_->read_channel(), asio::use_awaitable);
    }
    asio::awaitable<core::Result<void>> write(std::string bytes) override {
        return asio::co_spawn(executor_, session_->write_channel(std::move(bytes)),
                              asio::use_awaitable);
    }

private:
    std::shared_ptr<Session> session_;
    asio::any_io_executor executor_;
};

}  // namespace

Session::Session(const SessionHost& host, Transport::Socket socket, TlsContext tls)
    : host_(host),
      transport_(std::move(socket), std::move(tls)),
      deadline_(asio::query(transport_.socket().get_executor(), asio::execution::context),
                [this] { expire(); }),
      changed_(transport_.socket().get_executor(), asio::steady_timer::time_point::max()) {
    error_code ignored;
    const auto endpoint = transport_.socket().remote_endpoint(ignored);
    peer_ = endpoint.address().to_string();
    transport_.tune();
}

asio::awaitable<void> Session::run() {
    try {
        co_await serve();
    } catch (const std::exception&) {
        gone_ = true;  // Cancelled, or out of memory: this connection is over.
    }
    phase_ = Phase::Ending;
    deadline_.clear();
    transport_.abort();
}

asio::awaitable<void> Session::serve() {
    if (transport_.secure()) {
        phase_ = Phase::Ending;  // Nothing to say to a client that does not even shake hands.
        deadline_.set(host_.options.handshake_time);
        const error_code failure = co_await transport_.accept_tls();
        if (failure) {
            co_return;
        }
        client_certificate_id_ = peer_name(transport_.native_tls());
        client_certificate_ended_at_ = peer_ended_at(transport_.native_tls());
    }
    bool keep_alive = true;
    while (keep_alive && !draining_) {
        Exchange exchange;
        const bool complete = co_await read_header(exchange);
        if (!complete) {
            break;
        }
        try {
            co_await answer(exchange);
        } catch (...) {
            finish(exchange, false);
            throw;
        }
        finish(exchange, !gone_);
        keep_alive = exchange.keep_alive;
    }
    if (!gone_) {
        co_await linger();
    }
}

void Session::drain() {
    draining_ = true;
    if (phase_ == Phase::Idle) {
        transport_.cancel();
    } else if (phase_ == Phase::Streaming && streams_events_) {
        kill_.emit(asio::cancellation_type::terminal);
    }
}

void Session::kill() {
    gone_ = true;
    transport_.abort();
    kill_.emit(asio::cancellation_type::terminal);
}

void Session::turn_away() {
    if (!transport_.secure()) {
        const auto limit = std::to_string(host_.options.connections_max);
        const auto error = core::fail(kBusy, {{"limit", limit}}).error();
        const Response response = host_.router.refuse(error, {}, 503).response;
        Framing framing;
        framing.keep_alive = false;
        framing.content_length = response.body.size();
        const std::string text =
            response_head(response, framing, to_http_date(host_.clock.now())) + response.body;
        error_code ignored;
        transport_.socket().non_blocking(true, ignored);
        transport_.socket().write_some(asio::buffer(text), ignored);
        transport_.socket().shutdown(Transport::Socket::shutdown_send, ignored);
    }
    transport_.abort();
}

void Session::expire() {
    timed_out_ = true;
    switch (phase_) {
        case Phase::Idle:
        case Phase::Reading: transport_.cancel(); break;  // There may be something to say yet.
        case Phase::Streaming:
            if (!commenting_) {
                timed_out_ = false;
                commenting_ = true;
                asio::co_spawn(transport_.socket().get_executor(),
                               write_comment(shared_from_this()), asio::detached);
                break;
            }
            [[fallthrough]];
        case Phase::Working:
        case Phase::Writing:
        case Phase::Upgraded:
        case Phase::Ending: kill(); break;
    }
}

void Session::finish(Exchange& exchange, bool complete) {
    if (!host_.options.finished) {
        return;
    }
    Finished& record = exchange.record;
    record.complete = complete;
    record.peer = record.peer.empty() ? peer_ : record.peer;
    record.duration =
        std::chrono::duration_cast<std::chrono::microseconds>(Steady::now() - exchange.started);
    host_.options.finished(record);
}

// Reads what is there into `input_`; 0 if there will be no more, or if time is up.
asio::awaitable<std::size_t> Session::fill() {
    if (watching_) {  // The watcher's read was under way before we wanted one.
        const std::size_t before = input_.size();
        while (watching_ && input_.size() == before && !timed_out_ && !gone_) {
            co_await wait_for_change();
        }
        if (input_.size() != before) {
            co_return input_.size() - before;
        }
        if (gone_ || timed_out_) {
            co_return 0;
        }
    }
    const std::size_t before = input_.size();
    input_.resize(before + kReadBytes);
    auto [failure, size] =
        co_await transport_.read_some(asio::buffer(input_.data() + before, kReadBytes));
    input_.resize(before + (failure ? 0 : size));
    gone_ = gone_ || (failure && !timed_out_ && !draining_);
    co_return failure ? 0 : size;
}

asio::awaitable<void> Session::wait_for_change() {
    std::ignore = co_await changed_.async_wait(asio::as_tuple(asio::use_awaitable));
}

// From now on notices when the client leaves, and cancels run() then.
void Session::watch() {
    if (!watching_ && !gone_ && input_.size() < kAheadBytesMax) {
        watching_ = true;
        asio::co_spawn(transport_.socket().get_executor(), watch_input(shared_from_this()),
                       asio::detached);
    }
}

asio::awaitable<void> Session::watch_input(std::shared_ptr<Session> self) {
    std::string buffer(kReadBytes, '\0');
    while (phase_ != Phase::Idle && phase_ != Phase::Reading && input_.size() < kAheadBytesMax) {
        auto [failure, size] = co_await transport_.read_some(asio::buffer(buffer));
        input_.append(buffer, 0, failure ? 0 : size);
        if (failure) {
            if (timed_out_ && (phase_ == Phase::Idle || phase_ == Phase::Reading)) {
                break;  // The deadline of the next request, which run() knows how to answer.
            }
            gone_ = true;
            break;
        }
    }
    watching_ = false;
    changed_.cancel();
    if (gone_ && (phase_ == Phase::Working || phase_ == Phase::Streaming)) {
        kill_.emit(asio::cancellation_type::terminal);
    }
}

asio::awaitable<bool> Session::read_header(Exchange& exchange) {
    Parser& parser = exchange.parser;
    parser.header_limit(static_cast<std::uint32_t>(host_.options.header_bytes_max));
    parser.body_limit(boost::none);  // Set when the route is known.
    phase_ = Phase::Idle;
    timed_out_ = false;
    deadline_.set(host_.options.idle_time);
    for (;;) {
        while (phase_ == Phase::Idle && input_.starts_with("\r\n")) {
            input_.erase(0, 2);  // RFC 9112 section 2.2: from old clients, after a body.
        }
        if (!input_.empty()) {
            if (phase_ == Phase::Idle) {
                phase_ = Phase::Reading;
                exchange.started = Steady::now();
                deadline_.set(host_.options.header_time);
            }
            error_code failure;
            input_.erase(0, parser.put(asio::buffer(input_), failure));
            if (parser.is_header_done()) {
                co_return true;
            }
            if (failure == beast::error::header_limit) {
                const auto limit = std::to_string(host_.options.header_bytes_max);
                const auto error = core::fail(kHeadersTooLarge, {{"limit", limit}});
                co_await refuse(exchange, error.error(), status_of(kHeadersTooLarge));
                co_return false;
            }
            if (failure && failure != beast::error::need_more) {
                const auto error = bad_http(failure.message());
                co_await refuse(exchange, error.error(), 400);
                co_return false;
            }
        }
        if (draining_ && phase_ == Phase::Idle) {
            co_return false;
        }
        const std::size_t size = co_await fill();
        if (size == 0) {
            if (timed_out_ && phase_ == Phase::Reading) {
                const auto limit = limit_in_seconds(host_.options.header_time);
                const auto error = core::fail(kRequestTimeout, {{"limit", limit}});
                co_await refuse(exchange, error.error(), status_of(kRequestTimeout));
            }
            co_return false;
        }
    }
}

// Answers what never became a request, and ends the connection.
asio::awaitable<void> Session::refuse(Exchange& exchange, const core::Error& error, int status) {
    exchange.keep_alive = false;
    unread_ = true;
    Request request;
    request.path = view(exchange.parser.get().target());
    Answer answer = host_.router.refuse(error, std::move(request), status);
    co_await send(exchange, std::move(answer));
    finish(exchange, !gone_);
}

core::Result<Request> Session::request_of(Exchange& exchange) const {
    const auto& message = exchange.parser.get();
    Request request;
    request.path = view(message.target());
    request.peer = peer_;
    request.client_certificate_id = client_certificate_id_;
    request.client_certificate_ended_at = client_certificate_ended_at_;
    for (const auto& field : message) {
        const auto added =
            add_header(request.headers, to_lower(view(field.name_string())), view(field.value()));
        if (!added) {
            return std::unexpected(added.error());
        }
    }
    const auto forwarded = request.headers.find("x-forwarded-for");
    if (forwarded != request.headers.end() && !host_.options.proxies.empty()) {
        request.peer = client_address(request.peer, forwarded->second, host_.options.proxies);
    }
    // A proxy sends the whole URL; what is asked for is its path.
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (request.path.starts_with(scheme)) {
            const auto slash = request.path.find('/', scheme.size());
            request.path = slash == std::string::npos ? "/" : request.path.substr(slash);
        }
    }
    if (!exchange.http_1_0 && !request.headers.contains("host")) {
        return std::unexpected(bad_http("no header host").error());
    }
    const auto coding = request.headers.find("transfer-encoding");
    if (coding != request.headers.end() &&
        (exchange.http_1_0 || to_lower(coding->second) != "chunked")) {
        return std::unexpected(bad_http("a transfer-encoding other than chunked").error());
    }
    const auto expect = request.headers.find("expect");
    if (expect != request.headers.end() && to_lower(expect->second) != "100-continue") {
        return std::unexpected(bad_http("an expectation other than 100-continue").error());
    }
    return request;
}

asio::awaitable<void> Session::answer(Exchange& exchange) {
    Parser& parser = exchange.parser;
    exchange.head = parser.get().method() == beast::verb::head;
    exchange.http_1_0 = parser.get().version() < 11;
    exchange.keep_alive = parser.keep_alive();
    exchange.record.method = view(parser.get().method_string());
    auto request = request_of(exchange);
    if (!request) {
        exchange.keep_alive = false;
        unread_ = true;
        Answer refused = host_.router.refuse(request.error(), {}, 400);
        co_await send(exchange, std::move(refused));
        co_return;
    }
    exchange.accepts_gzip = accepts_gzip(*request);
    exchange.record.path = request->path.substr(0, request->path.find('?'));
    exchange.record.peer = request->peer;
    phase_ = Phase::Working;
    deadline_.clear();
    const auto method = method_of(parser.get().method());
    std::expected<Admission, Answer> admission = std::unexpected(Answer{});
    if (method) {
        request->method = *method;
        admission = co_await host_.router.admit(std::move(*request));
    } else {
        admission.error() = host_.router.refuse_method(exchange.record.method, std::move(*request));
    }
    if (admission) {
        Answer done = co_await run_admitted(exchange, std::move(*admission));
        co_await send(exchange, std::move(done));
        co_return;
    }
    // Refused without its body: a short one is read and forgotten, so that the connection lives on.
    const auto length = parser.content_length();
    const bool has_body = !parser.is_done();
    const bool waits = has_body && !parser.get()[beast::field::expect].empty();
    const bool is_short = has_body && !waits && length && *length <= kDiscardBytesMax;
    exchange.keep_alive = exchange.keep_alive && (!has_body || is_short);
    unread_ = has_body && !is_short;
    co_await send(exchange, std::move(admission.error()));
    if (is_short && exchange.keep_alive) {
        const BodyEnd end = co_await read_body(exchange, kDiscardBytesMax);
        exchange.keep_alive = end == BodyEnd::Complete;
    }
}

// Gives a handler the body as it comes.
class Session::StreamedBody final : public BodySource {
public:
    StreamedBody(Session& session, Exchange& exchange, std::uint64_t limit)
        : session_(session), exchange_(exchange), limit_(limit) {
        session.begin_body(exchange, limit);
    }

    asio::awaitable<core::Result<std::optional<std::string>>> next() override {
        Parser& parser = exchange_.parser;
        while (parser.get().body().empty() && !parser.is_done()) {
            const BodyEnd end = co_await session_.read_some_body(exchange_);
            session_.phase_ = Phase::Working;
            if (end != BodyEnd::Complete) {
                co_return session_.body_error(end, limit_);
            }
        }
        std::optional<std::string> piece;
        if (!parser.get().body().empty()) {
            piece = std::exchange(parser.get().body(), {});
        }
        co_return piece;
    }

private:
    Session& session_;
    Exchange& exchange_;
    std::uint64_t limit_;
};

asio::awaitable<void> Session::say_continue(Exchange& exchange, const Request& request) {
    const bool waits = request.headers.contains("expect") && input_.empty();
    if (waits && !exchange.http_1_0) {
        phase_ = Phase::Writing;
        const bool written = co_await write("HTTP/1.1 100 Continue\r\n\r\n", {});
        gone_ = gone_ || !written;
    }
}

asio::awaitable<Answer> Session::run_admitted(Exchange& exchange, Admission admission) {
    Parser& parser = exchange.parser;
    const auto length = parser.content_length();
    const bool streamed = admission.route->body == Body::Stream;
    BodyEnd end = BodyEnd::Complete;
    if (length && *length > admission.body_bytes_max) {
        end = BodyEnd::TooLarge;
    } else if (!parser.is_done()) {
        co_await say_continue(exchange, admission.request);
        if (!streamed) {
            end = co_await read_body(exchange, admission.body_bytes_max);
        }
    }
    if (end != BodyEnd::Complete) {
        exchange.keep_alive = false;
        unread_ = true;
        co_return refuse_body(std::move(admission), end);
    }
    phase_ = Phase::Working;
    deadline_.clear();
    if (streamed) {
        co_return co_await run_streamed(exchange, std::move(admission));
    }
    if (admission.route->disconnect == Disconnect::Cancel) {
        watch();
    }
    std::string body = std::move(parser.get().body());
    Answer done = co_await host_.router.run(std::move(admission), std::move(body));
    co_return done;
}

asio::awaitable<Answer> Session::run_streamed(Exchange& exchange, Admission admission) {
    admission.request.body_source =
        std::make_shared<StreamedBody>(*this, exchange, admission.body_bytes_max);
    Answer done = co_await host_.router.run(std::move(admission), std::string());
    if (!exchange.parser.is_done()) {  // The handler had seen enough.
        exchange.keep_alive = false;
        unread_ = true;
    }
    co_return done;
}

std::unexpected<core::Error> Session::body_error(BodyEnd end, std::uint64_t limit) const {
    switch (end) {
        case BodyEnd::TooLarge:
            return core::fail(kBodyTooLarge, {{"limit", std::to_string(limit)}}, "");
        case BodyEnd::Late:
            return core::fail(kRequestTimeout,
                              {{"limit", limit_in_seconds(host_.options.body_time)}});
        case BodyEnd::Complete:
        case BodyEnd::Broken: break;
    }
    return std::unexpected(bad_http("the body ends early or is not chunked properly").error());
}

Answer Session::refuse_body(Admission admission, BodyEnd end) const {
    Request& request = admission.request;
    request.headers["x-request-id"] = request.request_id;  // The one that was made already.
    const auto error = body_error(end, admission.body_bytes_max);
    const int status = status_of(error.error().code());
    Answer answer = host_.router.refuse(error.error(), std::move(request), status);
    answer.route = admission.route;
    return answer;
}

void Session::begin_body(Exchange& exchange, std::uint64_t limit) {
    exchange.parser.body_limit(limit);
    exchange.parser.eager(true);
    exchange.body_started = Steady::now();
}

asio::awaitable<Session::BodyEnd> Session::read_body(Exchange& exchange, std::uint64_t limit) {
    begin_body(exchange, limit);
    BodyEnd end = BodyEnd::Complete;
    while (end == BodyEnd::Complete && !exchange.parser.is_done()) {
        end = co_await read_some_body(exchange);
    }
    co_return end;
}

// Some more of the body is in the parser, or its end, when this is Complete.
asio::awaitable<Session::BodyEnd> Session::read_some_body(Exchange& exchange) {
    Parser& parser = exchange.parser;
    phase_ = Phase::Reading;
    for (;;) {
        if (!input_.empty()) {
            error_code failure;
            const std::size_t used = parser.put(asio::buffer(input_), failure);
            input_.erase(0, used);
            exchange.body_bytes += used;
            if (failure == beast::error::body_limit) {
                co_return BodyEnd::TooLarge;
            }
            if ((failure && failure != beast::error::need_more) ||
                input_.size() > kAheadBytesMax) {  // A chunk's header or trailer without end.
                co_return BodyEnd::Broken;
            }
            if (used > 0 || parser.is_done()) {
                co_return BodyEnd::Complete;
            }
        }
        const auto earned = std::chrono::seconds(exchange.body_bytes / host_.options.body_rate_min);
        const auto left = exchange.body_started + host_.options.body_time + earned - Steady::now();
        deadline_.set(std::max<Steady::duration>(left, Steady::duration::zero()));
        const std::size_t size = co_await fill();
        deadline_.clear();
        if (size == 0) {
            co_return timed_out_ ? BodyEnd::Late : BodyEnd::Broken;
        }
    }
}

asio::awaitable<void> Session::send(Exchange& exchange, Answer answer) {
    Response& response = answer.response;
    compress(response, exchange.accepts_gzip);
    if (transport_.secure()) {
        response.headers.emplace("strict-transport-security", kStrictTransport);
    }
    exchange.record.status = response.status;
    exchange.record.request_id = answer.request_id;
    exchange.record.principal = answer.principal;
    exchange.record.route_id = answer.route ? answer.route->id : "";
    exchange.keep_alive = exchange.keep_alive && !draining_;
    const bool bodiless = response.status < 200 || response.status == 204 || response.status == 304;
    Framing framing;
    framing.http_1_0 = exchange.http_1_0;
    if (response.stream) {
        framing.chunked = !exchange.http_1_0 && !bodiless;
        exchange.keep_alive = exchange.keep_alive && !exchange.http_1_0;
    } else if (!bodiless) {
        framing.content_length = response.body.size();
    }
    framing.keep_alive = exchange.keep_alive;
    std::string head = response_head(response, framing, to_http_date(host_.clock.now()));
    if (response.upgrade && response.status == 101) {
        co_await upgrade(exchange, std::move(head), answer);
    } else if (exchange.head || bodiless) {
        co_await send_body(exchange, std::move(head), {});
    } else if (response.stream) {
        co_await send_stream(exchange, std::move(head), answer);
    } else {
        co_await send_body(exchange, std::move(head), response.body);
    }
    exchange.keep_alive = exchange.keep_alive && !gone_;
}

// A large body leaves in pieces, each with the time of one.
asio::awaitable<void> Session::send_body(Exchange& exchange, std::string head,
                                         std::string_view body) {
    phase_ = Phase::Writing;
    std::string_view first = head;
    while (!gone_ && (!first.empty() || !body.empty())) {
        const std::string_view piece = body.substr(0, kWriteBytes);
        body.remove_prefix(piece.size());
        const bool written = co_await write(first, piece);
        gone_ = gone_ || !written;
        first = {};
        exchange.record.bytes += written ? piece.size() : 0;
    }
}

asio::awaitable<bool> Session::write(std::string_view head, std::string_view body) {
    deadline_.set(host_.options.write_time);
    const std::array<asio::const_buffer, 2> buffers{asio::buffer(head), asio::buffer(body)};
    const error_code failure = co_await transport_.write(buffers);
    deadline_.clear();
    co_return !failure;
}

asio::awaitable<void> Session::send_stream(Exchange& exchange, std::string head, Answer& answer) {
    streams_events_ = answer.route && answer.route->reply == Reply::EventStream;
    co_await send_body(exchange, std::move(head), {});
    watch();
    bool ended = false;
    std::exception_ptr failure;
    try {
        ended = co_await pump(exchange, *answer.response.stream);
    } catch (...) {
        failure = std::current_exception();
    }
    answer.response.stream.reset();
    if (draining_ && streams_events_ && !gone_) {  // Cancelled by us: end it properly.
        co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
        while (commenting_) {
            co_await wait_for_change();
        }
        ended = true;
    }
    streams_events_ = false;
    if (ended && !gone_) {
        phase_ = Phase::Writing;
        if (!exchange.http_1_0) {
            const bool written = co_await write("0\r\n\r\n", {});
            gone_ = gone_ || !written;
        }
        co_return;
    }
    if (failure && !gone_) {
        Request request;
        request.path = exchange.record.path;
        request.request_id = exchange.record.request_id;
        host_.router.report(request, what_of(failure));
    }
    exchange.keep_alive = false;
    gone_ = true;  // A broken stream must not look like one that ended.
}

// False if it was stopped before its end.
asio::awaitable<bool> Session::pump(Exchange& exchange, BodyStream& stream) {
    const bool chunked = !exchange.http_1_0;
    while (!gone_ && !(draining_ && streams_events_)) {
        phase_ = Phase::Streaming;
        if (streams_events_ && chunked) {
            deadline_.set(host_.options.keep_alive_time);
        }
        std::optional<std::string> piece = co_await stream.next();
        while (commenting_) {
            co_await wait_for_change();
        }
        deadline_.clear();
        if (!piece) {
            co_return true;
        }
        if (piece->empty()) {
            continue;
        }
        const std::size_t size = piece->size();
        if (chunked) {
            *piece += "\r\n";
        }
        const std::string length = chunked ? fmt::format("{:x}\r\n", size) : std::string();
        phase_ = Phase::Writing;
        const bool written = co_await write(length, *piece);
        gone_ = gone_ || !written;
        exchange.record.bytes += written ? size : 0;
    }
    co_return false;
}

// The connection is the channel's until that has gone.
asio::awaitable<void> Session::upgrade(Exchange& exchange, std::string head, Answer& answer) {
    co_await send_body(exchange, std::move(head), {});
    exchange.keep_alive = false;
    if (!gone_) {
        phase_ = Phase::Upgraded;
        channel_open_ = true;
        answer.response.upgrade(std::make_shared<SessionChannel>(shared_from_this()));
        while (channel_open_ && !gone_) {
            co_await wait_for_change();
        }
    }
}

asio::awaitable<core::Result<std::optional<std::string>>> Session::read_channel() {
    if (!gone_ && input_.empty()) {
        (void)co_await fill();
    }
    if (input_.empty()) {
        co_return std::nullopt;
    }
    co_return std::exchange(input_, {});
}

asio::awaitable<core::Result<void>> Session::write_channel(std::string bytes) {
    bool written = !gone_;
    for (std::string_view rest = bytes; written && !rest.empty();) {
        written = co_await write(std::string_view(), rest.substr(0, kWriteBytes));
        rest.remove_prefix(std::min(kWriteBytes, rest.size()));
    }
    if (!written) {
        co_return core::fail(kConnectionLost, {{"server", peer_}, {"reason", "it has closed"}});
    }
    co_return core::Result<void>();
}

void Session::end_channel() {
    channel_open_ = false;
    changed_.cancel();
}

asio::any_io_executor Session::executor() {
    return transport_.socket().get_executor();
}

asio::awaitable<void> Session::write_comment(std::shared_ptr<Session> self) {
    const bool written = co_await write("d\r\n", ": keep-alive\n\r\n");
    commenting_ = false;
    changed_.cancel();
    if (!written) {
        kill();
    } else if (phase_ == Phase::Streaming) {
        deadline_.set(host_.options.keep_alive_time);
    }
}

// Says goodbye, and takes what the client was sending meanwhile: to close on unread input would
// reset the connection and lose the answer on its way.
asio::awaitable<void> Session::linger() {
    phase_ = Phase::Ending;
    deadline_.set(kGoodbyeTime);
    co_await transport_.shutdown();
    std::string buffer(unread_ ? kReadBytes : 0, '\0');
    std::size_t discarded = 0;
    while (unread_ && !watching_ && discarded < kDiscardBytesMax) {
        const std::size_t size = co_await transport_.discard(asio::buffer(buffer));
        if (size == 0) {
            break;
        }
        discarded += size;
    }
}

}  // namespace kapok::platform::http
