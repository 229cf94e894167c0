// The routes through the real router, service, sequencer and databases; only who asks is said by a
// test authorizer. Replies are checked against their schema, and proofs as an outsider does it:
// from the answer's text and the pure functions alone.

#include "audit/http/audit_handler.h"

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include "audit/canonical.h"
#include "audit/testing/audit_test.h"
#include "platform/http/event_stream.h"
#include "platform/http/router.h"

namespace kapok::audit {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

class ByHeader final : public http::Authorizer {
public:
    asio::awaitable<core::Result<core::Principal>> authorize(const http::Request& request,
                                                             const http::Route& route) override {
        core::Principal caller;
        const auto name = request.headers.find("x-caller");
        if (name != request.headers.end()) {
            caller.kind = core::PrincipalKind::User;
            caller.name = name->second;
        } else {
            EXPECT_EQ(route.scope, http::kPublic);
        }
        co_return caller;
    }
};

class AuditRoutes : public AuditTest {
protected:
    void SetUp() override {
        AuditTest::SetUp();
        if (IsSkipped()) {
            return;
        }
        visible_["auditor"] = core::Scope::all();
        visible_["lab"] = core::Scope{false, {organization(1)}};
        visible_["group"] = core::Scope{false, {organization(1), organization(2)}};
        visible_["nobody"] = core::Scope{};
        sequencer_ = make_sequencer("one");
        service_ = std::make_unique<AuditService>(
            database(), Signer{std::string(kOrigin), key_.public_key()},
            [this](const core::Principal& caller) -> core::Result<core::Scope> {
                const auto found = visible_.find(caller.name);
                if (found == visible_.end()) {
                    return core::fail(kUnknownEvent, {{"sequence", "0"}});
                }
                return found->second;
            });
        handler_ = std::make_unique<AuditHandler>(*service_);
        router_ = std::make_unique<http::Router>(authorizer_, clock(), request_ids_);
        handler_->add_routes(*router_);
        router_->set_reply_check(http::ReplyCheck::On);
    }

    struct Reply {
        int status = 0;
        json::object body;
    };
    http::Response send(const std::string& caller, std::string path, http::Fields headers = {}) {
        http::Request request;
        request.path = std::move(path);
        request.headers = std::move(headers);
        if (!caller.empty()) {
            request.headers["x-caller"] = caller;
        }
        asio::io_context io;
        auto answer = asio::co_spawn(io, router_->handle(std::move(request)), asio::use_future);
        io.run();
        return answer.get().response;
    }
    Reply get(const std::string& caller, std::string path) {
        const auto response = send(caller, std::move(path));
        return {response.status, json::parse(response.body).as_object()};
    }
    static std::vector<std::int64_t> numbers(const Reply& reply) {
        std::vector<std::int64_t> numbers;
        for (const auto& item : reply.body.at("items").as_array()) {
            numbers.push_back(item.at("sequence").as_int64());
        }
        return numbers;
    }
    // All pages, three items each.
    std::vector<std::int64_t> all_pages(const std::string& caller, const std::string& query) {
        std::vector<std::int64_t> all;
        std::string cursor;
        while (true) {
            const auto page = get(caller, "/api/v1/events?limit=3" + query + cursor);
            EXPECT_EQ(page.status, 200);
            std::ranges::copy(numbers(page), std::back_inserter(all));
            const auto* next = page.body.if_contains("next_cursor");
            if (next == nullptr) {
                return all;
            }
            cursor = "&cursor=" + std::string(next->as_string());
        }
    }
    // Seven events, of the organizations 1, 2, 0 (the platform), 1, 2, 0, 1.
    void publish_seven() {
        for (int number = 1; number <= 7; ++number) {
            auto event = job_event(
                number, number % 3 == 0 ? core::OrganizationId() : organization(number % 3));
            event.type = number % 2 == 0 ? "compute.job_ended" : "compute.job_submitted";
            ASSERT_TRUE(publish_now(event));
            clock().advance(std::chrono::minutes(30));
        }
        sequencer_->round_blocking().value();
    }

