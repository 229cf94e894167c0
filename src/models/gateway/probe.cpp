#include "models/gateway/probe.h"

#include <chrono>
#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "models/errors.h"
#include "models/gateway/call.h"
#include "models/gateway/upstream.h"
#include "platform/errors.h"
#include "platform/http/client.h"

namespace kapok::models {
namespace {

namespace http = platform::http;
namespace json = boost::json;

http::Call question(const Model& model) {
    json::object body{{"model", model.name}};
    const bool embeds = model.embedding_dimension > 0;
    if (embeds) {
        body["input"] = "Hello";
    } else {
        body["messages"] = json::array{{{"role", "user"}, {"content", "Hello"}}};
        body["max_tokens"] = 1;
    }
    http::Call call;
    call.method = http::Method::Post;
    call.path =
        kEndpointPaths[static_cast<std::size_t>(embeds ? Endpoint::Embedding : Endpoint::Chat)];
    call.headers["content-type"] = "application/json";
    call.body = json::serialize(body);
    call.total_time = std::chrono::seconds(60);
    return call;
}

std::unexpected<core::Error> silent(const std::string& url, std::string reason) {
    return core::fail(kNotAnsweringAsModel, {{"url", url}, {"reason", std::move(reason)}}, "/url");
}

}  // namespace

boost::asio::awaitable<core::Result<void>> probe(Deployment place, Model model) {
    const auto client = connect_to(place, {});
    if (!client) {
        co_return std::unexpected(client.error());
    }
    core::Result<http::CallAnswer> answer = co_await (*client)->send(question(model));
    if (!answer) {
        const bool closed = answer.error().code() == platform::kAddressRefused;
        co_return closed ? core::fail(platform::kAddressRefused, {{"server", place.url}}, "/url")
                         : silent(place.url, core::render(answer.error(), core::Language::En));
    }
    if (answer->status != 200) {
        co_return silent(place.url,
                         fmt::format("HTTP {}: {}", answer->status, answer->body.substr(0, 200)));
    }
    co_return core::Result<void>();
}

}  // namespace kapok::models
