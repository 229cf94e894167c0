#include "audit/http/audit_handler.h"

#include <algorithm>
#include <deque>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "core/known.h"
#include "platform/http/event_stream.h"
#include "platform/http/json.h"
#include "platform/http/page.h"
#include "platform/http/problem.h"
#include "platform/http/query.h"

namespace kapok::audit {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

std::int64_t number(const http::Fields& fields, std::string_view name) {
    return core::known(http::find_integer_parameter(fields, name));
}

std::optional<std::uint64_t> find_size(const http::Fields& fields, std::string_view name) {
    const auto size = http::find_integer_parameter(fields, name);
    return size ? std::optional(static_cast<std::uint64_t>(*size)) : std::nullopt;
}

// The body was written by us, so it parses.
json::value event_json(const NumberedEvent& event) {
    return json::parse(event.body);
}

json::array hashes_json(const Proof& proof) {
    json::array hashes;
    for (const Digest& hash : proof) {
        hashes.emplace_back(to_base64(hash));
    }
    return hashes;
}

json::object checkpoint_json(const StoredCheckpoint& checkpoint) {
    return {{"size", checkpoint.head.size},
            {"root", to_base64(checkpoint.head.root)},
            {"time", http::to_json(checkpoint.made_at)},
            {"note", checkpoint.note}};
}

EventQuery event_filter(const http::Request& request) {
    EventQuery query;
    query.type = http::find_parameter(request.query, "type");
    query.subject = http::find_parameter(request.query, "subject");
    query.organization =
        http::find_id_parameter<core::OrganizationId>(request.query, "organization_id");
    query.since = http::find_time_parameter(request.query, "since");
    return query;
}

Order order_of(const http::Request& request) {
    const auto order = http::find_parameter(request.query, "order");
    return order == fields::kOrderNames[1] ? Order::Descending : Order::Ascending;
}

// The cursor of the next page, if `items`, of which one too many was asked for, has more than
// `limit`.
template <class Item, class Key>
std::optional<std::string> cut_page(std::vector<Item>& items, std::size_t limit, Key key) {
    if (items.size() <= limit) {
        return std::nullopt;
    }
    items.resize(limit);
    return http::write_cursor(static_cast<std::int64_t>(key(items.back())));
}

std::size_t bytes_of(std::span<const NumberedEvent> events) {
    std::size_t bytes = 0;
    for (const NumberedEvent& event : events) {
        bytes += event.body.size();
    }
    return bytes;
}

class StreamedEvents final : public http::EventSource {
public:
    explicit StreamedEvents(std::shared_ptr<EventFeed> feed) : feed_(std::move(feed)) {}

    asio::awaitable<std::optional<http::ServerEvent>> next() override {
        if (waiting_.empty()) {
            auto events = co_await feed_->next();
            if (!events) {
                co_return std::nullopt;  // The client comes again, and is told why.
            }
            std::ranges::move(*events, std::back_inserter(waiting_));
        }
        NumberedEvent event = std::move(waiting_.front());
        waiting_.pop_front();
        // Without a type, so that a browser's onmessage gets events of every kind.
        co_return http::ServerEvent{std::to_string(event.sequence), {}, std::move(event.body)};
    }

private:
    std::shared_ptr<EventFeed> feed_;
    std::deque<NumberedEvent> waiting_;  // At most what one reading gave.
};

}  // namespace

void AuditHandler::add_routes(http::Router& router) {
    const auto add = [&](const http::Route& route, auto method) {
        router.add(route, [this, method](http::Request request) {
            return (this->*method)(std::move(request));
        });
    };
    add(kListEvents, &AuditHandler::list_events);
    add(kStreamEvents, &AuditHandler::stream_events);
    add(kGetEvent, &AuditHandler::get_event);
    add(kProveEvent, &AuditHandler::prove_event);
    add(kListCheckpoints, &AuditHandler::list_checkpoints);
    add(kGetLatestCheckpoint, &AuditHandler::get_latest_checkpoint);
    add(kProveConsistency, &AuditHandler::prove_consistency);
    add(kGetTrust, &AuditHandler::get_trust);
}

