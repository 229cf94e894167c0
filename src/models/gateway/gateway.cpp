#include "models/gateway/gateway.h"

#include <chrono>
#include <exception>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <fmt/format.h>
#include <simdjson.h>

#include "models/deployments_store.h"
#include "models/errors.h"
#include "models/gateway/assemble.h"
#include "models/gateway/stream_meter.h"
#include "models/gateway/upstream.h"
#include "platform/db/bell.h"
#include "platform/db/errors.h"
#include "platform/errors.h"

namespace kapok::models {
namespace {

namespace asio = boost::asio;

using exchange::UsageSource;

constexpr std::chrono::seconds kProgressPause{1};
constexpr std::chrono::milliseconds kLookAgain{200};
constexpr int kBadGateway = 502;                          // From here on another place may do.
constexpr std::size_t kErrorBytesMax = 64 * 1024;         // Of an upstream's refusal.
constexpr std::size_t kReplyBytesMax = 64 * 1024 * 1024;  // Of a plain reply's chunks.

std::string sse(std::string_view data) {
    return fmt::format("data: {}\n\n", data);
}

http::Response json_reply(int status, std::string body) {
    http::Response response;
    response.status = status;
    response.headers["content-type"] = "application/json";
    response.body = std::move(body);
    return response;
}

// Nothing was sent: nobody listened there.
template <class T>
bool is_unreachable(const core::Result<T>& answer) {
    return !answer && answer.error().code() == platform::kConnectFailed;
}

// What a stream gave; nothing at its end and where it broke off.
template <class T>
const T* given(const core::Result<std::optional<T>>& piece) {
    if (!piece) {
        return nullptr;
    }
    const std::optional<T>& found = *piece;
    return found ? &*found : nullptr;
}

// A command whose asker's client left while it was in the queue is never run.
bool has_run(const core::Result<void>& outcome) {
    return outcome || outcome.error().code() != platform::db::kCancelled;
}

// Ends a call of which nobody got anything: what it held is free again.
ServerWatch::Settlement release(core::Principal caller, exchange::HoldId id) {
    return [caller = std::move(caller), id](Transaction& transaction) {
        CallRow row;
        row.id = id;
        return finish(transaction, caller, row, {{}, UsageSource::Provider, "not_answered"});
    };
}

// The usage of an embeddings reply: prompt tokens only.
core::Result<TokenCount> usage_of(std::string_view reply) {
    simdjson::dom::parser parser;
    simdjson::dom::element document;
    std::int64_t prompt = 0;
    const bool found =
        parser.parse(reply.data(), reply.size()).get(document) == simdjson::SUCCESS &&
        document["usage"]["prompt_tokens"].get(prompt) == simdjson::SUCCESS;
    if (!found) {
        return core::fail(kBadUpstream, {{"reason", "a reply without usage"}});
    }
    return TokenCount{prompt, 0, 0};
}

}  // namespace

// One call from its admission to its settlement. Kept alive by whoever still works on it; when the
// last one lets go without having finished it, it settles what was counted so far.
class Gateway::Session {
public:
    Session(Gateway& gateway, core::Principal caller, Admitted admitted, Call call,
            std::shared_ptr<CallRecord> record, core::Timestamp arrived_at)
        : gateway_(gateway),
          caller_(std::move(caller)),
          admitted_(std::move(admitted)),
          record_(std::move(record)),
          endpoint_(call.endpoint),
          meter_(std::move(call)),
          last_progress_(gateway.clock_.now()),
          arrived_at_(arrived_at) {}

    ~Session() {
        if (!finished_) {
            abandon();
        }
    }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    [[nodiscard]] StreamMeter& meter() noexcept { return meter_; }
    // How the call would be charged if it ended now: by the upstream's final usage, else by its
    // last cumulative count, else by an estimate that says it is one.
    [[nodiscard]] Ended ended(std::string reason) const {
        if (meter_.complete()) {
            return {meter_.count(), UsageSource::Provider, "finished"};
        }
        if (traits(place().upstream).counting == Counting::Along) {
            return {meter_.count(), UsageSource::Partial, std::move(reason)};
        }
        return {meter_.estimate(), UsageSource::Estimated, std::move(reason)};
    }

    // No place answered: it is not the client that left.
    void fail() noexcept { upstream_failed_ = true; }
    // The engine has begun to answer.
    void answered() {
        if (!answered_) {
            answered_ = true;
            gateway_.metrics_.first_byte(admitted_.model.name, gateway_.clock_.now() - arrived_at_);
        }
    }

