// The client against our server, with and without TLS, and against servers that break off, lie or
// say nothing.

#include "platform/http/client.h"

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "core/random.h"
#include "platform/errors.h"
#include "platform/http/json.h"
#include "platform/http/server.h"
#include "platform/http/testing.h"
#include "platform/http/tls_context.h"

namespace kapok::platform::http {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using testing::kPatience;
using testing::ScriptedServer;
using testing::Shared;
using testing::TestCa;

// Runs a coroutine to its end on a context of its own.
template <class T>
T run(asio::awaitable<T> work) {
    asio::io_context io{1};
    auto result = asio::co_spawn(io, std::move(work), asio::use_future);
    io.run();
    return result.get();
}

std::unique_ptr<Client> client_for(std::uint16_t port, ClientOptions options = {}) {
    Url url;
    url.host = "127.0.0.1";
    url.port = port;
    auto client = Client::create(url, std::move(options));
    EXPECT_TRUE(client.has_value());
    return std::move(*client);
}

core::Result<CallAnswer> get(Client& client, std::string path = "/") {
    return run(client.send({.path = std::move(path)}));
}

std::string answer(std::string_view body, std::string_view more = "") {
    return "HTTP/1.1 200 OK\r\ncontent-length: " + std::to_string(body.size()) + "\r\n" +
           std::string(more) + "\r\n" + std::string(body);
}

class Counter final : public EventSource {
public:
    explicit Counter(Shared<int>& gone) : gone_(gone) {}
    ~Counter() override {
        gone_.update([](int& count) { ++count; });
    }
    Counter(const Counter&) = delete;
    Counter& operator=(const Counter&) = delete;

    asio::awaitable<std::optional<ServerEvent>> next() override {
        if (++count_ > 3) {
            asio::steady_timer forever(co_await asio::this_coro::executor,
                                       asio::steady_timer::time_point::max());
            co_await forever.async_wait(asio::use_awaitable);
        }
        co_return ServerEvent{std::to_string(count_), "count", "line\nline"};
    }

private:
    Shared<int>& gone_;
    int count_ = 0;
};

class ClientTest : public ::testing::Test {
protected:
    ClientTest() {
        Route route{.method = Method::Post,
                    .path = "/echo",
                    .id = "echo",
                    .scope = kPublic,
                    .en = "A test",
                    .zh = "测试",
                    .body = Body::Raw,
                    .reply = Reply::Raw};
        router_.add(route, [](Request request) -> asio::awaitable<Response> {
            Response response;
            response.headers["x-certificate"] =
                request.client_certificate_id +
                (request.client_certificate_ended_at ? " ended" : "");
            response.body = std::move(request.body);
            co_return response;
        });
        route.method = Method::Get;
        route.path = "/tunnel";
        route.id = "tunnel";
        route.body = Body::None;
        router_.add(route, [this](Request request) -> asio::awaitable<Response> {
            Response response;
            response.status = request.headers.contains("upgrade") ? 101 : 426;
            response.headers["upgrade"] = "kapok-tunnel";
            response.upgrade = [this](std::shared_ptr<Channel> channel) {
                channels_.update([&](auto& channels) { channels.push_back(std::move(channel)); });
            };
            co_return response;
        });
        route.path = "/events";
        route.id = "events";
        route.body = Body::None;
        route.reply = Reply::EventStream;
        router_.add(route, [this](Request) -> asio::awaitable<Response> {
            co_return event_stream_response(std::make_shared<Counter>(gone_));
        });
    }

    void start(ServerOptions options = {}) {
        auto server = Server::start(router_, clock_, std::move(options));
        ASSERT_TRUE(server.has_value()) << core::render(server.error(), core::Language::En);
        server_ = std::move(*server);
    }

