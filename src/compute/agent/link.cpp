#include "compute/agent/link.h"

#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "compute/errors.h"
#include "compute/json_fields.h"
#include "platform/http/json.h"

namespace kapok::compute::agent {

namespace asio = boost::asio;
namespace http = platform::http;

namespace {

// Orders come with silence between them; the platform says every 15 seconds that it is there.
constexpr std::chrono::milliseconds kOrdersIdle{45'000};
constexpr std::chrono::milliseconds kCallTime{30'000};
constexpr std::chrono::milliseconds kTransferTime{600'000};

core::Result<boost::json::value> body_of(const http::CallAnswer& answer) {
    auto value = http::parse_json(answer.body);
    if (!value || !value->is_object()) {
        return core::fail(kPlatformRefused, {{"code", "platform.not_json"},
                                             {"status", std::to_string(answer.status)}});
    }
    return value;
}

http::Call post_json(std::string path, const boost::json::object& body) {
    http::Call call;
    call.method = http::Method::Post;
    call.path = std::move(path);
    call.headers["content-type"] = "application/json";
    call.body = boost::json::serialize(body);
    call.repeat = http::Repeat::Safe;
    call.total_time = kCallTime;
    return call;
}

std::string artifacts_path(const protocol::AttemptRef& attempt) {
    return "/agent/v1/jobs/" + attempt.job.text() + "/attempts/" + std::to_string(attempt.attempt) +
           "/artifacts";
}

}  // namespace

core::Error error_of(const http::CallAnswer& answer) {
    const auto value = http::parse_json(answer.body);
    const auto* object = value ? value->if_object() : nullptr;
    const auto* code = object != nullptr ? object->if_contains("code") : nullptr;
    const std::string name =
        code != nullptr && code->is_string() ? std::string(code->get_string()) : "unknown";
    for (const core::ErrorCode* known : kErrors) {
        if (known->name != name) {
            continue;
        }
        std::vector<core::Parameter> parameters;
        const auto* given = object->if_contains("parameters");
        for (const std::string_view parameter : core::parameters_of(known->en)) {
            const auto* text = given != nullptr && given->is_object()
                                   ? given->get_object().if_contains(parameter)
                                   : nullptr;
            if (text != nullptr && text->is_string()) {
                parameters.push_back({parameter, std::string(text->get_string())});
            }
        }
        return {*known, std::move(parameters), {}};
    }
    return {kPlatformRefused, {{"code", name}, {"status", std::to_string(answer.status)}}, {}};
}

core::Result<void> Link::use(const Membership& membership) {
    http::ClientOptions options;
    options.tls.ca_pem = membership.authority_pem;
    options.tls.certificate_pem = membership.certificate_pem;
    options.tls.key_pem = membership.key_pem;
    auto client = http::Client::create(url_, std::move(options));
    if (!client) {
        return std::unexpected(client.error());
    }
    client_ = *std::move(client);
    return {};
}

Link::Answer<Membership> Link::certify(std::shared_ptr<http::Client> client, http::Call call,
                                       core::Secret key_pem) {
    const auto answer = co_await client->send(std::move(call));
    if (!answer) {
        co_return std::unexpected(answer.error());
    }
    if (answer->status >= 300) {
        co_return std::unexpected(error_of(*answer));
    }
    const auto body = body_of(*answer);
    if (!body) {
        co_return std::unexpected(body.error());
    }
    const auto& object = body->get_object();
    const auto certificate = http::find_text(object, "certificate");
    const auto authority = http::find_text(object, "authority");
    if (!certificate || !authority) {
        co_return core::fail(kBadDocument,
                             {{"field", "/certificate"}, {"expected", "a certificate"}});
    }
    co_return Membership{*certificate, std::move(key_pem), *authority};
}

Link::Answer<Membership> Link::enroll(core::Secret token, platform::crypto::KeyRequest request) {
    http::ClientOptions options;
    options.tls.ca_pem = authority_pem_;
    auto client = http::Client::create(url_, std::move(options));
    if (!client) {
        co_return std::unexpected(client.error());
    }
    const boost::json::object body{{"token", token.reveal()},
                                   {"certificate_request", request.request_pem}};
    std::shared_ptr<http::Client> shared = *std::move(client);
    auto call = post_json("/agent/v1/enroll", body);
    auto membership =
        co_await certify(std::move(shared), std::move(call), std::move(request.private_key_pem));
    co_return membership;
}

Link::Answer<Membership> Link::renew(platform::crypto::KeyRequest request) {
    const boost::json::object body{{"certificate_request", request.request_pem}};
    auto call = post_json("/agent/v1/renew", body);
    auto membership =
        co_await certify(client_, std::move(call), std::move(request.private_key_pem));
    co_return membership;
}

Link::Answer<http::CallAnswer> Link::send(http::Call call) {
    const std::shared_ptr<http::Client> client = client_;
    auto answer = co_await client->send(std::move(call));
    if (answer && answer->status >= 300) {
        co_return std::unexpected(error_of(*answer));
    }
    co_return answer;
}

Link::Answer<protocol::ReportAnswer> Link::report(protocol::ReportBatch batch) {
    auto call = post_json("/agent/v1/reports", protocol::to_json(batch));
    const auto answer = co_await send(std::move(call));
    if (!answer) {
        co_return std::unexpected(answer.error());
    }
    const auto body = body_of(*answer);
    co_return body ? protocol::answer_from_json(body->get_object()) : std::unexpected(body.error());
}

Link::Answer<std::unique_ptr<http::EventReader>> Link::orders(NodeId node, std::int64_t after) {
    http::Call call;
    call.path = "/agent/v1/commands?node_id=" + node.text();
    call.headers["accept"] = "text/event-stream";
    call.headers["last-event-id"] = std::to_string(after);
    call.idle_time = kOrdersIdle;
    call.total_time = std::chrono::milliseconds(0);
    auto stream = co_await start(std::move(call));
    if (!stream) {
        co_return std::unexpected(stream.error());
    }
    co_return std::make_unique<http::EventReader>(*std::move(stream));
}

Link::Answer<std::unique_ptr<http::AnswerStream>> Link::start(http::Call call) {
    const std::shared_ptr<http::Client> client = client_;
    auto stream = co_await client->open(std::move(call));
    if (!stream || (*stream)->status() == 200) {
        co_return stream;
    }
    http::CallAnswer answer{(*stream)->status(), (*stream)->headers(), {}};
    auto piece = co_await (*stream)->next();
    answer.body = std::move(piece).value_or(std::nullopt).value_or("");
    co_return std::unexpected(error_of(answer));
}

Link::Answer<std::unique_ptr<http::AnswerStream>> Link::open(protocol::AttemptRef attempt,
                                                             std::string digest,
                                                             std::int64_t offset) {
    http::Call call;
    call.path = artifacts_path(attempt) + "/" + digest + "?offset=" + std::to_string(offset);
    call.total_time = std::chrono::milliseconds(0);
    auto stream = co_await start(std::move(call));
    co_return stream;
}

Link::Answer<std::string> Link::fetch(protocol::AttemptRef attempt, std::string digest) {
    http::Call call;
    call.path = artifacts_path(attempt) + "/" + digest;
    call.total_time = kTransferTime;
    auto answer = co_await send(std::move(call));
    co_return answer ? core::Result<std::string>(std::move(answer->body))
                     : std::unexpected(answer.error());
}

Link::Answer<std::string> Link::bring(protocol::AttemptRef attempt, std::string bytes) {
    http::Call call;
    call.method = http::Method::Post;
    call.path = artifacts_path(attempt);
    call.headers["content-type"] = "application/octet-stream";
    call.body = std::move(bytes);
    call.repeat = http::Repeat::Safe;
    call.total_time = kTransferTime;
    const auto answer = co_await send(std::move(call));
    if (!answer) {
        co_return std::unexpected(answer.error());
    }
    const auto body = body_of(*answer);
    if (!body) {
        co_return std::unexpected(body.error());
    }
    auto digest = http::find_text(body->get_object(), "digest");
    if (!digest) {
        co_return core::fail(kBadDocument, {{"field", "/digest"}, {"expected", "a digest"}});
    }
    co_return *std::move(digest);
}

}  // namespace kapok::compute::agent
