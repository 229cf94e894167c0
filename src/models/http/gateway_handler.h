#pragma once

// The OpenAI-compatible routes. Their bodies are not of our tables: OpenAI's API defines them, and
// members that it does not know belong to the engine. Errors have OpenAI's shape.

#include <array>

#include <boost/asio/awaitable.hpp>

#include "exchange/api.h"
#include "models/errors.h"
#include "models/gateway/gateway.h"
#include "models/limits.h"
#include "platform/http/message.h"
#include "platform/http/route.h"

namespace kapok::models {

inline constexpr std::array kCallErrors{&kBadCall,
                                        &kNotJson,
                                        &kRepeatedMember,
                                        &kMissingMember,
                                        &kNoModel,
                                        &kNotServed,
                                        &kNoEmbeddings,
                                        &kNoProject,
                                        &kUpstreamFailed,
                                        &kBadUpstream,
                                        &exchange::kInsufficientFunds,
                                        &exchange::kNoWallet,
                                        &exchange::kNoPrice};

namespace call_fields {

// What the gateway itself needs of a call. All else is the engine's.
inline constexpr http::Field kModel{.name = "model",
                                    .range = {1, kModelNameBytesMax, "byte"},
                                    .en = "Name of the model",
                                    .zh = "模型名称"};
inline constexpr std::array kChat{
    kModel,
    http::Field{
        .name = "messages", .type = http::Type::Any, .en = "A list of messages", .zh = "消息列表"}};
inline constexpr std::array kComplete{kModel,
                                      http::Field{.name = "prompt",
                                                  .type = http::Type::Any,
                                                  .en = "A text, or a list of texts or tokens",
                                                  .zh = "文本，或文本、词元的列表"}};
inline constexpr std::array kEmbed{kModel, http::Field{.name = "input",
                                                       .type = http::Type::Any,
                                                       .en = "A text, or a list of texts or tokens",
                                                       .zh = "文本，或文本、词元的列表"}};

}  // namespace call_fields

inline constexpr http::Route kChat{.method = http::Method::Post,
                                   .path = "/v1/chat/completions",
                                   .id = "create_chat_completion",
                                   .scope = "gateway:call",
                                   .en = "Chat with a model (OpenAI-compatible)",
                                   .zh = "与模型对话（兼容 OpenAI）",
                                   .body = http::Body::Raw,
                                   .request = call_fields::kChat,
                                   .reply = http::Reply::Raw,
                                   .disconnect = http::Disconnect::Cancel,
                                   .errors = kCallErrors};
inline constexpr http::Route kComplete{.method = http::Method::Post,
                                       .path = "/v1/completions",
                                       .id = "create_completion",
                                       .scope = "gateway:call",
                                       .en = "Complete a text (OpenAI-compatible)",
                                       .zh = "续写文本（兼容 OpenAI）",
                                       .body = http::Body::Raw,
                                       .request = call_fields::kComplete,
                                       .reply = http::Reply::Raw,
                                       .disconnect = http::Disconnect::Cancel,
                                       .errors = kCallErrors};
inline constexpr http::Route kEmbed{.method = http::Method::Post,
                                    .path = "/v1/embeddings",
                                    .id = "create_embedding",
                                    .scope = "gateway:call",
                                    .en = "Embed texts (OpenAI-compatible)",
                                    .zh = "文本向量化（兼容 OpenAI）",
                                    .body = http::Body::Raw,
                                    .request = call_fields::kEmbed,
                                    .reply = http::Reply::Raw,
                                    .disconnect = http::Disconnect::Cancel,
                                    .errors = kCallErrors};
inline constexpr http::Route kListCallable{.method = http::Method::Get,
                                           .path = "/v1/models",
                                           .id = "list_callable_models",
                                           .scope = "gateway:call",
                                           .en = "Models that can be called (OpenAI-compatible)",
                                           .zh = "可调用的模型（兼容 OpenAI）",
                                           .reply = http::Reply::Raw};

inline constexpr std::array kCallablePath{http::Field{.name = "model",
                                                      .range = {1, kModelNameBytesMax, "byte"},
                                                      .en = "Name of the model",
                                                      .zh = "模型名称"}};
inline constexpr http::Route kGetCallable{.method = http::Method::Get,
                                          .path = "/v1/models/{model}",
                                          .id = "get_callable_model",
                                          .scope = "gateway:call",
                                          .en = "A model that can be called (OpenAI-compatible)",
                                          .zh = "查看可调用的模型（兼容 OpenAI）",
                                          .path_parameters = kCallablePath,
                                          .reply = http::Reply::Raw,
                                          .errors = kCallErrors};

class GatewayHandler {
public:
    GatewayHandler(Gateway& gateway, platform::db::Database& database) noexcept
        : gateway_(gateway), database_(database) {}

    boost::asio::awaitable<http::Response> chat(http::Request request);
    boost::asio::awaitable<http::Response> complete(http::Request request);
    boost::asio::awaitable<http::Response> embed(http::Request request);
    boost::asio::awaitable<http::Response> list(http::Request request);
    boost::asio::awaitable<http::Response> get(http::Request request);

private:
    boost::asio::awaitable<http::Response> call(Endpoint endpoint, http::Request request);

    Gateway& gateway_;
    platform::db::Database& database_;
};

// {"error": {"message", "type", "param", "code"}}: how OpenAI's clients read a refusal. For every
// error under /v1/.
[[nodiscard]] http::Response openai_error(const core::Error& error, const http::Request& request,
                                          int status);

}  // namespace kapok::models