    testing::Everybody authorizer_;
    core::SystemClock clock_;
    core::SystemRandom random_;
    Router router_{authorizer_, clock_, random_};
    Shared<int> gone_;
    std::unique_ptr<Server> server_;
    Shared<std::vector<std::shared_ptr<Channel>>> channels_;
};

asio::awaitable<int> echo_many(Client& client, int count) {
    int right = 0;
    for (int i = 0; i < count; ++i) {
        Call call{.method = Method::Post, .path = "/echo"};
        call.body = std::string(static_cast<std::size_t>(i) * 997 % 300'000, 'k');
        const std::string sent = call.body;
        const auto answer = co_await client.send(std::move(call));
        right += answer && answer->status == 200 && answer->body == sent ? 1 : 0;
    }
    co_return right;
}

TEST_F(ClientTest, KeepsConnectionsAndUsesThemAgain) {
    start();
    const auto client = client_for(server_->port());
    EXPECT_EQ(run(echo_many(*client, 200)), 200);
    asio::io_context io{1};
    std::vector<std::future<int>> parallel;
    for (int i = 0; i < 8; ++i) {
        parallel.push_back(asio::co_spawn(io, echo_many(*client, 20), asio::use_future));
    }
    io.run();
    for (auto& one : parallel) {
        EXPECT_EQ(one.get(), 20);
    }
    EXPECT_LE(server_->connections(), 9U);
}

TEST_F(ClientTest, IsUsedFromManyThreadsAtOnce) {
    start();
    const auto client = client_for(server_->port());
    std::vector<std::thread> threads;
    std::atomic<int> right = 0;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] { right += run(echo_many(*client, 30)); });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(right, 120);
}

asio::awaitable<std::vector<ServerEvent>> read_events(Client& client, std::size_t count) {
    std::vector<ServerEvent> events;
    Call call{.path = "/events"};
    auto answer = co_await client.open(std::move(call));
    if (!answer) {
        co_return events;
    }
    EventReader reader(std::move(*answer));
    while (events.size() < count) {
        auto event = co_await reader.next();
        if (!event || !*event) {
            break;
        }
        events.push_back(**event);
    }
    co_return events;
}

TEST_F(ClientTest, ReadsEventsAndCancelsByLeaving) {
    start();
    const auto client = client_for(server_->port());
    const auto events = run(read_events(*client, 3));
    ASSERT_EQ(events.size(), 3U);
    EXPECT_EQ(events[2], (ServerEvent{"3", "count", "line\nline"}));
    EXPECT_TRUE(gone_.wait([](int count) { return count == 1; }));
}

TEST_F(ClientTest, ACancelledCallClosesItsConnection) {
    start();
    const auto client = client_for(server_->port());
    asio::io_context io{1};
    asio::cancellation_signal stop;
    bool ended = false;
    asio::co_spawn(io, read_events(*client, 4),
                   asio::bind_cancellation_slot(
                       stop.slot(),
                       [&](std::exception_ptr, const std::vector<ServerEvent>&) { ended = true; }));
    while (server_->connections() == 0) {
        io.run_one_for(milliseconds(10));
    }
    for (int i = 0; i < 20; ++i) {
        io.run_one_for(milliseconds(10));
    }
    stop.emit(asio::cancellation_type::terminal);
    io.run();
    EXPECT_TRUE(ended);
    EXPECT_TRUE(gone_.wait([](int count) { return count == 1; }));
}