asio::awaitable<http::Response> AuditHandler::list_events(http::Request request) {
    const auto page = http::page_of(request);
    if (!page) {
        co_return http::problem(page.error(), request);
    }
    EventQuery query = event_filter(request);
    query.order = order_of(request);
    query.after = page->after;
    query.limit = page->limit + 1;  // One more tells whether more follow.
    query.bytes_max = kPageBytesMax;
    auto events = co_await audit_.list_events(request.principal, std::move(query));
    if (!events) {
        co_return http::problem(events.error(), request);
    }
    auto next = cut_page(*events, page->limit, [](const auto& e) { return e.sequence; });
    if (!next && bytes_of(*events) >= kPageBytesMax) {
        next = http::write_cursor(events->back().sequence);
    }
    json::array items;
    std::ranges::transform(*events, std::back_inserter(items), event_json);
    co_return http::page_response(std::move(items), next);
}

asio::awaitable<http::Response> AuditHandler::stream_events(http::Request request) {
    auto after = http::find_integer_parameter(request.headers, "last-event-id");
    if (!after) {
        after = http::find_integer_parameter(request.query, "after");
    }
    EventQuery query = event_filter(request);
    auto feed = co_await audit_.follow(request.principal, std::move(query), after);
    if (!feed) {
        co_return http::problem(feed.error(), request);
    }
    co_return http::event_stream_response(std::make_shared<StreamedEvents>(*std::move(feed)));
}

asio::awaitable<http::Response> AuditHandler::get_event(http::Request request) {
    const std::int64_t sequence = number(request.path_parameters, "sequence");
    const auto event = co_await audit_.get_event(request.principal, sequence);
    if (!event) {
        co_return http::problem(event.error(), request);
    }
    co_return http::json_response(200, event_json(*event));
}

asio::awaitable<http::Response> AuditHandler::prove_event(http::Request request) {
    const std::int64_t sequence = number(request.path_parameters, "sequence");
    const auto size = find_size(request.query, "size");
    const auto proof = co_await audit_.prove_inclusion(request.principal, sequence, size);
    if (!proof) {
        co_return http::problem(proof.error(), request);
    }
    const json::object body{
        {"event", event_json(proof->event)},    {"entry", proof->event.body},
        {"leaf_index", leaf_index(sequence)},   {"leaf_hash", to_base64(proof->leaf)},
        {"hashes", hashes_json(proof->hashes)}, {"checkpoint", checkpoint_json(proof->checkpoint)}};
    co_return http::json_response(200, body);
}

asio::awaitable<http::Response> AuditHandler::list_checkpoints(http::Request request) {
    const auto page = http::page_of(request);
    if (!page) {
        co_return http::problem(page.error(), request);
    }
    const CheckpointQuery query{order_of(request), page->after, page->limit + 1};
    auto checkpoints = co_await audit_.list_checkpoints(query);
    if (!checkpoints) {
        co_return http::problem(checkpoints.error(), request);
    }
    const auto next =
        cut_page(*checkpoints, page->limit, [](const auto& c) { return c.head.size; });
    json::array items;
    std::ranges::transform(*checkpoints, std::back_inserter(items), checkpoint_json);
    co_return http::page_response(std::move(items), next);
}

asio::awaitable<http::Response> AuditHandler::get_latest_checkpoint(http::Request request) {
    const auto checkpoint = co_await audit_.latest_checkpoint();
    if (!checkpoint) {
        co_return http::problem(checkpoint.error(), request);
    }
    co_return http::json_response(200, checkpoint_json(*checkpoint));
}

asio::awaitable<http::Response> AuditHandler::prove_consistency(http::Request request) {
    const auto from = static_cast<std::uint64_t>(number(request.query, "from"));
    const auto to = static_cast<std::uint64_t>(number(request.query, "to"));
    const auto proof = co_await audit_.prove_consistency(from, to);
    if (!proof) {
        co_return http::problem(proof.error(), request);
    }
    const json::object body{{"from", checkpoint_json(proof->from)},
                            {"to", checkpoint_json(proof->to)},
                            {"hashes", hashes_json(proof->hashes)}};
    co_return http::json_response(200, body);
}

asio::awaitable<http::Response> AuditHandler::get_trust(http::Request /*request*/) {
    const auto& [origin, key] = audit_.signer();
    const json::object body{{"origin", origin},
                            {"suite", platform::crypto::to_text(key.suite())},
                            {"digest", platform::crypto::digest_name(key.suite())},
                            {"public_key", key.text()},
                            {"public_key_pem", key.pem()},
                            {"verifier_key", verifier_key(origin, key)}};
    co_return http::json_response(200, body);
}

}  // namespace kapok::audit