    [[nodiscard]] Endpoint endpoint() const noexcept { return endpoint_; }
    [[nodiscard]] const Deployment& place() const { return admitted_.places.at(place_); }

    // To the place after the one that did not answer. If that was the last, and nobody listened
    // there though the platform runs it, its engine is started again: this waits for it. False if
    // there is no place to try.
    asio::awaitable<bool> move_on(bool nobody_listened) {
        if (place_ + 1 < admitted_.places.size()) {
            co_return co_await move_to(place_ + 1);
        }
        if (!nobody_listened || !place().hosting) {
            co_return false;
        }
        if (gives_up_at_ == core::Timestamp()) {
            gives_up_at_ = gateway_.clock_.now() + gateway_.restart_patience_;
        }
        const auto look = [id = admitted_.model.id](Reader& reader) {
            return ready_deployments(reader, id);
        };
        while (gateway_.clock_.now() < gives_up_at_) {
            co_await platform::db::pause(kLookAgain);
            core::Result<std::vector<Deployment>> places = co_await gateway_.database_.read(look);
            if (!places) {
                co_return false;
            }
            if (!places->empty()) {
                admitted_.places = *std::move(places);
                co_return co_await move_to(0);
            }
        }
        co_return false;
    }

    // Durable when it returns: what the client sees after it is paid for.
    asio::awaitable<core::Result<void>> finish(Ended ended) {
        const auto command = [caller = caller_, row = admitted_.row, ended](Transaction& t) {
            return models::finish(t, caller, row, ended);
        };
        core::Result<void> settled = co_await gateway_.database_.write(command);
        finished_ = has_run(settled);
        if (settled) {
            gateway_.metrics_.ended(admitted_.model.name, ended);
        } else if (finished_) {
            gateway_.settle_later(settled.error(), command);
        }
        co_return settled;
    }

    // The same for a plain call, whose reply is known by now: it is given when it is paid for.
    asio::awaitable<core::Result<http::Response>> conclude(Ended ended,
                                                           core::Result<http::Response> reply) {
        const auto given = std::make_shared<core::Result<http::Response>>(std::move(reply));
        const auto command = [caller = caller_, row = admitted_.row, ended, record = record_,
                              given](Transaction& transaction) -> core::Result<void> {
            const auto settled = models::finish(transaction, caller, row, ended);
            return settled && record ? record->settled(transaction, *given) : settled;
        };
        const core::Result<void> settled = co_await gateway_.database_.write(command);
        finished_ = has_run(settled);
        if (!settled && finished_) {  // The caller gets nothing, so nothing is charged.
            gateway_.settle_later(settled.error(), release(caller_, admitted_.row.id));
        }
        if (!settled) {
            co_return std::unexpected(settled.error());
        }
        gateway_.metrics_.ended(admitted_.model.name, ended);
        co_return std::move(*given);
    }

    // At most once a second, so that a crash costs the provider a second at most.
    asio::awaitable<void> progress() {
        const core::Timestamp now = gateway_.clock_.now();
        if (now - last_progress_ < kProgressPause) {
            co_return;
        }
        last_progress_ = now;
        const auto command = [id = admitted_.row.id, count = ended("").count](Transaction& t) {
            return update_call(t, id, count);
        };
        const core::Result<void> kept = co_await gateway_.database_.write(command);
        if (!kept) {
            gateway_.log_.warning("progress of a call was not kept",
                                  {{"request", admitted_.row.request}});
        }
    }

private:
    asio::awaitable<bool> move_to(std::size_t index) {
        place_ = index;
        const auto command = [id = admitted_.row.id, to = place().id](Transaction& transaction) {
            return move_call(transaction, id, to);
        };
        const core::Result<void> moved = co_await gateway_.database_.write(command);
        co_return moved.has_value();
    }

    // Nobody waits any more: the client has left. What the engine counted so far is charged; by the
    // next start, as after a crash, where there is no memory to do it now.
    void abandon() noexcept {
        try {
            settle_in_background();
        } catch (const std::exception&) {
            finished_ = true;
        }
    }

