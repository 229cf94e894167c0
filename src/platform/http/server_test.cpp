// The server over real sockets, with clients that are slow, rude, huge or gone. Every wait is for
// an event; time-outs are set so short or so long that only one outcome can happen.

#include "platform/http/server.h"

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include "core/random.h"
#include "platform/errors.h"
#include "platform/http/json.h"
#include "platform/http/testing.h"

namespace kapok::platform::http {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using testing::kPatience;
using testing::RawConnection;
using testing::Shared;

constexpr auto route(Method method, std::string_view path, std::string_view id, Body body,
                     Reply reply) {
    return Route{.method = method,
                 .path = path,
                 .id = id,
                 .scope = kPublic,
                 .en = "A test",
                 .zh = "测试",
                 .body = body,
                 .reply = reply,
                 .body_bytes_max = 1'000'000};
}

// What the test learns of its handlers and streams.
struct Events {
    int started = 0;
    int finished = 0;
    int cancelled = 0;
    std::vector<Finished> records;
    std::vector<std::string> failures;
};

// Gives pieces until it has given `count`, then waits for ever, or ends.
class Ticker final : public BodyStream {
public:
    Ticker(Shared<Events>& events, int count, bool ends, std::exception_ptr failure)
        : events_(events),
          left_(count),
          ends_(ends),
          // NOLINTNEXTLINE(bugprone-throw-keyword-missing): kept for next().
          failure_(std::move(failure)) {}
    ~Ticker() override {
        events_.update([&](Events& e) { ++(ended_ ? e.finished : e.cancelled); });
    }
    Ticker(const Ticker&) = delete;
    Ticker& operator=(const Ticker&) = delete;

    asio::awaitable<std::optional<std::string>> next() override {
        if (left_ > 0) {
            --left_;
            co_return "data: tick\n\n";
        }
        if (failure_) {
            std::rethrow_exception(failure_);
        }
        if (!ends_) {
            asio::steady_timer timer(co_await asio::this_coro::executor,
                                     asio::steady_timer::time_point::max());
            co_await timer.async_wait(asio::use_awaitable);
        }
        ended_ = true;
        co_return std::nullopt;
    }

private:
    Shared<Events>& events_;
    int left_;
    bool ends_;
    std::exception_ptr failure_;
    bool ended_ = false;
};

class ServerTest : public ::testing::Test {
protected:
    ServerTest() {
        router_.add(route(Method::Get, "/hello", "hello", Body::None, Reply::Json),
                    [](Request request) -> asio::awaitable<Response> {
                        Response response = json_response(200, {{"peer", request.peer}});
                        response.headers["set-cookie"] = "a=1\nb=2";
                        response.headers["x-evil"] = "a\r\nx-injected: 1";
                        co_return response;
                    });
        router_.add(route(Method::Post, "/echo", "echo", Body::Raw, Reply::Raw),
                    [](Request request) -> asio::awaitable<Response> {
                        Response response;
                        response.body = std::move(request.body);
                        response.compressible = true;
                        co_return response;
                    });
        router_.add(route(Method::Post, "/pieces", "pieces", Body::Stream, Reply::Raw),
                    [](Request request) { return count_pieces(std::move(request)); });
        router_.add(route(Method::Get, "/stream", "stream", Body::None, Reply::Raw),
                    [this](Request) -> asio::awaitable<Response> { co_return streamed(3, true); });
        router_.add(route(Method::Get, "/endless", "endless", Body::None, Reply::Raw),
                    [this](Request) -> asio::awaitable<Response> { co_return streamed(2, false); });
        router_.add(route(Method::Get, "/broken", "broken", Body::None, Reply::Raw),
                    [this](Request) -> asio::awaitable<Response> {
                        co_return streamed(
                            1, true, std::make_exception_ptr(std::runtime_error("out of luck")));
                    });
        router_.add(route(Method::Get, "/events", "events", Body::None, Reply::EventStream),
                    [this](Request) -> asio::awaitable<Response> { co_return streamed(1, false); });
        router_.add(route(Method::Get, "/wait", "wait", Body::None, Reply::Raw), wait());
        Route costly = route(Method::Get, "/costly", "costly", Body::None, Reply::Raw);
        costly.disconnect = Disconnect::Cancel;
        router_.add(costly, wait());
        router_.set_failure_hook([this](const Request& request, std::string_view what) {
            const std::string text = request.request_id + " " + std::string(what);
            events_.update([&](Events& e) { e.failures.push_back(text); });
        });
    }