TEST_F(ClientTest, ProvesWhoItIsUnderTls) {
    TestCa server_ca("servers");
    TestCa client_ca("clients");
    const auto server = server_ca.issue({"server"}, "DNS:localhost,IP:127.0.0.1");
    const auto agent = client_ca.issue({"agt_7"});
    ServerOptions options;
    options.tls = ServerTls{.certificate_pem = server.certificate_pem,
                            .key_pem = core::Secret(server.key_pem),
                            .client_certificates = ClientCertificates::Required,
                            .client_ca_pem = client_ca.certificate_pem()};
    start(options);
    const auto ask = [&](const std::string& host, const std::string& ca,
                         const TestCa::Identity& identity) {
        Url url{.secure = true, .host = host, .port = server_->port()};
        ClientOptions with;
        with.tls = {.ca_pem = ca,
                    .certificate_pem = identity.certificate_pem,
                    .key_pem = core::Secret(identity.key_pem)};
        const auto client = Client::create(url, with).value();
        return run(client->send({.method = Method::Post, .path = "/echo", .body = "hello"}));
    };
    for (const char* host : {"127.0.0.1", "localhost"}) {
        const auto good = ask(host, server_ca.certificate_pem(), agent);
        ASSERT_TRUE(good.has_value()) << core::render(good.error(), core::Language::En);
        EXPECT_EQ(good->body, "hello");
        EXPECT_EQ(good->headers.at("x-certificate"), "agt_7");
        EXPECT_EQ(good->headers.at("strict-transport-security"), "max-age=31536000");
    }
    EXPECT_EQ(ask("127.0.0.1", client_ca.certificate_pem(), agent).error().code(), kTlsFailed);
    EXPECT_FALSE(ask("127.0.0.1", server_ca.certificate_pem(), {}).has_value());
    const auto stranger = server_ca.issue({"agt_7"});
    EXPECT_FALSE(ask("127.0.0.1", server_ca.certificate_pem(), stranger).has_value());
    const auto expired = client_ca.issue({"agt_7"}, "", -60);
    EXPECT_FALSE(ask("127.0.0.1", server_ca.certificate_pem(), expired).has_value());
    options.tls->take_ended_certificates = true;
    start(options);
    const auto told = ask("127.0.0.1", server_ca.certificate_pem(), expired);
    ASSERT_TRUE(told.has_value()) << core::render(told.error(), core::Language::En);
    EXPECT_EQ(told->headers.at("x-certificate"), "agt_7 ended");
    EXPECT_EQ(ask("127.0.0.1", server_ca.certificate_pem(), agent)->headers.at("x-certificate"),
              "agt_7");
    EXPECT_FALSE(ask("127.0.0.1", server_ca.certificate_pem(), stranger).has_value());
    EXPECT_FALSE(
        ask("127.0.0.1", server_ca.certificate_pem(), server_ca.issue({"x"}, "", -60)).has_value());
    const auto two_names = client_ca.issue({"agt_7", "agt_8"});
    EXPECT_EQ(ask("127.0.0.1", server_ca.certificate_pem(), two_names)->headers.at("x-certificate"),
              "");
}

TEST_F(ClientTest, AcceptsACertificateOnlyForTheNameItAsked) {
    TestCa ca("ca");
    const auto other = ca.issue({"localhost"}, "DNS:example.org");
    ServerOptions options;
    options.tls =
        ServerTls{.certificate_pem = other.certificate_pem, .key_pem = core::Secret(other.key_pem)};
    start(options);
    Url url{.secure = true, .host = "127.0.0.1", .port = server_->port()};
    ClientOptions with;
    with.tls.ca_pem = ca.certificate_pem();
    EXPECT_EQ(get(*Client::create(url, with).value()).error().code(), kTlsFailed);
    with.tls.server_name = "example.org";
    EXPECT_TRUE(get(*Client::create(url, with).value()).has_value());
    // After a change, new connections see the new certificate.
    const auto changed = ca.issue({"x"}, "IP:127.0.0.1");
    EXPECT_TRUE(server_
                    ->change_tls({.certificate_pem = changed.certificate_pem,
                                  .key_pem = core::Secret(changed.key_pem)})
                    .has_value());
    with.tls.server_name = "";
    EXPECT_TRUE(get(*Client::create(url, with).value()).has_value());
}

