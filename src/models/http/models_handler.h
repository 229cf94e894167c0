#pragma once

// The routes of the catalogue and its deployments.

#include <array>

#include <boost/asio/awaitable.hpp>

#include "core/limits.h"
#include "identity/errors.h"
#include "models/errors.h"
#include "models/limits.h"
#include "models/models_service.h"
#include "platform/errors.h"
#include "platform/http/message.h"
#include "platform/http/route.h"
#include "platform/http/sorted_page.h"

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
inline constexpr std::array<std::string_view, 2> kStartNames{kWantedNames[0], kWantedNames[1]};
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
          .en = "What kind of server is at url; llama.cpp if absent",
          .zh = "url 处服务的类型；缺省为 llama.cpp",
          .presence = Presence::Optional,
          .choices = kUpstreamNames},
    Field{.name = "url",
          .range = {1, 1'024, "byte"},
          .en = "Of a server that is there already, without /v1; absent: the platform runs the "
                "model on its own compute",
          .zh = "已有服务的地址，不含 /v1；缺省则由平台在自有算力上运行",
          .presence = Presence::Optional},
    Field{.name = "context_tokens",
          .type = Type::Integer,
          .range = {kContextTokensMin, kTokensMax, "token"},
          .en = "Of each slot, at most the model's window; absent: the window, 4 096 at most",
          .zh = "每个并发槽的上下文长度，不超过模型窗口；缺省取窗口与 4 096 中较小者",
          .presence = Presence::Optional},
    Field{.name = "slots",
          .type = Type::Integer,
          .range = {1, kSlotsMax, "number"},
          .en = "Calls that it answers at once; 4 if absent",
          .zh = "同时处理的调用数；缺省为 4",
          .presence = Presence::Optional},
    Field{.name = "cpu_milli",
          .type = Type::Integer,
          .range = {1'000, 1'024'000, "1/1000 core"},
          .en = "Cores that it gets; 1000 if absent",
          .zh = "占用的 CPU（千分之一核）；缺省为 1000",
          .presence = Presence::Optional},
    Field{.name = "memory_bytes",
          .type = Type::Integer,
          .range = {64 << 20, kWeightsBytesMax, "byte"},
          .en = "Memory that it gets; absent: by the size of its weights",
          .zh = "占用的内存；缺省按权重大小估算",
          .presence = Presence::Optional},
    Field{.name = "accelerators",
          .type = Type::Integer,
          .range = {0, 64, "number"},
          .en = "Cards that it gets; 0 if absent",
          .zh = "占用的加速卡数；缺省为 0",
          .presence = Presence::Optional},
    Field{.name = "idle_stop_s",
          .type = Type::Integer,
          .range = {0, kIdleStopMaxS, "second"},
          .en = "It rests after so long without a call, until the next one; 0: never. Absent: 0, "
                "and 600 for embeddings",
          .zh = "空闲多久后休眠，直到下一次调用；0 表示不休眠。缺省为 0，向量模型为 600",
          .presence = Presence::Optional},
    Field{.name = "start",
          .en = "serving: at once; idle: when it is first called. Absent: at once, and embeddings "
                "when called",
          .zh = "serving 立即启动；idle 首次调用时启动。缺省立即启动，向量模型在调用时启动",
          .presence = Presence::Optional,
          .choices = kStartNames},
    Field{.name = "input_price",
          .type = Type::Money,
          .en = "Per 1 000 000 tokens; starts the product of a model that has none",
          .zh = "每 1 000 000 输入 token 的价格；仅用于新产品"},
    Field{.name = "output_price",
          .type = Type::Money,
          .en = "Per 1 000 000 tokens; starts the product of a model that has none",
          .zh = "每 1 000 000 输出 token 的价格；仅用于新产品"},
};
inline constexpr std::array kOwnCompute{
    Field{.name = "context_tokens",
          .type = Type::Integer,
          .range = {0, kTokensMax, "token"},
          .en = "Of each slot",
          .zh = "每个并发槽的上下文长度"},
    Field{.name = "slots",
          .type = Type::Integer,
          .range = {1, kSlotsMax, "number"},
          .en = "Calls that it answers at once",
          .zh = "同时处理的调用数"},
    Field{.name = "cpu_milli",
          .type = Type::Integer,
          .range = {0, 1'024'000, "1/1000 core"},
          .en = "Cores that it gets",
          .zh = "占用的 CPU（千分之一核）"},
    Field{.name = "memory_bytes",
          .type = Type::Integer,
          .range = {0, kWeightsBytesMax, "byte"},
          .en = "Memory that it gets",
          .zh = "占用的内存"},
    Field{.name = "accelerators",
          .type = Type::Integer,
          .range = {0, 64, "number"},
          .en = "Cards that it gets",
          .zh = "占用的加速卡数"},
    Field{.name = "idle_stop_s",
          .type = Type::Integer,
          .range = {0, kIdleStopMaxS, "second"},
          .en = "It rests after so long without a call; 0: never",
          .zh = "空闲多久后休眠；0 表示不休眠"},
    Field{.name = "wanted", .en = "What it is to be", .zh = "期望状态", .choices = kWantedNames},
    Field{.name = "service",
          .type = Type::Id,
          .en = "Job that runs it, of its last start",
          .zh = "最近一次启动所用的任务",
          .presence = Presence::Optional,
          .id_prefix = "job"},
    Field{.name = "phase",
          .en = "How far that job is",
          .zh = "该任务的阶段",
          .presence = Presence::Optional,
          .choices = compute::kServicePhaseNames},
    Field{.name = "node",
          .type = Type::Id,
          .en = "Where it runs",
          .zh = "所在节点",
          .presence = Presence::Optional,
          .id_prefix = "node"},
    Field{.name = "warm_up_ms",
          .type = Type::Integer,
          .range = {0, kTokensMax, "ms"},
          .en = "Its first answer took so long",
          .zh = "首次应答用时"},
    Field{.name = "tokens_per_s_milli",
          .type = Type::Integer,
          .range = {0, kCountMax, "1/1000 token/s"},
          .en = "Generated in that answer",
          .zh = "该应答的生成速度（千分之一 token/秒）"},
    Field{.name = "restarts",
          .type = Type::Integer,
          .range = {0, kCountMax, "number"},
          .en = "How often its engine had to be started again",
          .zh = "引擎重启次数"},
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
    Field{.name = "url",
          .range = {0, 1'024, "byte"},
          .en = "Of the server; empty while it is not ready",
          .zh = "服务地址；未就绪时为空"},
    Field{.name = "state", .en = "Its state", .zh = "状态", .choices = kDeploymentStateNames},
    Field{.name = "detail",
          .range = {0, core::kTextBytesMax, "byte"},
          .en = "Why it is in that state",
          .zh = "状态说明"},
    Field{.name = "created_at", .type = Type::Time, .en = "When it was made", .zh = "创建时间"},
    Field{.name = "own_compute",
          .type = Type::Object,
          .en = "How the platform runs it, and how far it is; absent with a server that was there",
          .zh = "平台运行它的方式与进度；外部服务没有此项",
          .presence = Presence::Optional,
          .fields = kOwnCompute},
};
inline constexpr std::array kModelsQuery{
    Field{.name = "name",
          .range = kName.range,
          .en = "Only the model of this name",
          .zh = "只看该名称的模型",
          .presence = Presence::Optional},
    Field{.name = "license",
          .range = kLicense.range,
          .en = "Only models under this licence",
          .zh = "只看该许可证的模型",
          .presence = Presence::Optional},
    Field{.name = "provider",
          .type = Type::Id,
          .en = "Only models that this organization answers for",
          .zh = "只看该供应机构的模型",
          .presence = Presence::Optional,
          .id_prefix = "org"},
    Field{.name = "capability",
          .en = "Only models that are served for this",
          .zh = "只看该用途的模型",
          .presence = Presence::Optional,
          .choices = kCapabilityNames},
    http::kSortField,
};
inline constexpr std::array kDeploymentsQuery{
    Field{.name = "model",
          .type = Type::Id,
          .en = "Only deployments of this model",
          .zh = "只看该模型的部署",
          .presence = Presence::Optional,
          .id_prefix = "mdl"},
    Field{.name = "state",
          .en = "Only deployments in it",
          .zh = "只看该状态的部署",
          .presence = Presence::Optional,
          .choices = kDeploymentStateNames},
    Field{.name = "wanted",
          .en = "Only deployments on own compute that are to be this",
          .zh = "只看自有算力上期望为该状态的部署",
          .presence = Presence::Optional,
          .choices = kWantedNames},
    http::kSortByTimeField,
};
inline constexpr std::array kModelPath{kModelIdField};
inline constexpr std::array kDeploymentPath{kDeploymentIdField};

}  // namespace fields

inline constexpr std::array kModelErrors{&kNoModel};
inline constexpr std::array kAddErrors{&kModelExists, &kBadDigest, &identity::kIdempotencyKeyReused,
                                       &identity::kBadIdempotencyKey};
inline constexpr std::array kDeployErrors{&kNoModel,
                                          &kNotAnsweringAsModel,
                                          &kNoWeights,
                                          &kContextTooLong,
                                          &kOwnComputeOnly,
                                          &kDeploymentExists,
                                          &platform::kAddressRefused,
                                          &identity::kIdempotencyKeyReused,
                                          &identity::kBadIdempotencyKey};
inline constexpr std::array kCreateHeaders{http::kIdempotencyKey};
inline constexpr std::array kDeploymentErrors{&kNoDeployment};

inline constexpr http::Route kListModels{.method = http::Method::Get,
                                         .path = "/api/v1/models",
                                         .id = "list_models",
                                         .scope = "model:read",
                                         .en = "The catalogue of models",
                                         .zh = "查询模型目录",
                                         .query = fields::kModelsQuery,
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
                                          .errors = kAddErrors,
                                          .headers = kCreateHeaders};
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
                                              .query = fields::kDeploymentsQuery,
                                              .reply = http::Reply::Page,
                                              .response = fields::kDeploymentReply};
inline constexpr http::Route kCreateDeployment{
    .method = http::Method::Post,
    .path = "/api/v1/deployments",
    .id = "create_deployment",
    .scope = "model:write",
    .en = "Serve a model, on own compute or by a server that is there already",
    .zh = "部署模型（自有算力或已有服务）",
    .body = http::Body::Json,
    .request = fields::kDeploymentBody,
    .response = fields::kDeploymentReply,
    .status = 201,
    .errors = kDeployErrors,
    .headers = kCreateHeaders};
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
                                             .en = "Stop a deployment, after its calls under way",
                                             .zh = "停止部署；进行中的调用会先完成",
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
