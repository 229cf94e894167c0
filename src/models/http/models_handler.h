#pragma once

// The routes of the catalogue and its deployments.

#include <array>

#include <boost/asio/awaitable.hpp>

#include "core/limits.h"
#include "models/errors.h"
#include "models/limits.h"
#include "models/models_service.h"
#include "platform/http/message.h"
#include "platform/http/route.h"

namespace kapok::models {

namespace http = platform::http;

namespace fields {

using http::Field;
using http::Presence;
using http::Type;

inline constexpr Field kModelIdField{
    .name = "id", .type = Type::Id, .en = "Id of the model", .zh = "模型编号", .id_prefix = "mdl"};
inline constexpr Field kDeploymentIdField{.name = "id",
                                          .type = Type::Id,
                                          .en = "Id of the deployment",
                                          .zh = "部署编号",
                                          .id_prefix = "dep"};
inline constexpr Field kName{.name = "name",
                             .range = {1, kModelNameBytesMax, "byte"},
                             .en = "What a call names",
                             .zh = "调用时使用的名称"};
inline constexpr Field kLicense{.name = "license",
                                .range = {1, 128, "byte"},
                                .en = "Licence, as SPDX writes it",
                                .zh = "许可证（SPDX 写法）"};
inline constexpr Field kSource{.name = "source",
                               .range = {1, 1'024, "byte"},
                               .en = "Where the weights came from",
                               .zh = "权重来源"};
inline constexpr Field kContext{.name = "context_window",
                                .type = Type::Integer,
                                .range = {1, kTokensMax, "token"},
                                .en = "Prompt and reply together",
                                .zh = "上下文窗口（提示与回复合计）"};

inline constexpr std::array kModelBody{
    Field{.name = "id",
          .type = Type::Id,
          .en = "Id made by the client, so that a retry adds it once",
          .zh = "由客户端生成的编号，重试时不会重复登记",
          .presence = Presence::Optional,
          .id_prefix = "mdl"},
    kName,
    Field{.name = "description",
          .range = {0, core::kTextBytesMax, "byte"},
          .en = "For people",
          .zh = "说明",
          .presence = Presence::Optional},
    kLicense,
    kSource,
    Field{.name = "revision",
          .range = {64, 64, "byte"},
          .en = "SHA-256 of the weights in hexadecimal",
          .zh = "权重的 SHA-256（十六进制）",
          .presence = Presence::Optional},
    kContext,
    Field{.name = "embedding_dimension",
          .type = Type::Integer,
          .range = {0, 65'536, "number"},
          .en = "0 or absent: it makes no embeddings",
          .zh = "向量维度；缺省或 0 表示不提供向量",
          .presence = Presence::Optional},
};
inline constexpr std::array kModelReply{
    kModelIdField,
    kName,
    Field{.name = "provider",
          .type = Type::Id,
          .en = "Organization that answers for it",
          .zh = "供应机构",
          .id_prefix = "org"},
    Field{.name = "description",
          .range = {0, core::kTextBytesMax, "byte"},
          .en = "For people",
          .zh = "说明"},
    kLicense,
    kSource,
    Field{.name = "revision",
          .range = {0, 64, "byte"},
          .en = "SHA-256 of the weights, or empty",
          .zh = "权重的 SHA-256，或为空"},
    kContext,
    Field{.name = "embedding_dimension",
          .type = Type::Integer,
          .range = {0, 65'536, "number"},
          .en = "0: it makes no embeddings",
          .zh = "向量维度；0 表示不提供向量"},
    Field{.name = "created_at", .type = Type::Time, .en = "When it was added", .zh = "登记时间"},
    Field{.name = "file",
          .range = {0, kWeightsNameBytesMax, "byte"},
          .en = "File that the platform keeps of it, or empty",
          .zh = "平台保存的权重文件名，或为空"},
    Field{.name = "bytes",
          .type = Type::Integer,
          .range = {0, kWeightsBytesMax, "byte"},
          .en = "Of that file",
          .zh = "该文件的字节数"},
    Field{
        .name = "quality",
        .range = {0, 64, "byte"},
        .en =
            "demonstration: weights that were made for something else; empty: as its makers meant",
        .zh = "demonstration 表示演示级：权重原为其他用途；为空表示正常用途"},
};
inline constexpr std::array kDeploymentBody{
    Field{.name = "id",
          .type = Type::Id,
          .en = "Id made by the client, so that a retry deploys once",
          .zh = "由客户端生成的编号，重试时不会重复部署",
          .presence = Presence::Optional,
          .id_prefix = "dep"},
    Field{.name = "model",
          .type = Type::Id,
          .en = "Model that is served",
          .zh = "所部署的模型",
          .id_prefix = "mdl"},
    Field{.name = "upstream",
          .en = "What kind of server it is",
          .zh = "服务类型",
          .choices = kUpstreamNames},
    Field{.name = "url",
          .range = {1, 1'024, "byte"},
          .en = "Of the server, without /v1",
          .zh = "服务地址，不含 /v1"},
    Field{.name = "input_price",
          .type = Type::Money,
          .en = "Per 1 000 000 tokens; starts the product of a model that has none",
          .zh = "每 1 000 000 输入 token 的价格；仅用于新产品"},
    Field{.name = "output_price",
          .type = Type::Money,
          .en = "Per 1 000 000 tokens; starts the product of a model that has none",
          .zh = "每 1 000 000 输出 token 的价格；仅用于新产品"},
};
inline constexpr std::array kDeploymentReply{
    kDeploymentIdField,
    Field{.name = "model",
          .type = Type::Id,
          .en = "Model that is served",
          .zh = "所部署的模型",
          .id_prefix = "mdl"},
    Field{.name = "organization",
          .type = Type::Id,
          .en = "Who runs it",
          .zh = "运行机构",
          .id_prefix = "org"},
    Field{.name = "upstream",
          .en = "What kind of server it is",
          .zh = "服务类型",
          .choices = kUpstreamNames},
    Field{.name = "url", .range = {0, 1'024, "byte"}, .en = "Of the server", .zh = "服务地址"},
    Field{.name = "state", .en = "Its state", .zh = "状态", .choices = kDeploymentStateNames},
    Field{.name = "detail",
          .range = {0, core::kTextBytesMax, "byte"},
          .en = "Why it is in that state",
          .zh = "状态说明"},
    Field{.name = "created_at", .type = Type::Time, .en = "When it was made", .zh = "创建时间"},
};
inline constexpr std::array kModelPath{kModelIdField};
inline constexpr std::array kDeploymentPath{kDeploymentIdField};

}  // namespace fields

inline constexpr std::array kModelErrors{&kNoModel};
inline constexpr std::array kAddErrors{&kModelExists};
inline constexpr std::array kDeployErrors{&kNoModel, &kNotAnsweringAsModel};
inline constexpr std::array kDeploymentErrors{&kNoDeployment};

inline constexpr http::Route kListModels{.method = http::Method::Get,
                                         .path = "/api/v1/models",
                                         .id = "list_models",
                                         .scope = "model:read",
                                         .en = "The catalogue of models",
                                         .zh = "查询模型目录",
                                         .reply = http::Reply::Page,
                                         .response = fields::kModelReply};
inline constexpr http::Route kCreateModel{.method = http::Method::Post,
                                          .path = "/api/v1/models",
                                          .id = "create_model",
                                          .scope = "model:write",
                                          .en = "Add a model to the catalogue",
                                          .zh = "登记模型",
                                          .body = http::Body::Json,
                                          .request = fields::kModelBody,
                                          .response = fields::kModelReply,
                                          .status = 201,
                                          .errors = kAddErrors};
inline constexpr http::Route kGetModel{.method = http::Method::Get,
                                       .path = "/api/v1/models/{id}",
                                       .id = "get_model",
                                       .scope = "model:read",
                                       .en = "A model of the catalogue",
                                       .zh = "查看模型",
                                       .path_parameters = fields::kModelPath,
                                       .response = fields::kModelReply,
                                       .errors = kModelErrors};
inline constexpr http::Route kListDeployments{.method = http::Method::Get,
                                              .path = "/api/v1/deployments",
                                              .id = "list_deployments",
                                              .scope = "model:read",
                                              .en = "Where models are served",
                                              .zh = "查询部署",
                                              .reply = http::Reply::Page,
                                              .response = fields::kDeploymentReply};
inline constexpr http::Route kCreateDeployment{.method = http::Method::Post,
                                               .path = "/api/v1/deployments",
                                               .id = "create_deployment",
                                               .scope = "model:write",
                                               .en = "Connect a server that serves a model",
                                               .zh = "接入模型服务",
                                               .body = http::Body::Json,
                                               .request = fields::kDeploymentBody,
                                               .response = fields::kDeploymentReply,
                                               .status = 201,
                                               .errors = kDeployErrors};
inline constexpr http::Route kGetDeployment{.method = http::Method::Get,
                                            .path = "/api/v1/deployments/{id}",
                                            .id = "get_deployment",
                                            .scope = "model:read",
                                            .en = "A deployment and its state",
                                            .zh = "查看部署及其状态",
                                            .path_parameters = fields::kDeploymentPath,
                                            .response = fields::kDeploymentReply,
                                            .errors = kDeploymentErrors};
inline constexpr http::Route kStopDeployment{.method = http::Method::Post,
                                             .path = "/api/v1/deployments/{id}/stop",
                                             .id = "stop_deployment",
                                             .scope = "model:write",
                                             .en = "Send no more calls to a deployment",
                                             .zh = "停止向部署分发调用",
                                             .path_parameters = fields::kDeploymentPath,
                                             .response = fields::kDeploymentReply,
                                             .errors = kDeploymentErrors};

class ModelsHandler {
public:
    explicit ModelsHandler(ModelsService& models) noexcept : models_(models) {}

    boost::asio::awaitable<http::Response> list_models(http::Request request);
    boost::asio::awaitable<http::Response> create_model(http::Request request);
    boost::asio::awaitable<http::Response> get_model(http::Request request);
    boost::asio::awaitable<http::Response> list_deployments(http::Request request);
    boost::asio::awaitable<http::Response> create_deployment(http::Request request);
    boost::asio::awaitable<http::Response> get_deployment(http::Request request);
    boost::asio::awaitable<http::Response> stop_deployment(http::Request request);

private:
    ModelsService& models_;
};

}  // namespace kapok::models