    void settle_in_background() {
        const Ended left = ended(upstream_failed_ ? "upstream_failed" : "client_left");
        const auto command = [caller = caller_, row = admitted_.row, left](Transaction& t) {
            return models::finish(t, caller, row, left);
        };
        Gateway& gateway = gateway_;
        asio::co_spawn(
            gateway.background_,
            [&gateway, command, left, model = admitted_.model.name]() -> asio::awaitable<void> {
                const core::Result<void> settled = co_await gateway.database_.write(command);
                if (settled) {
                    gateway.metrics_.ended(model, left);
                } else {
                    gateway.settle_later(settled.error(), command);
                }
            },
            asio::detached);
    }

    Gateway& gateway_;
    core::Principal caller_;
    Admitted admitted_;
    std::size_t place_ = 0;               // In `admitted_.places`.
    std::shared_ptr<CallRecord> record_;  // None for most calls.
    Endpoint endpoint_;
    StreamMeter meter_;
    core::Timestamp last_progress_;
    core::Timestamp arrived_at_;
    bool answered_ = false;
    bool upstream_failed_ = false;
    bool finished_ = false;
    core::Timestamp gives_up_at_;  // Waiting for an engine; the epoch: it has not waited yet.
};

// What the client of a streamed call gets, piece by piece.
class Gateway::ReplyStream final : public http::BodyStream {
public:
    ReplyStream(std::shared_ptr<Session> session, http::EventReader events)
        : session_(std::move(session)), events_(std::move(events)) {}

    asio::awaitable<std::optional<std::string>> next() override {
        while (!ended_) {
            const core::Result<std::optional<http::ServerEvent>> came = co_await events_.next();
            const http::ServerEvent* const event = given(came);
            if (event == nullptr) {
                co_return co_await end();
            }
            session_->answered();
            const auto passed = session_->meter().pass(event->data);
            if (!passed || event->data == "[DONE]") {
                co_return co_await end();
            }
            co_await session_->progress();
            if (const std::string* const chunk = given(passed)) {
                co_return sse(*chunk);
            }
        }
        co_return std::nullopt;
    }

private:
    // The settlement is durable before the client learns that it is over.
    asio::awaitable<std::optional<std::string>> end() {
        ended_ = true;
        StreamMeter& meter = session_->meter();
        const bool complete = meter.complete();
        const Ended ended = session_->ended("upstream_failed");
        const core::Result<void> settled = co_await session_->finish(ended);
        if (!settled || !complete) {
            co_return sse(R"({"error":{"message":"the model's server ended the reply early",)"
                          R"("type":"server_error","param":null,"code":"upstream_failed"}})");
        }
        const auto closing = meter.closing_chunk();
        co_return (closing ? sse(*closing) : std::string()) + sse("[DONE]");
    }