TEST_F(ClientTest, StreamsAndDrainsUnderTls) {
    TestCa ca("ca");
    const auto identity = ca.issue({"server"}, "IP:127.0.0.1");
    ServerOptions options;
    options.tls = ServerTls{.certificate_pem = identity.certificate_pem,
                            .key_pem = core::Secret(identity.key_pem)};
    start(options);
    Url url{.secure = true, .host = "127.0.0.1", .port = server_->port()};
    ClientOptions with;
    with.tls.ca_pem = ca.certificate_pem();
    const auto client = Client::create(url, with).value();
    EXPECT_EQ(run(echo_many(*client, 30)), 30);
    EXPECT_EQ(run(read_events(*client, 3)).size(), 3U);
    EXPECT_TRUE(gone_.wait([](int count) { return count == 1; }));
    std::vector<ServerEvent> events;
    std::thread reading([&] { events = run(read_events(*client, 100)); });
    while (server_->connections() == 0) {
        std::this_thread::yield();
    }
    server_->stop(kPatience);
    reading.join();
    EXPECT_LE(events.size(), 3U);
}

// Sends `count` messages of many sizes and expects each back; the channel goes at the end.
asio::awaitable<int> use_tunnel(Client& client, int count) {
    Call call{.path = "/tunnel"};
    auto channel = co_await client.upgrade(std::move(call), "kapok-tunnel");
    int right = 0;
    for (int i = 0; channel && i < count; ++i) {
        const std::string sent(1 + static_cast<std::size_t>(i) * 7'919 % 200'000, 'k');
        (void)co_await (*channel)->write(sent);
        std::string back;
        while (back.size() < sent.size()) {
            auto bytes = co_await (*channel)->read();
            if (!bytes || !*bytes) {
                co_return right;
            }
            back += **bytes;
        }
        right += back == sent ? 1 : 0;
    }
    co_return right;
}

asio::awaitable<void> give_back(std::shared_ptr<Channel> channel) {
    for (;;) {
        auto bytes = co_await channel->read();
        if (!bytes || !*bytes) {
            co_return;
        }
        (void)co_await channel->write(std::move(**bytes));
    }
}

TEST_F(ClientTest, TurnsAConnectionIntoATunnelThatAnotherThreadUses) {
    start();
    const auto client = client_for(server_->port());
    int right = 0;
    std::thread asking([&] { right = run(use_tunnel(*client, 50)); });
    EXPECT_TRUE(channels_.wait([](const auto& channels) { return channels.size() == 1; }));
    run(give_back(channels_.get()[0]));
    asking.join();
    EXPECT_EQ(right, 50);
    channels_.update([](auto& channels) { channels.clear(); });
    server_->stop(kPatience);
    EXPECT_EQ(server_->connections(), 0U);
}

TEST_F(ClientTest, CutsOffATunnelThatOutlivesTheDrain) {
    start();
    const auto client = client_for(server_->port());
    int right = 0;
    std::thread asking([&] { right = run(use_tunnel(*client, 1)); });
    EXPECT_TRUE(channels_.wait([](const auto& channels) { return channels.size() == 1; }));
    server_->stop(milliseconds(10));
    asking.join();
    EXPECT_EQ(right, 0);
    channels_.update([](auto& channels) { channels.clear(); });
    const auto refused = run(client->upgrade({.path = "/echo"}, "x"));
    EXPECT_FALSE(refused.has_value());
}

TEST(ClientTls, RefusesUselessKeys) {
    TestCa ca("ca");
    const auto one = ca.issue({"a"});
    const auto other = ca.issue({"b"});
    const Url url{.secure = true, .host = "127.0.0.1", .port = 1};
    const auto make = [&](ClientTls tls) {
        ClientOptions options;
        options.tls = std::move(tls);
        return Client::create(url, options);
    };
    EXPECT_EQ(make({.ca_pem = "nonsense"}).error().code(), kBadCertificate);
    EXPECT_EQ(make({.ca_pem = ca.certificate_pem(),
                    .certificate_pem = one.certificate_pem,
                    .key_pem = core::Secret(other.key_pem)})
                  .error()
                  .code(),
              kBadCertificate);
}