    // Says how long the body was; gives up at a piece that begins with "!".
    static asio::awaitable<Response> count_pieces(Request request) {
        std::size_t bytes = 0;
        Response response;
        for (;;) {
            const core::Result<std::optional<std::string>> piece =
                co_await request.body_source->next();
            if (!piece) {
                response.body = "failed: " + std::string(piece.error().code().name);
                co_return response;
            }
            if (!*piece) {
                break;
            }
            EXPECT_FALSE((*piece)->empty());
            EXPECT_LE((*piece)->size(), 64U * 1024);
            if ((*piece)->starts_with('!')) {
                response.body = "enough";
                co_return response;
            }
            bytes += (*piece)->size();
        }
        response.body = "bytes: " + std::to_string(bytes);
        co_return response;
    }

    Response streamed(int count, bool ends, std::exception_ptr failure = nullptr) {
        Response response;
        response.headers["content-type"] = "text/event-stream";
        response.stream = std::make_shared<Ticker>(events_, count, ends, std::move(failure));
        return response;
    }

    // Answers when the test says go.
    Handler wait() {
        return [this](Request) -> asio::awaitable<Response> {
            events_.update([](Events& e) { ++e.started; });
            asio::steady_timer timer(co_await asio::this_coro::executor);
            try {
                while (!go_.get()) {
                    timer.expires_after(milliseconds(1));
                    co_await timer.async_wait(asio::use_awaitable);
                }
            } catch (const std::exception&) {
                events_.update([](Events& e) { ++e.cancelled; });
                throw;
            }
            events_.update([](Events& e) { ++e.finished; });
            Response response;
            response.body = "waited";
            co_return response;
        };
    }

    void start(ServerOptions options = {}) {
        options.finished = [this](const Finished& record) {
            events_.update([&](Events& e) { e.records.push_back(record); });
        };
        auto server = Server::start(router_, clock_, std::move(options));
        ASSERT_TRUE(server.has_value()) << core::render(server.error(), core::Language::En);
        server_ = std::move(*server);
    }

    std::string ask(std::string_view request) {
        RawConnection connection(server_->port());
        EXPECT_TRUE(connection.send(request));
        return connection.read_all();
    }

    testing::Everybody authorizer_;
    core::SystemClock clock_;
    core::SystemRandom random_;
    Router router_{authorizer_, clock_, random_};
    Shared<Events> events_;
    Shared<bool> go_;
    std::unique_ptr<Server> server_;
};

std::string post(std::string_view body, std::string_view more = "") {
    return "POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: " + std::to_string(body.size()) +
           "\r\n" + std::string(more) + "\r\n" + std::string(body);
}

constexpr std::string_view kHello = "GET /hello HTTP/1.1\r\nhost: a\r\n\r\n";

TEST_F(ServerTest, KeepsTheConnectionAliveAndAnswersPipelinedRequestsInOrder) {
    start();
    RawConnection connection(server_->port());
    const std::string three = post("first") + post("second") + std::string(kHello);
    EXPECT_TRUE(connection.send(three));
    EXPECT_TRUE(connection.read_until("\r\n\r\nfirst"));
    EXPECT_TRUE(connection.read_until("\r\n\r\nsecond"));
    EXPECT_TRUE(connection.read_until("{\"peer\":\"127.0.0.1\"}"));
    EXPECT_TRUE(connection.send("\r\n" + post("after an empty line")));
    EXPECT_TRUE(connection.read_until("after an empty line"));
}

TEST_F(ServerTest, WritesHeadersThatCannotBeInjectedInto) {
    start();
    const std::string answer = ask("GET /hello HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\ndate: ")) << answer;
    EXPECT_TRUE(answer.contains("\r\nset-cookie: a=1\r\nset-cookie: b=2\r\n"));
    EXPECT_TRUE(answer.contains("\r\nx-evil: a  x-injected: 1\r\n"));
    EXPECT_TRUE(answer.contains("\r\nx-request-id: req_"));
    EXPECT_TRUE(answer.contains("\r\nconnection: close\r\n"));
}