    std::shared_ptr<Session> session_;
    http::EventReader events_;
    bool ended_ = false;
};

Gateway::Gateway(Setting setting)
    : database_(setting.database),
      clock_(setting.clock),
      random_(setting.random),
      log_(setting.log),
      keeper_(setting.keeper),
      background_(std::move(setting.background)),
      server_(std::move(setting.server)),
      metrics_(setting.metrics),
      upstream_idle_(setting.upstream_idle),
      restart_patience_(setting.restart_patience),
      watch_({database_, clock_, log_, server_}) {}

void Gateway::settle_later(const core::Error& error, ServerWatch::Settlement settlement) {
    if (error.code() != kSettledElsewhere) {
        log_.warning("a call could not be settled; it will be", {{"code", error.code().name}});
        watch_.settle_later(std::move(settlement));
    }
}

core::Result<std::shared_ptr<http::Client>> Gateway::client_of(const Deployment& place) {
    const std::lock_guard lock(mutex_);
    std::shared_ptr<http::Client>& known = clients_[{place.url, place.may_be_private()}];
    if (!known) {
        http::ClientOptions options;
        options.idle_time = upstream_idle_;
        auto client = connect_to(place, std::move(options));
        if (!client) {
            return std::unexpected(client.error());
        }
        known = std::move(*client);
    }
    return known;
}

// The upstream refuses the request itself: its client is told what the upstream says. What is wrong
// with the upstream is 503, and the client may try again.
asio::awaitable<core::Result<http::Response>> Gateway::refused(
    std::shared_ptr<Session> session, std::unique_ptr<http::AnswerStream> answer) {
    std::string body;
    while (body.size() < kErrorBytesMax) {
        const core::Result<std::optional<std::string>> came = co_await answer->next();
        const std::string* const piece = given(came);
        if (piece == nullptr) {
            break;
        }
        body += *piece;
    }
    const int status = answer->status();
    const bool is_refusal = status >= 400 && status < 500;
    const Ended unused{
        {}, UsageSource::Provider, is_refusal ? "upstream_refused" : "upstream_failed"};
    core::Result<http::Response> reply =
        core::fail(kUpstreamFailed, {{"reason", fmt::format("HTTP {}", status)}});
    if (is_refusal) {
        reply = json_reply(status, std::move(body));
    }
    co_return co_await session->conclude(unused, std::move(reply));
}

asio::awaitable<core::Result<http::Response>> Gateway::plain(std::shared_ptr<Session> session,
                                                             http::EventReader events) {
    StreamMeter& meter = session->meter();
    std::vector<std::string> chunks;
    std::size_t bytes = 0;
    for (;;) {
        const core::Result<std::optional<http::ServerEvent>> came = co_await events.next();
        const http::ServerEvent* const event = given(came);
        if (event == nullptr) {
            break;
        }
        session->answered();
        const auto passed = meter.pass(event->data);
        if (!passed || event->data == "[DONE]") {
            break;
        }
        if (const std::string* const chunk = given(passed)) {
            bytes += chunk->size();
            chunks.push_back(*chunk);
        }
        if (bytes > kReplyBytesMax) {
            break;
        }
        co_await session->progress();
    }
    core::Result<http::Response> reply =
        core::fail(kBadUpstream, {{"reason", "the stream broke off"}});
    if (meter.complete()) {
        auto body = assemble(session->endpoint(), chunks, meter.count());
        reply = body ? core::Result<http::Response>(json_reply(200, *std::move(body)))
                     : std::unexpected(body.error());
    }
    const Ended ended = session->ended("upstream_failed");
    co_return co_await session->conclude(ended, std::move(reply));
}

asio::awaitable<core::Result<http::Response>> Gateway::embed(std::shared_ptr<Session> session,
                                                             std::string body) {
    core::Result<http::CallAnswer> answer = co_await ask(session, std::move(body));
    const bool refused = answer && answer->status != 200;
    if (answer) {
        session->answered();
    }
    const core::Result<TokenCount> count =
        !answer || refused ? core::Result<TokenCount>(TokenCount{}) : usage_of(answer->body);
    const Ended ended{count.value_or(TokenCount{}), UsageSource::Provider,
                      refused           ? "upstream_refused"
                      : answer && count ? "finished"
                                        : "upstream_failed"};
    core::Result<http::Response> reply = http::Response();
    if (!answer) {
        reply = core::fail(kUpstreamFailed,
                           {{"reason", core::render(answer.error(), core::Language::En)}});
    } else if (!count) {
        reply = std::unexpected(count.error());
    } else if (answer->status >= 500) {
        reply = core::fail(kUpstreamFailed, {{"reason", fmt::format("HTTP {}", answer->status)}});
    } else {
        reply = json_reply(answer->status, std::move(answer->body));
    }
    co_return co_await session->conclude(ended, std::move(reply));
}

asio::awaitable<core::Result<Admitted>> Gateway::admit_once(core::Principal caller,
                                                            AdmitRequest wanted,
                                                            std::shared_ptr<CallRecord> record) {
    const auto command = [&caller, &wanted, record = std::move(record)](
                             Transaction& transaction) -> core::Result<Admitted> {
        if (record) {
            if (const auto noted = record->admitted(transaction); !noted) {
                return std::unexpected(noted.error());
            }
        }
        return admit(transaction, caller, wanted);
    };
    core::Result<Admitted> admitted = co_await database_.write(command);
    if (!admitted && admitted.error().code() == platform::db::kCommitUnknown) {
        settle_later(admitted.error(), release(caller, wanted.id));
    }
    co_return admitted;
}

// Waits for a model that rests, with nothing held meanwhile.
asio::awaitable<core::Result<std::shared_ptr<Gateway::Session>>> Gateway::admit_call(
    Call call, http::Request request, KeptCall kept) {
    if (!watch_.awake()) {
        co_return core::fail(kServerAsleep);
    }
    const core::Timestamp arrived_at = clock_.now();
    const AdmitRequest wanted{kept.hold, call, server_, request.request_id};
    core::Result<Admitted> admitted = co_await admit_once(request.principal, wanted, kept.record);
    if (!admitted && admitted.error().code() == kNotServed) {
        const core::Result<void> woken = co_await keeper_.await_ready(call.model);
        if (!woken) {
            co_return std::unexpected(woken.error());
        }
        admitted = co_await admit_once(request.principal, wanted, kept.record);
    }
    if (!admitted) {
        co_return std::unexpected(admitted.error());
    }
    co_return std::make_shared<Session>(*this, request.principal, *std::move(admitted),
                                        std::move(call), std::move(kept.record), arrived_at);
}

// The upstream's answer begun, by the first place that can serve.
asio::awaitable<core::Result<Gateway::Started>> Gateway::begin(std::shared_ptr<Session> session,
                                                               http::Request request) {
    for (;;) {
        const auto client = client_of(session->place());
        if (!client) {
            co_return std::unexpected(client.error());
        }
        http::Call upstream;
        upstream.method = http::Method::Post;
        upstream.path = kEndpointPaths[static_cast<std::size_t>(session->endpoint())];
        upstream.headers["content-type"] = "application/json";
        upstream.body = metered_body(request.body, traits(session->place().upstream).counting);
        core::Result<Started> answer = co_await (*client)->open(std::move(upstream));
        const bool serves = answer && (*answer)->status() < kBadGateway;
        bool moved = false;
        if (!serves) {
            moved = co_await session->move_on(is_unreachable(answer));
        }
        if (moved) {
            continue;
        }
        if (!answer) {
            co_return core::fail(kUpstreamFailed,
                                 {{"reason", core::render(answer.error(), request.language)}});
        }
        co_return answer;
    }
}

// The same for a call that is answered as a whole.
asio::awaitable<core::Result<http::CallAnswer>> Gateway::ask(std::shared_ptr<Session> session,
                                                             std::string body) {
    for (;;) {
        const auto client = client_of(session->place());
        if (!client) {
            co_return std::unexpected(client.error());
        }
        http::Call upstream;
        upstream.method = http::Method::Post;
        upstream.path = kEndpointPaths[static_cast<std::size_t>(session->endpoint())];
        upstream.headers["content-type"] = "application/json";
        upstream.body = body;
        core::Result<http::CallAnswer> answer = co_await (*client)->send(std::move(upstream));
        const bool serves = answer && answer->status < kBadGateway;
        bool moved = false;
        if (!serves) {
            moved = co_await session->move_on(is_unreachable(answer));
        }
        if (!moved) {
            co_return answer;
        }
    }
}

asio::awaitable<core::Result<http::Response>> Gateway::call(Endpoint endpoint,
                                                            http::Request request) {
    return answer(endpoint, std::move(request), {exchange::HoldId::make(clock_, random_), nullptr});
}

asio::awaitable<core::Result<http::Response>> Gateway::call(Endpoint endpoint,
                                                            http::Request request, KeptCall kept) {
    return answer(endpoint, std::move(request), std::move(kept));
}

asio::awaitable<core::Result<http::Response>> Gateway::answer(Endpoint endpoint,
                                                              http::Request request,
                                                              KeptCall kept) {
    const auto call = read_call(endpoint, request.body);
    if (!call) {
        metrics_.refused(call.error());
        co_return std::unexpected(call.error());
    }
    core::Result<std::shared_ptr<Session>> session =
        co_await admit_call(*call, request, std::move(kept));
    if (!session) {
        metrics_.refused(session.error());
        co_return std::unexpected(session.error());
    }
    co_return co_await dispatch(*session, *call, std::move(request));
}

asio::awaitable<core::Result<http::Response>> Gateway::dispatch(std::shared_ptr<Session> session,
                                                                Call call, http::Request request) {
    if (call.endpoint == Endpoint::Embedding) {
        co_return co_await embed(std::move(session), std::move(request.body));
    }
    core::Result<Started> started = co_await begin(session, std::move(request));
    if (!started) {
        session->fail();
        co_return std::unexpected(started.error());
    }
    if ((*started)->status() != 200) {
        co_return co_await refused(std::move(session), *std::move(started));
    }
    http::EventReader events(*std::move(started));
    if (!call.stream) {
        co_return co_await plain(std::move(session), std::move(events));
    }
    http::Response response;
    response.headers["content-type"] = "text/event-stream; charset=utf-8";
    response.headers["cache-control"] = "no-cache";
    response.stream = std::make_shared<ReplyStream>(std::move(session), std::move(events));
    co_return response;
}

}  // namespace kapok::models