TEST(ServerTls, OffersForwardSecrecyAndAuthenticatedEncryptionOnly) {
    TestCa ca("ca");
    const auto one = ca.issue({"server"}, "IP:127.0.0.1");
    const ServerTls tls{.certificate_pem = one.certificate_pem,
                        .key_pem = core::Secret(one.key_pem)};
    const TlsContext context = make_context(tls).value();
    EXPECT_EQ(SSL_CTX_get_min_proto_version(context->native_handle()), TLS1_2_VERSION);
    const std::unique_ptr<SSL, decltype(&SSL_free)> session(SSL_new(context->native_handle()),
                                                            &SSL_free);
    int count = 0;
    for (const char* name = SSL_get_cipher_list(session.get(), count); name != nullptr;
         name = SSL_get_cipher_list(session.get(), ++count)) {
        const std::string cipher(name);
        EXPECT_TRUE(cipher.starts_with("TLS_") || cipher.starts_with("ECDHE-")) << cipher;
        EXPECT_TRUE(cipher.contains("GCM") || cipher.contains("POLY1305")) << cipher;
    }
    EXPECT_GT(count, 3);
}

TEST(ClientFaults, RepeatsACallOnAConnectionThatDiedOnlyIfThatIsSafe) {
    const auto two_calls = [](Client& client, Call second) -> asio::awaitable<std::string> {
        Call first{.path = "/1"};
        (void)co_await client.send(std::move(first));
        const auto answer = co_await client.send(std::move(second));
        co_return answer ? answer->body : std::string(answer.error().code().name);
    };
    const auto ask = [&](const ScriptedServer::Turn& second, Call call) {
        ScriptedServer server(
            {{.answer = answer("one"), .keep_open = true}, second, {.answer = answer("two")}});
        const auto client = client_for(server.port());
        return run(two_calls(*client, std::move(call)));
    };
    const ScriptedServer::Turn closes{};
    const ScriptedServer::Turn reads_and_closes{.answer = "", .mute = true};
    const ScriptedServer::Turn begins_and_closes{.answer = "H"};
    Call change{.method = Method::Post, .path = "/2", .body = "x"};
    EXPECT_EQ(ask(closes, {.path = "/2"}), "two");
    EXPECT_EQ(ask(reads_and_closes, {.path = "/2"}), "two");
    EXPECT_EQ(ask(begins_and_closes, {.path = "/2"}), "platform.connection_lost");
    EXPECT_EQ(ask(reads_and_closes, change), "platform.connection_lost");
    change.headers["idempotency-key"] = "k";
    EXPECT_EQ(ask(reads_and_closes, change), "two");
    change.repeat = Repeat::Never;
    EXPECT_EQ(ask(reads_and_closes, change), "platform.connection_lost");
}