TEST_F(ServerTest, SpeaksHttp10) {
    start();
    const std::string answer = ask("GET /hello HTTP/1.0\r\n\r\n");
    EXPECT_TRUE(answer.ends_with("{\"peer\":\"127.0.0.1\"}"));
    const std::string stream = ask("GET /stream HTTP/1.0\r\n\r\n");
    EXPECT_FALSE(stream.contains("chunked"));
    EXPECT_TRUE(stream.ends_with("\r\n\r\ndata: tick\n\ndata: tick\n\ndata: tick\n\n"));
}

TEST_F(ServerTest, AnswersHeadWithoutBody) {
    start();
    RawConnection connection(server_->port());
    for (const std::string_view path : {"/hello", "/stream", "/nothing"}) {
        EXPECT_TRUE(connection.send("HEAD " + std::string(path) + " HTTP/1.1\r\nhost: a\r\n\r\n"));
        EXPECT_TRUE(connection.read_until("\r\n\r\n"));
    }
    EXPECT_TRUE(connection.send(kHello));
    EXPECT_TRUE(connection.read_until("\r\n\r\n")->starts_with("HTTP/1.1 200"));
}

TEST_F(ServerTest, RefusesWhatIsNotProperHttp) {
    start();
    const std::pair<std::string, std::string> examples[] = {
        {"nonsense\r\n\r\n", "400"},
        {"GET /hello HTTP/1.1\r\n\r\n", "400"},
        {"GET /hello HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n", "400"},
        {"GET /hello HTTP/1.1\r\nhost: a\r\nbad name: b\r\n\r\n", "400"},
        {"GET /hello HTTP/1.1\r\nhost: a\r\nauthorization: a\r\nauthorization: b\r\n\r\n", "400"},
        {"GET /hello HTTP/1.1\r\nhost: a\r\nexpect: miracles\r\n\r\n", "400"},
        {"POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
         "400"},
        {"POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n"
         "\r\n0\r\n\r\n",
         "400"},
        {"POST /echo HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
         "400"},
        {"POST /echo HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
        {"POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n", "400"},
        {"POST /echo HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n", "400"},
        {"GET /hello HTTP/1.1\r\nhost: a\r\nx: " + std::string(kHeaderBytesMax, 'x') + "\r\n\r\n",
         "431"},
        {"GET /" + std::string(kHeaderBytesMax, 'x') + " HTTP/1.1\r\nhost: a\r\n\r\n", "431"},
        {"POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 1000001\r\n\r\n", "413"},
        {"POST /echo HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nf4241\r\n" +
             std::string(1'000'001, 'x') + "\r\n0\r\n\r\n",
         "413"},
        {"BREW /hello HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n", "405"},
        {"OPTIONS /hello HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n", "405"},
        {"GET /nothing HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n", "404"},
    };
    for (const auto& [request, status] : examples) {
        const std::string answer = ask(request);
        EXPECT_EQ(answer.substr(0, 12), "HTTP/1.1 " + status) << request.substr(0, 200);
        EXPECT_TRUE(answer.contains("\"code\":\"platform.")) << answer;
    }
}

TEST_F(ServerTest, TakesChunkedBodiesInAnyPieces) {
    start();
    RawConnection connection(server_->port());
    const std::string request =
        "POST /echo HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"
        "5;x=y\r\nhello\r\n1\r\n \r\n5\r\nworld\r\n0\r\ntrailer: t\r\n\r\n";
    for (const std::size_t size : {request.size(), std::size_t{7}, std::size_t{1}}) {
        for (std::size_t at = 0; at < request.size(); at += size) {
            EXPECT_TRUE(connection.send(request.substr(at, size)));
        }
        EXPECT_TRUE(connection.read_until("\r\n\r\nhello world"));
    }
}

TEST_F(ServerTest, GivesABodyToItsHandlerWhileItComes) {
    start();
    const auto upload = [](std::string_view head, std::string_view body) {
        return "POST /pieces HTTP/1.1\r\nhost: a\r\n" + std::string(head) + "\r\n\r\n" +
               std::string(body);
    };
    RawConnection connection(server_->port());
    const std::string large(900'000, 'x');
    EXPECT_TRUE(connection.send(upload("content-length: 900000", large)));
    EXPECT_TRUE(connection.read_until("bytes: 900000"));
    EXPECT_TRUE(connection.send(upload("content-length: 0", "")));
    EXPECT_TRUE(connection.read_until("bytes: 0"));
    EXPECT_TRUE(connection.send(upload("transfer-encoding: chunked", "3\r\nabc\r\n2;x=y\r")));
    EXPECT_TRUE(connection.send("\nde\r\n0\r\n\r\n" + std::string(kHello)));
    EXPECT_TRUE(connection.read_until("bytes: 5"));
    EXPECT_TRUE(connection.read_until("{\"peer\":\"127.0.0.1\"}"));
    EXPECT_TRUE(connection.send(upload("content-length: 4\r\nexpect: 100-continue", "")));
    EXPECT_TRUE(connection.read_until("HTTP/1.1 100 Continue\r\n\r\n"));
    EXPECT_TRUE(connection.send("last"));
    EXPECT_TRUE(connection.read_until("bytes: 4"));
}

TEST_F(ServerTest, TellsTheHandlerHowABodyBrokeOff) {
    start();
    const auto ask_for = [this](std::string_view head, std::string_view body) {
        RawConnection connection(server_->port());
        EXPECT_TRUE(connection.send("POST /pieces HTTP/1.1\r\nhost: a\r\n" + std::string(head) +
                                    "\r\n\r\n" + std::string(body)));
        connection.half_close();
        return connection.read_all();
    };
    EXPECT_EQ(ask_for("content-length: 5", "abc"), "");  // The client has gone.
    EXPECT_TRUE(ask_for("transfer-encoding: chunked", "zz\r\n").ends_with("platform.bad_http"));
    const std::string early = ask_for("content-length: 900000", "!");
    EXPECT_TRUE(early.ends_with("enough")) << early;
    EXPECT_TRUE(early.contains("connection: close"));
    const std::string refused = ask_for("content-length: 999999999999", "");
    EXPECT_TRUE(refused.starts_with("HTTP/1.1 413 ")) << refused;
}

TEST_F(ServerTest, SaysContinueOnlyToABodyThatIsWanted) {
    start();
    RawConnection connection(server_->port());
    EXPECT_TRUE(connection.send(
        "POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\nexpect: 100-continue\r\n\r\n"));
    EXPECT_TRUE(connection.read_until("HTTP/1.1 100 Continue\r\n\r\n"));
    EXPECT_TRUE(connection.send("ok"));
    EXPECT_TRUE(connection.read_until("\r\n\r\nok"));
    EXPECT_TRUE(connection.send(
        "POST /nothing HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\nexpect: 100-continue\r\n\r\n"));
    EXPECT_TRUE(connection.read_all().starts_with("HTTP/1.1 404"));
}

TEST_F(ServerTest, KeepsAConnectionWhoseShortBodyWasNotWanted) {
    start();
    RawConnection connection(server_->port());
    EXPECT_TRUE(connection.send("POST /nothing HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\n"));
    EXPECT_TRUE(connection.read_until("\r\n\r\n")->starts_with("HTTP/1.1 404"));
    EXPECT_TRUE(connection.send("12345" + std::string(kHello)));
    EXPECT_TRUE(connection.read_until("HTTP/1.1 200"));
}

TEST_F(ServerTest, CompressesWhatMayBeCompressed) {
    start();
    const std::string text(50'000, 'k');
    const std::string packed = ask(post(text, "accept-encoding: gzip\r\nconnection: close\r\n"));
    EXPECT_TRUE(packed.contains("content-encoding: gzip"));
    EXPECT_LT(packed.size(), 1'000U);
    EXPECT_TRUE(ask(post(text, "connection: close\r\n")).ends_with(text));
}

TEST_F(ServerTest, SendsEachPieceOfAStreamAtOnce) {
    start();
    RawConnection connection(server_->port());
    EXPECT_TRUE(connection.send("GET /endless HTTP/1.1\r\nhost: a\r\n\r\n"));
    EXPECT_TRUE(connection.read_until("c\r\ndata: tick\n\n\r\nc\r\ndata: tick\n\n\r\n"));
    connection.close();
    EXPECT_TRUE(events_.wait([](const Events& e) {
        return e.cancelled == 1 && e.records.size() == 1 && !e.records[0].complete;
    }));
}

TEST_F(ServerTest, EndsAStreamAndGoesOn) {
    start();
    RawConnection connection(server_->port());
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(connection.send("GET /stream HTTP/1.1\r\nhost: a\r\n\r\n"));
        EXPECT_TRUE(connection.read_until("\r\n0\r\n\r\n"));
    }
    // What is sent during a stream is the next request.
    EXPECT_TRUE(connection.send("GET /stream HTTP/1.1\r\nhost: a\r\n\r\n" + std::string(kHello)));
    EXPECT_TRUE(connection.read_until("{\"peer\":\"127.0.0.1\"}"));
    EXPECT_EQ(events_.get().finished, 4);
}

TEST_F(ServerTest, BreaksOffAStreamThatFails) {
    start();
    RawConnection connection(server_->port());
    EXPECT_TRUE(connection.send("GET /broken HTTP/1.1\r\nhost: a\r\nx-request-id: r1\r\n\r\n"));
    EXPECT_TRUE(connection.read_all().ends_with("c\r\ndata: tick\n\n\r\n"));
    EXPECT_TRUE(events_.wait(
        [](const Events& e) { return e.records.size() == 1 && !e.records[0].complete; }));
    EXPECT_EQ(events_.get().failures, std::vector<std::string>{"r1 out of luck"});
}

TEST_F(ServerTest, CancelsAStreamWhoseClientResets) {
    start();
    for (int i = 1; i <= 20; ++i) {
        RawConnection connection(server_->port());
        EXPECT_TRUE(connection.send("GET /endless HTTP/1.1\r\nhost: a\r\n\r\n"));
        EXPECT_TRUE(connection.read_until("tick"));
        connection.reset();
        EXPECT_TRUE(events_.wait([&](const Events& e) { return e.cancelled == i; }));
    }
}

TEST_F(ServerTest, CancelsAHandlerOnlyWhereTheRouteSaysSo) {
    start();
    {
        RawConnection costly(server_->port());
        EXPECT_TRUE(costly.send("GET /costly HTTP/1.1\r\nhost: a\r\n\r\n"));
        EXPECT_TRUE(events_.wait([](const Events& e) { return e.started == 1; }));
    }
    EXPECT_TRUE(events_.wait([](const Events& e) { return e.cancelled == 1; }));
    {
        RawConnection plain(server_->port());
        EXPECT_TRUE(plain.send("GET /wait HTTP/1.1\r\nhost: a\r\n\r\n"));
        EXPECT_TRUE(events_.wait([](const Events& e) { return e.started == 2; }));
    }
    go_.update([](bool& go) { go = true; });
    EXPECT_TRUE(events_.wait([](const Events& e) { return e.finished == 1; }));
    EXPECT_EQ(events_.get().cancelled, 1);
}

TEST_F(ServerTest, CutsOffSlowClients) {
    start({.header_time = milliseconds(100), .body_time = milliseconds(100)});
    RawConnection headers(server_->port());
    EXPECT_TRUE(headers.send("GET /hello HTTP/1.1\r\nho"));
    EXPECT_TRUE(headers.read_all().starts_with("HTTP/1.1 408"));
    RawConnection body(server_->port());
    EXPECT_TRUE(body.send("POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\nabc"));
    EXPECT_TRUE(body.read_all().starts_with("HTTP/1.1 408"));
}

TEST_F(ServerTest, ClosesIdleConnectionsWithoutAWord) {
    start({.idle_time = milliseconds(50)});
    RawConnection connection(server_->port());
    EXPECT_EQ(connection.read_all(), "");
    RawConnection used(server_->port());
    EXPECT_TRUE(used.send(kHello));
    EXPECT_TRUE(used.read_until("}"));
    EXPECT_EQ(used.read_all(), "");
}

TEST_F(ServerTest, CutsOffAClientThatDoesNotRead) {
    start({.write_time = milliseconds(100)});
    RawConnection connection(server_->port());
    const std::string big = post(std::string(900'000, 'x'));
    for (int i = 0; i < 100 && connection.send(big); ++i) {  // Until the buffers are full.
        if (!events_.get().records.empty() && !events_.get().records.back().complete) {
            break;
        }
    }
    EXPECT_TRUE(events_.wait(
        [](const Events& e) { return !e.records.empty() && !e.records.back().complete; }));
}

TEST_F(ServerTest, AnswersAClientThatHasHalfClosed) {
    start();
    RawConnection connection(server_->port());
    EXPECT_TRUE(connection.send(kHello));
    connection.half_close();
    EXPECT_TRUE(connection.read_all().ends_with("}"));
}

TEST_F(ServerTest, TurnsAwayConnectionsBeyondItsLimit) {
    start({.threads = 1, .connections_max = 2});
    RawConnection first(server_->port());
    RawConnection second(server_->port());
    EXPECT_TRUE(first.send(kHello) && first.read_until("}"));
    EXPECT_TRUE(second.send(kHello) && second.read_until("}"));
    RawConnection third(server_->port());
    EXPECT_TRUE(third.read_all().starts_with("HTTP/1.1 503"));
    first.close();
    for (bool served = false; !served;) {  // Until the server has seen it close.
        RawConnection again(server_->port());
        served = again.send(kHello) && again.read_until("}")->starts_with("HTTP/1.1 200");
    }
}

TEST_F(ServerTest, KeepsEventStreamsAliveWithComments) {
    start({.keep_alive_time = milliseconds(50)});
    RawConnection connection(server_->port());
    EXPECT_TRUE(connection.send("GET /events HTTP/1.1\r\nhost: a\r\n\r\n"));
    EXPECT_TRUE(connection.read_until("data: tick\n\n\r\nd\r\n: keep-alive\n\r\nd\r\n: keep"));
}

TEST_F(ServerTest, DrainsWhatIsUnderWay) {
    start();
    RawConnection idle(server_->port());
    EXPECT_TRUE(idle.send(kHello) && idle.read_until("}"));
    RawConnection events(server_->port());
    EXPECT_TRUE(events.send("GET /events HTTP/1.1\r\nhost: a\r\n\r\n"));
    EXPECT_TRUE(events.read_until("tick\n\n\r\n"));
    RawConnection working(server_->port());
    EXPECT_TRUE(working.send("GET /wait HTTP/1.1\r\nhost: a\r\n\r\n"));
    EXPECT_TRUE(events_.wait([](const Events& e) { return e.started == 1; }));
    std::thread stopping([this] { server_->stop(kPatience); });
    EXPECT_EQ(idle.read_all(), "");
    EXPECT_EQ(events.read_all(), "0\r\n\r\n");
    go_.update([](bool& go) { go = true; });
    const std::string answer = working.read_all();
    EXPECT_TRUE(answer.contains("connection: close")) << answer;
    EXPECT_TRUE(answer.ends_with("waited"));
    stopping.join();
    EXPECT_EQ(server_->connections(), 0U);
}

TEST_F(ServerTest, CutsOffWhatDoesNotEndInTime) {
    start();
    RawConnection endless(server_->port());
    EXPECT_TRUE(endless.send("GET /endless HTTP/1.1\r\nhost: a\r\n\r\n"));
    EXPECT_TRUE(endless.read_until("tick"));
    RawConnection working(server_->port());
    EXPECT_TRUE(working.send("GET /wait HTTP/1.1\r\nhost: a\r\n\r\n"));
    EXPECT_TRUE(events_.wait([](const Events& e) { return e.started == 1; }));
    server_->stop(milliseconds(50));
    EXPECT_FALSE(endless.read_all().ends_with("0\r\n\r\n"));
    EXPECT_EQ(working.read_all(), "");
    EXPECT_EQ(events_.get().cancelled, 2);
}

TEST_F(ServerTest, TellsOfEachFinishedRequest) {
    start();
    (void)ask(
        "POST /echo?token=secret HTTP/1.1\r\nhost: a\r\nx-request-id: r1\r\n"
        "content-length: 3\r\nconnection: close\r\n\r\nabc");
    EXPECT_TRUE(events_.wait([](const Events& e) { return e.records.size() == 1; }));
    const Finished record = events_.get().records[0];
    EXPECT_EQ(record.status, 400);  // There is no query parameter token.
    EXPECT_EQ(record.method, "POST");
    EXPECT_EQ(record.path, "/echo");
    EXPECT_EQ(record.route_id, "echo");
    EXPECT_EQ(record.request_id, "r1");
    EXPECT_EQ(record.peer, "127.0.0.1");
    EXPECT_TRUE(record.complete);
    EXPECT_GT(record.bytes, 0U);
}

TEST_F(ServerTest, TakesTheClientsAddressFromNamedProxiesOnly) {
    start({.proxies = {"127.0.0.1"}});
    const std::string request =
        "GET /hello HTTP/1.1\r\nhost: a\r\nx-forwarded-for: 6.6.6.6\r\n"
        "x-forwarded-for: 203.0.113.9\r\nconnection: close\r\n\r\n";
    EXPECT_TRUE(ask(request).contains(R"({"peer":"203.0.113.9"})"));
    EXPECT_TRUE(events_.wait([](const Events& e) { return e.records.size() == 1; }));
    EXPECT_EQ(events_.get().records[0].peer, "203.0.113.9");
    start({.proxies = {"127.0.0.2"}});
    EXPECT_TRUE(ask(request).contains(R"({"peer":"127.0.0.1"})"));
    start();
    EXPECT_TRUE(ask(request).contains(R"({"peer":"127.0.0.1"})"));
}

TEST_F(ServerTest, RefusesPlainHttpBeyondLoopbackAndPortsThatAreTaken) {
    start();
    ServerOptions open;
    open.address = "0.0.0.0";
    EXPECT_EQ(Server::start(router_, clock_, open).error().code(), kPlainHttpRefused);
    ServerOptions taken;
    taken.port = server_->port();
    EXPECT_EQ(Server::start(router_, clock_, taken).error().code(), kListenFailed);
    ServerOptions nowhere;
    nowhere.address = "localhost";
    EXPECT_EQ(Server::start(router_, clock_, nowhere).error().code(), kListenFailed);
}

// Goal: no bytes crash the server or make it hang. Method: requests damaged at random, many at a
// time; after each the server still answers a good one.
TEST_F(ServerTest, SurvivesDamagedRequests) {
    start({.idle_time = milliseconds(100),
           .header_time = milliseconds(100),
           .body_time = milliseconds(100)});
    const std::string right = post("hello", "accept-language: zh\r\nx-request-id: r\r\n") +
                              "POST /echo HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n"
                              "\r\n5\r\nhello\r\n0\r\n\r\n";
    std::vector<std::thread> clients;
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        clients.emplace_back([&, seed] {
            core::SeededRandom random(seed);
            for (int round = 0; round < 60; ++round) {
                std::string request = right;
                for (std::uint64_t edits = random.below(6); edits > 0; --edits) {
                    const std::size_t at = random.below(request.size());
                    switch (random.below(3)) {
                        case 0: request[at] = static_cast<char>(random.below(256)); break;
                        case 1: request.erase(at, 1 + random.below(9)); break;
                        default: request.insert(at, 1, "\r\n: 0;"[random.below(6)]); break;
                    }
                }
                RawConnection connection(server_->port());
                connection.send(request);
                if (random.below(2) == 0) {
                    connection.half_close();
                    (void)connection.read_all();
                }
            }
        });
    }
    for (std::thread& client : clients) {
        client.join();
    }
    EXPECT_TRUE(ask("GET /hello HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").ends_with("}"));
}

}  // namespace
}  // namespace kapok::platform::http