    std::map<std::string, core::Scope, std::less<>> visible_;
    ByHeader authorizer_;
    core::SeededRandom request_ids_{1};
    std::unique_ptr<Sequencer> sequencer_;
    std::unique_ptr<AuditService> service_;
    std::unique_ptr<AuditHandler> handler_;
    std::unique_ptr<http::Router> router_;
};

INSTANTIATE_KAPOK_DATABASES(AuditRoutes);

using Numbers = std::vector<std::int64_t>;

TEST_P(AuditRoutes, ShowEachCallerItsOwnEvents) {
    publish_seven();
    EXPECT_EQ(all_pages("auditor", ""), (Numbers{1, 2, 3, 4, 5, 6, 7}));
    EXPECT_EQ(all_pages("lab", ""), (Numbers{1, 4, 7}));
    EXPECT_EQ(all_pages("group", ""), (Numbers{1, 2, 4, 5, 7}));
    EXPECT_EQ(all_pages("nobody", ""), Numbers{});
    EXPECT_EQ(all_pages("lab", "&organization_id=" + organization(2).text()), Numbers{});
    EXPECT_EQ(get("stranger", "/api/v1/events").status, 404);
}

TEST_P(AuditRoutes, FilterAndOrder) {
    publish_seven();
    EXPECT_EQ(all_pages("auditor", "&order=newest_first"), (Numbers{7, 6, 5, 4, 3, 2, 1}));
    EXPECT_EQ(all_pages("group", "&order=newest_first"), (Numbers{7, 5, 4, 2, 1}));
    EXPECT_EQ(all_pages("auditor", "&type=compute.job_ended"), (Numbers{2, 4, 6}));
    EXPECT_EQ(all_pages("auditor", "&subject=job_5"), (Numbers{5}));
    EXPECT_EQ(all_pages("auditor", "&organization_id=" + organization(1).text()),
              (Numbers{1, 4, 7}));
    const auto since = "&since=" + core::to_rfc3339(clock().now() - std::chrono::minutes(100));
    EXPECT_EQ(all_pages("auditor", since), (Numbers{5, 6, 7}));
    EXPECT_EQ(all_pages("auditor", since + "&order=newest_first&type=compute.job_submitted"),
              (Numbers{7, 5}));
}

// Checkpoints let a search by time begin late; it must not begin too late.
TEST_P(AuditRoutes, FindEventsByTimeAmongManyCheckpoints) {
    for (std::int64_t number = 1; number <= 40; ++number) {
        publish_many(number, 1);
        sequencer_->round_blocking().value();
        clock().advance(std::chrono::minutes(1));
    }
    for (const int minutes : {0, 1, 5, 9, 10, 11, 30, 40}) {
        const auto since =
            "&since=" + core::to_rfc3339(clock().now() - std::chrono::minutes(minutes));
        EXPECT_EQ(all_pages("auditor", since).size(), static_cast<std::size_t>(minutes));
    }
}

TEST_P(AuditRoutes, RefuseWhatTheTableDoesNotHave) {
    for (const auto* query :
         {"?limit=0", "?limit=many", "?cursor=!", "?order=random", "?since=yesterday",
          "?organization_id=usr_01J00000000000000000000001", "?type=", "?colour=red"}) {
        EXPECT_EQ(get("auditor", std::string("/api/v1/events") + query).status, 400) << query;
    }
    for (const auto* path : {"/api/v1/events/0", "/api/v1/events/-1", "/api/v1/events/x",
                             "/api/v1/events/99999999999999999999"}) {
        const int status = get("auditor", path).status;
        EXPECT_TRUE(status == 400 || status == 404) << path << status;
    }
}

TEST_P(AuditRoutes, SayTheSameOfAnothersEventAndOfNone) {
    publish_seven();
    for (const auto* rest : {"", "/proof"}) {
        const auto other = get("lab", std::string("/api/v1/events/2") + rest);
        const auto none = get("lab", std::string("/api/v1/events/8") + rest);
        EXPECT_EQ(other.status, 404);
        EXPECT_EQ(none.status, 404);
        EXPECT_EQ(other.body.at("code"), none.body.at("code"));
    }
    EXPECT_EQ(get("lab", "/api/v1/events/4").body.at("subject").as_string(), "job_4");
}

Digest digest(const json::value& text) {
    const auto bytes = from_base64(text.as_string()).value();
    Digest digest{};
    EXPECT_EQ(bytes.size(), digest.size());
    std::ranges::copy(bytes, digest.begin());
    return digest;
}

Proof proof_in(const json::object& body) {
    Proof proof;
    for (const auto& hash : body.at("hashes").as_array()) {
        proof.push_back(digest(hash));
    }
    return proof;
}

TEST_P(AuditRoutes, ProveEventsToAnOutsider) {
    publish_seven();
    const auto trust = get("", "/api/v1/trust");
    ASSERT_EQ(trust.status, 200);
    const auto key =
        platform::crypto::PublicKey::parse(trust.body.at("public_key").as_string()).value();
    const auto proof = get("lab", "/api/v1/events/4/proof");
    ASSERT_EQ(proof.status, 200);
    const auto note = std::string(proof.body.at("checkpoint").at("note").as_string());
    const auto checkpoint = verify_checkpoint(note, key).value();
    EXPECT_EQ(checkpoint.origin, trust.body.at("origin").as_string());
    const std::string entry(proof.body.at("entry").as_string());
    EXPECT_EQ(canonical_json(proof.body.at("event")).value(), entry);
    const auto leaf = leaf_hash(Suite::Intl, platform::crypto::bytes_of(entry));
    EXPECT_EQ(leaf, digest(proof.body.at("leaf_hash")));
    EXPECT_TRUE(verify_inclusion(Suite::Intl, leaf, 3, checkpoint.head, proof_in(proof.body)));
}

TEST_P(AuditRoutes, ProveThatCheckpointsGoOnFromEachOther) {
    EXPECT_EQ(get("lab", "/api/v1/checkpoints/latest").status, 404);
    for (const std::int64_t count : {3, 500, 2, 1}) {
        publish_many(1, count);
        clock().advance(std::chrono::seconds(1));
        sequencer_->round_blocking().value();
    }
    EXPECT_EQ(get("lab", "/api/v1/checkpoints/latest").body.at("size").as_int64(), 506);
    const auto list = get("lab", "/api/v1/checkpoints?order=newest_first&limit=3");
    EXPECT_EQ(list.body.at("items").as_array().size(), 3U);
    EXPECT_EQ(list.body.at("items").at(1).at("size").as_int64(), 505);
    const auto cursor = std::string(list.body.at("next_cursor").as_string());
    const auto rest = get("lab", "/api/v1/checkpoints?order=newest_first&cursor=" + cursor);
    EXPECT_EQ(rest.body.at("items").at(0).at("size").as_int64(), 3);
    EXPECT_EQ(rest.body.if_contains("next_cursor"), nullptr);

    const auto head = [&](const json::value& checkpoint) {
        const std::string note(checkpoint.at("note").as_string());
        return verify_checkpoint(note, key_.public_key()).value().head;
    };
    for (const auto& [from, to] : {std::pair{3, 503}, {3, 506}, {505, 506}, {506, 506}}) {
        const auto proof =
            get("lab", "/api/v1/checkpoints/consistency?from=" + std::to_string(from) +
                           "&to=" + std::to_string(to));
        ASSERT_EQ(proof.status, 200);
        EXPECT_TRUE(verify_consistency(Suite::Intl, head(proof.body.at("from")),
                                       head(proof.body.at("to")), proof_in(proof.body)));
    }
    EXPECT_EQ(get("lab", "/api/v1/checkpoints/consistency?from=4&to=503").status, 404);
    EXPECT_EQ(get("lab", "/api/v1/checkpoints/consistency?from=503&to=3").status, 400);
    EXPECT_EQ(get("lab", "/api/v1/checkpoints/consistency?from=3").status, 400);
}

TEST_P(AuditRoutes, ProveInTheCheckpointThatIsAskedFor) {
    publish_seven();
    publish_many(8, 1);
    EXPECT_EQ(get("auditor", "/api/v1/events/8/proof").status, 404);  // Not numbered yet.
    sequencer_->round_blocking().value();
    EXPECT_EQ(get("auditor", "/api/v1/events/8/proof").status, 409);  // In no checkpoint yet.
    clock().advance(std::chrono::seconds(1));
    sequencer_->round_blocking().value();
    EXPECT_EQ(get("auditor", "/api/v1/events/8/proof").status, 200);
    EXPECT_EQ(get("auditor", "/api/v1/events/8/proof?size=7").status, 409);
    EXPECT_EQ(get("auditor", "/api/v1/events/7/proof?size=6").status, 404);
    const auto proof = get("auditor", "/api/v1/events/7/proof?size=7");
    EXPECT_EQ(proof.body.at("checkpoint").at("size").as_int64(), 7);
}

TEST_P(AuditRoutes, ShowsTheKeyToEverybody) {
    const auto trust = get("", "/api/v1/trust");
    EXPECT_EQ(trust.status, 200);
    EXPECT_EQ(trust.body.at("digest").as_string(), "sha256");
    EXPECT_EQ(trust.body.at("verifier_key").as_string(), verifier_key(kOrigin, key_.public_key()));
}

// Large events end a page early, so that no page takes the memory of five hundred of them.
TEST_P(AuditRoutes, EndAPageThatBecomesLarge) {
    auto event = job_event(1);
    event.data["text"] = std::string(60'000, 'a');
    for (int i = 0; i < 50; ++i) {
        ASSERT_TRUE(publish_now(event));
    }
    sequencer_->round_blocking().value();
    const auto page = get("auditor", "/api/v1/events?limit=500");
    const auto count = page.body.at("items").as_array().size();
    EXPECT_LT(count, 50U);
    const auto cursor = std::string(page.body.at("next_cursor").as_string());
    const auto rest = get("auditor", "/api/v1/events?limit=500&cursor=" + cursor);
    EXPECT_EQ(count + rest.body.at("items").as_array().size(), 50U);
}

class AuditStream : public AuditRoutes {
protected:
    // What a client gets until it has `count` events or the stream ends.
    Numbers read(const http::Response& response, std::size_t count) {
        http::EventParser parser;
        Numbers numbers;
        asio::io_context io;
        auto done = asio::co_spawn(
            io,
            [&]() -> asio::awaitable<void> {
                while (numbers.size() < count) {
                    const auto piece = co_await response.stream->next();
                    if (!piece) {
                        break;
                    }
                    for (const auto& event : parser.feed(*piece)) {
                        const auto body = json::parse(event.data);
                        EXPECT_EQ(std::to_string(body.at("sequence").as_int64()), event.id);
                        numbers.push_back(body.at("sequence").as_int64());
                    }
                }
            },
            asio::use_future);
        io.run();
        done.get();
        return numbers;
    }
    http::Response open(const std::string& caller, const std::string& query,
                        http::Fields headers = {}) {
        auto response = send(caller, "/api/v1/events/stream" + query, std::move(headers));
        EXPECT_EQ(response.status, 200);
        EXPECT_EQ(response.headers.at("content-type"), "text/event-stream");
        return response;
    }
};

INSTANTIATE_KAPOK_DATABASES(AuditStream);

TEST_P(AuditStream, GoesOnAfterTheLastEventId) {
    publish_seven();
    EXPECT_EQ(read(open("auditor", "?after=0"), 7), (Numbers{1, 2, 3, 4, 5, 6, 7}));
    EXPECT_EQ(read(open("auditor", "?after=0", {{"last-event-id", "5"}}), 2), (Numbers{6, 7}));
    EXPECT_EQ(read(open("lab", "?after=1"), 2), (Numbers{4, 7}));
    EXPECT_EQ(read(open("auditor", "?after=0&type=compute.job_ended"), 3), (Numbers{2, 4, 6}));
    EXPECT_EQ(send("auditor", "/api/v1/events/stream", {{"last-event-id", "five"}}).status, 400);
    EXPECT_EQ(send("auditor", "/api/v1/events/stream?after=-1").status, 400);
}

TEST_P(AuditStream, SendsWhatComesAndMissesNothingWhileItsReaderIsSlow) {
    publish_seven();
    const auto response = open("auditor", "");
    publish_many(8, 250);  // More than one reading holds.
    sequencer_->round_blocking().value();
    const auto first = read(response, 1);
    publish_many(258, 5);
    sequencer_->round_blocking().value();
    const auto rest = read(response, 254);
    EXPECT_EQ(first, Numbers{8});
    ASSERT_EQ(rest.size(), 254U);
    EXPECT_EQ(rest.front(), 9);
    EXPECT_EQ(rest.back(), 262);
}

TEST_P(AuditStream, WakesAReaderThatWaits) {
    const auto response = open("auditor", "");
    asio::io_context io;
    auto piece = asio::co_spawn(io, response.stream->next(), asio::use_future);
    asio::post(io, [this] {
        publish_many(1, 1);
        sequencer_->round_blocking().value();
    });
    io.run();
    EXPECT_TRUE(piece.get()->contains("id: 1\n"));
}

TEST_P(AuditStream, EndsWhenItsReadersRightsDo) {
    publish_seven();
    const auto response = open("lab", "?after=0");
    EXPECT_EQ(read(response, 3), (Numbers{1, 4, 7}));
    visible_.erase("lab");
    EXPECT_EQ(read(response, 1), Numbers{});
}

TEST_P(AuditStream, LetsGoOfAReaderThatLeft) {
    const auto response = open("auditor", "");
    asio::io_context io;
    asio::cancellation_signal signal;
    bool ended = false;
    asio::co_spawn(io, response.stream->next(),
                   asio::bind_cancellation_slot(signal.slot(), [&](const std::exception_ptr&,
                                                                   const auto&) { ended = true; }));
    asio::post(io, [&] { signal.emit(asio::cancellation_type::terminal); });
    io.run();
    EXPECT_TRUE(ended);
}

}  // namespace
}  // namespace kapok::audit