TEST(ClientFaults, NamesWhatWentWrong) {
    struct Example {
        std::string answer;
        const core::ErrorCode& code;
    };
    const Example examples[] = {
        {"nonsense", kBadAnswer},
        {"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort", kConnectionLost},
        {"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n", kConnectionLost},
        {"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", kBadAnswer},
        {"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\na", kBadAnswer},
        {"HTTP/1.1 200", kConnectionLost},
        {"HTTP/1.1 200 OK\r\nx: " + std::string(100'000, 'x') + "\r\n\r\n", kBadAnswer},
        {answer(std::string(2'000, 'x')), kAnswerTooLarge},
    };
    for (const auto& [text, code] : examples) {
        ScriptedServer server({{.answer = text}});
        ClientOptions options;
        options.answer_bytes_max = 1'000;
        const auto client = client_for(server.port(), options);
        const auto got = get(*client);
        ASSERT_FALSE(got.has_value()) << text.substr(0, 100);
        EXPECT_EQ(got.error().code().name, code.name) << text.substr(0, 100);
    }
}

TEST(ClientFaults, TakesAnswersInEveryFraming) {
    const std::pair<std::string, std::string> examples[] = {
        {"HTTP/1.1 200 OK\r\n\r\nuntil the end", "until the end"},
        {"HTTP/1.0 200 OK\r\n\r\nold", "old"},
        {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" + answer("late"), "late"},
        {"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nt: x\r\n\r\n",
         "hello"},
        {"HTTP/1.1 204 No Content\r\n\r\n", ""},
        {"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n", ""},
    };
    for (const auto& [text, body] : examples) {
        ScriptedServer server({{.answer = text}});
        const auto client = client_for(server.port());
        const auto got = get(*client);
        ASSERT_TRUE(got.has_value()) << text;
        EXPECT_EQ(got->body, body);
    }
}

TEST(ClientFaults, GivesUpOnSilence) {
    ClientOptions options;
    options.idle_time = milliseconds(50);
    {
        ScriptedServer server({{.answer = "", .hang = true}});
        const auto client = client_for(server.port(), options);
        EXPECT_EQ(get(*client).error().code(), kServerTimeout);
    }
    {
        ScriptedServer server(
            {{.answer = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc", .hang = true}});
        const auto client = client_for(server.port(), options);
        EXPECT_EQ(get(*client).error().code(), kServerTimeout);
    }
    {
        ScriptedServer server({{.answer = "", .hang = true}});
        ClientOptions total;
        total.total_time = milliseconds(50);
        const auto client = client_for(server.port(), total);
        EXPECT_EQ(get(*client).error().code(), kServerTimeout);
    }
}

TEST(ClientFaults, SaysThatNobodyListens) {
    std::uint16_t port = 0;
    {
        ScriptedServer server({});
        port = server.port();
    }
    const auto client = client_for(port);
    EXPECT_EQ(get(*client).error().code(), kConnectFailed);
    Url nowhere{.host = "host.invalid", .port = 1};
    EXPECT_FALSE(get(*Client::create(nowhere, {}).value()).has_value());
    EXPECT_EQ(get(*client, "no slash").error().code(), kBadUrl);
    EXPECT_EQ(get(*client, "/a\r\nx: y").error().code(), kBadUrl);
}

TEST(ClientFaults, WritesHeadersThatCannotBeInjectedInto) {
    ScriptedServer server({{.answer = answer("ok")}});
    const auto client = client_for(server.port());
    Call call{.path = "/a?b=%20"};
    call.headers["x-name"] = "a\r\nx-injected: 1";
    EXPECT_TRUE(run(client->send(call)).has_value());
    const std::string request = server.requests().at(0);
    EXPECT_TRUE(request.starts_with("GET /a?b=%20 HTTP/1.1\r\nhost: 127.0.0.1:"));
    EXPECT_TRUE(request.contains("x-name: a  x-injected: 1\r\n"));
}

TEST(Url, IsParsedStrictly) {
    struct Example {
        const char* text;
        Url url;
    };
    const Example good[] = {
        {"http://localhost", {false, "localhost", 80, ""}},
        {"HTTPS://Example.org:8443/v1/", {true, "example.org", 8443, "/v1"}},
        {"http://[::1]:8080/a/b", {false, "::1", 8080, "/a/b"}},
        {"https://10.0.0.7/", {true, "10.0.0.7", 443, ""}},
    };
    for (const auto& [text, url] : good) {
        EXPECT_EQ(parse_url(text).value(), url) << text;
        EXPECT_EQ(parse_url(to_text(url)).value(), url) << text;
    }
    for (const char* text :
         {"", "localhost", "ftp://a", "http://", "http:///a", "http://a:0", "http://a:65536",
          "http://a:x", "http://a:", "http://user@a", "http://a/b?c", "http://a/b#c", "http://a b",
          "http://[::1", "http://[a]", "http://::1", "http://a/\r\nx", "https://木"}) {
        EXPECT_FALSE(parse_url(text).has_value()) << text;
    }
}

}  // namespace
}  // namespace kapok::platform::http
