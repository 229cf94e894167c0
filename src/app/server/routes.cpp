#include "app/server/routes.h"

#include <array>
#include <span>
#include <utility>

#include "app/errors.h"
#include "app/evidence/evidence_handler.h"
#include "app/explanation.h"
#include "app/server/compute_plane.h"
#include "audit/event_log.h"
#include "audit/http/audit_handler.h"
#include "compute/http/job_routes.h"
#include "compute/http/routes.h"
#include "compute/http/site_routes.h"
#include "core/random.h"
#include "exchange/http/exchange_handler.h"
#include "identity/authorizer.h"
#include "identity/errors.h"
#include "identity/http/agent_routes.h"
#include "identity/http/key_routes.h"
#include "identity/http/organization_routes.h"
#include "identity/http/routes.h"
#include "identity/http/sign_in_routes.h"
#include "identity/http/user_routes.h"
#include "ledger/http/ledger_handler.h"
#include "models/http/batch_handler.h"
#include "models/http/file_handler.h"
#include "models/http/gateway_handler.h"
#include "models/http/imports_handler.h"
#include "models/http/models_handler.h"
#include "platform/http/json.h"
#include "platform/http/openapi.h"
#include "platform/http/problem.h"
#include "registry/http/metric_handler.h"

namespace kapok::app {
namespace {

namespace http = platform::http;

using Awaited = boost::asio::awaitable<http::Response>;

constexpr http::Route kHealth{.method = http::Method::Get,
                              .path = "/healthz",
                              .id = "get_health",
                              .scope = http::kPublic,
                              .en = "The process lives",
                              .zh = "进程存活",
                              .reply = http::Reply::Raw};
constexpr http::Route kReady{.method = http::Method::Get,
                             .path = "/readyz",
                             .id = "get_readiness",
                             .scope = http::kPublic,
                             .en = "The platform can do its work",
                             .zh = "平台就绪",
                             .reply = http::Reply::Raw};
constexpr std::array kMetricsErrors{&identity::kNotFound, &identity::kRootRoleMissing};
constexpr http::Route kMetrics{.method = http::Method::Get,
                               .path = "/metrics",
                               .id = "get_metrics",
                               .scope = "platform:read",
                               .en =
                                   "Metrics in Prometheus' text format, for operators of the "
                                   "root organization",
                               .zh = "Prometheus 文本格式的指标，限根机构的运营者",
                               .reply = http::Reply::Raw,
                               .errors = kMetricsErrors};

constexpr std::array kListenerFields{
    http::Field{.name = "url", .en = "Where agents connect to", .zh = "代理接入地址"},
    http::Field{.name = "authority",
                .en = "Certificate of the platform's authority in PEM; agents trust it there",
                .zh = "平台签发机构的 PEM 证书，代理据此信任接入端"}};
constexpr http::Route kAgentsListener{.method = http::Method::Get,
                                      .path = "/api/v1/agents-listener",
                                      .id = "get_agents_listener",
                                      .scope = http::kPublic,
                                      .en = "Where agents connect, and whom they trust there",
                                      .zh = "代理的接入地址与信任证书",
                                      .response = kListenerFields};

// Where the `type` of a problem leads. Not below /api/v1: it is for people, and a program may too.
constexpr std::array kCodePath{http::Field{.name = "code",
                                           .range = {1, 96, "byte"},
                                           .en = "Such as exchange.no_price",
                                           .zh = "如 exchange.no_price"}};
constexpr std::array<const core::ErrorCode*, 1> kCodeErrors{&kNoSuchCode};
constexpr http::Route kErrorPage{
    .method = http::Method::Get,
    .path = "/docs/errors/{code}",
    .id = "get_error_page",
    .scope = http::kPublic,
    .en = "What an error code means: a page, or JSON if that is asked for",
    .zh = "错误代码的含义：网页，或按 Accept 返回 JSON",
    .path_parameters = kCodePath,
    .reply = http::Reply::Raw,
    .errors = kCodeErrors};

http::Response text(std::string type, std::string body) {
    http::Response response;
    response.headers["content-type"] = std::move(type);
    response.body = std::move(body);
    return response;
}

Awaited get_health(http::Request /*request*/) {
    co_return text("text/plain; charset=utf-8", "ok\n");
}

// Ready means that the database answers.
Awaited get_readiness(const Foundation* foundation, http::Request request) {
    const auto look = [](platform::db::Reader& reader) { return audit::log_size(reader); };
    const core::Result<std::int64_t> found = co_await foundation->database->read(look);
    co_return found ? text("text/plain; charset=utf-8", "ready\n")
                    : http::problem(found.error(), request);
}

Awaited get_agents_listener(const Services* services, http::Request /*request*/) {
    co_return http::json_response(
        200, {{"url", services->agents->url()},
              {"authority", services->identity->authority().certificate_pem()}});
}

// What this process and the database know now, and then the newest values of the catalogue.
Awaited get_metrics(telemetry::Telemetry* telemetry, MetricsPlane* catalogue,
                    http::Request request) {
    core::Result<std::string> page = co_await telemetry->page(request.principal);
    if (!page) {
        co_return http::problem(page.error(), request);
    }
    const core::Result<std::string> newest = co_await catalogue->render();
    if (!newest) {
        co_return http::problem(newest.error(), request);
    }
    co_return text("text/plain; version=0.0.4; charset=utf-8", *std::move(page) + *newest);
}

Awaited get_error_page(http::Request request) {
    const std::string& name = request.path_parameters.at("code");
    const auto found = explain_name(name, request.language);
    if (!found) {
        const core::Error unknown(kNoSuchCode, {{"code", name}, {"nearest", nearest_code(name)}},
                                  {});
        co_return http::problem(unknown, request);
    }
    const auto accept = request.headers.find("accept");
    const bool page = accept != request.headers.end() && accept->second.contains("text/html");
    http::Response response =
        page ? text("text/html; charset=utf-8", explanation_page(*found, request.language))
             : http::json_response(200, *found);
    response.headers["content-language"] = request.language == core::Language::Zh ? "zh" : "en";
    response.headers["content-security-policy"] = "default-src 'none'";
    response.headers["vary"] = "accept, accept-language";
    co_return response;
}

// A handler's method as the router wants it; the handler lives as long as the router.
template <class Object>
http::Handler bind(std::shared_ptr<Object> object, Awaited (Object::*method)(http::Request)) {
    return [object = std::move(object), method](http::Request request) {
        return ((*object).*method)(std::move(request));
    };
}

void add_platform_routes(http::Router& router, const Services& services) {
    router.add(kHealth, get_health);
    router.add(kErrorPage, get_error_page);
    router.add(kReady, [foundation = services.foundation](http::Request request) {
        return get_readiness(foundation, std::move(request));
    });
    router.add(kAgentsListener,
               [services = std::make_shared<Services>(services)](http::Request request) {
                   return get_agents_listener(services.get(), std::move(request));
               });
    router.add(kMetrics, [telemetry = services.telemetry,
                          catalogue = services.catalogue](http::Request request) {
        return get_metrics(telemetry, catalogue, std::move(request));
    });
}

void add_audit_routes(http::Router& router, const Services& services) {
    using audit::AuditHandler;
    const auto handler = std::make_shared<AuditHandler>(*services.audit);
    router.add(audit::kListEvents, bind(handler, &AuditHandler::list_events));
    router.add(audit::kStreamEvents, bind(handler, &AuditHandler::stream_events));
    router.add(audit::kGetEvent, bind(handler, &AuditHandler::get_event));
    router.add(audit::kProveEvent, bind(handler, &AuditHandler::prove_event));
    router.add(audit::kListCheckpoints, bind(handler, &AuditHandler::list_checkpoints));
    router.add(audit::kGetLatestCheckpoint, bind(handler, &AuditHandler::get_latest_checkpoint));
    router.add(audit::kProveConsistency, bind(handler, &AuditHandler::prove_consistency));
    router.add(audit::kGetTrust, bind(handler, &AuditHandler::get_trust));
}

void add_ledger_routes(http::Router& router, const Services& services) {
    using ledger::LedgerHandler;
    const auto handler = std::make_shared<LedgerHandler>(*services.ledger);
    router.add(ledger::kListAccounts, bind(handler, &LedgerHandler::list_accounts));
    router.add(ledger::kGetAccount, bind(handler, &LedgerHandler::get_account));
    router.add(ledger::kListEntries, bind(handler, &LedgerHandler::list_entries));
    router.add(ledger::kGetTransfer, bind(handler, &LedgerHandler::get_transfer));
    router.add(ledger::kGetTrialBalance, bind(handler, &LedgerHandler::get_trial_balance));
}

void add_exchange_routes(http::Router& router, const Services& services) {
    using exchange::ExchangeHandler;
    const auto handler = std::make_shared<ExchangeHandler>(*services.exchange, *services.clock);
    router.add(exchange::kListProducts, bind(handler, &ExchangeHandler::list_products));
    router.add(exchange::kGetProduct, bind(handler, &ExchangeHandler::get_product));
    router.add(exchange::kCreatePrice, bind(handler, &ExchangeHandler::create_price));
    router.add(exchange::kGetWallet, bind(handler, &ExchangeHandler::get_wallet));
    router.add(exchange::kTopUpWallet, bind(handler, &ExchangeHandler::top_up));
    router.add(exchange::kSetCreditLimit, bind(handler, &ExchangeHandler::set_credit_limit));
    router.add(exchange::kListUsage, bind(handler, &ExchangeHandler::list_usage));
    router.add(exchange::kSumUsage, bind(handler, &ExchangeHandler::sum_usage));
    router.add(exchange::kGetStatement, bind(handler, &ExchangeHandler::get_statement));
}

void add_metric_routes(http::Router& router, const Services& services) {
    using registry::MetricHandler;
    const auto handler = std::make_shared<MetricHandler>(services.catalogue->service());
    router.add(registry::kListMetrics, bind(handler, &MetricHandler::list_metrics));
    router.add(registry::kGetMetric, bind(handler, &MetricHandler::get_metric));
    router.add(registry::kGetMetricValue, bind(handler, &MetricHandler::get_value));
    router.add(registry::kGetMetricSeries, bind(handler, &MetricHandler::get_series));
    router.add(registry::kGetMetricInputs, bind(handler, &MetricHandler::get_inputs));
}

void add_batch_routes(http::Router& router, const Services& services) {
    using models::BatchHandler;
    using models::FileHandler;
    const auto files = std::make_shared<FileHandler>(services.batches->files());
    router.add(models::kCreateFile, bind(files, &FileHandler::create));
    router.add(models::kListFiles, bind(files, &FileHandler::list));
    router.add(models::kGetFile, bind(files, &FileHandler::get));
    router.add(models::kGetFileContent, bind(files, &FileHandler::content));
    router.add(models::kDeleteFile, bind(files, &FileHandler::remove));
    const auto batches = std::make_shared<BatchHandler>(services.batches->batches());
    router.add(models::kCreateBatch, bind(batches, &BatchHandler::create));
    router.add(models::kListBatches, bind(batches, &BatchHandler::list));
    router.add(models::kGetBatch, bind(batches, &BatchHandler::get));
    router.add(models::kCancelBatch, bind(batches, &BatchHandler::cancel));
}

void add_model_routes(http::Router& router, const Services& services) {
    using models::GatewayHandler;
    using models::ModelsHandler;
    const auto models = std::make_shared<ModelsHandler>(*services.models);
    router.add(models::kListModels, bind(models, &ModelsHandler::list_models));
    router.add(models::kCreateModel, bind(models, &ModelsHandler::create_model));
    router.add(models::kGetModel, bind(models, &ModelsHandler::get_model));
    using models::ImportsHandler;
    const auto imports = std::make_shared<ImportsHandler>(*services.imports);
    router.add(models::kListImports, bind(imports, &ImportsHandler::list));
    router.add(models::kCreateImport, bind(imports, &ImportsHandler::create));
    router.add(models::kGetImport, bind(imports, &ImportsHandler::get));
    router.add(models::kAppendImport, bind(imports, &ImportsHandler::append));
    router.add(models::kResumeImport, bind(imports, &ImportsHandler::resume));
    router.add(models::kCancelImport, bind(imports, &ImportsHandler::cancel));
    router.add(models::kListDeployments, bind(models, &ModelsHandler::list_deployments));
    router.add(models::kCreateDeployment, bind(models, &ModelsHandler::create_deployment));
    router.add(models::kGetDeployment, bind(models, &ModelsHandler::get_deployment));
    router.add(models::kStopDeployment, bind(models, &ModelsHandler::stop_deployment));
    const auto gateway =
        std::make_shared<GatewayHandler>(*services.gateway, *services.foundation->database);
    router.add(models::kChat, bind(gateway, &GatewayHandler::chat));
    router.add(models::kComplete, bind(gateway, &GatewayHandler::complete));
    router.add(models::kEmbed, bind(gateway, &GatewayHandler::embed));
    router.add(models::kListCallable, bind(gateway, &GatewayHandler::list));
    router.add(models::kGetCallable, bind(gateway, &GatewayHandler::get));
    add_batch_routes(router, services);
    router.set_error_shape("/v1/", models::openai_error);
}

void add_evidence_routes(http::Router& router, const Services& services) {
    using evidence::EvidenceHandler;
    const auto handler = std::make_shared<EvidenceHandler>(*services.evidence, *services.clock);
    router.add(evidence::kGetEvidence, bind(handler, &EvidenceHandler::get_evidence));
}

constexpr std::array kRoutes{&kHealth,
                             &kReady,
                             &kMetrics,
                             &kErrorPage,
                             &evidence::kGetEvidence,
                             &kAgentsListener,
                             &audit::kListEvents,
                             &audit::kGetEvent,
                             &audit::kProveEvent,
                             &audit::kListCheckpoints,
                             &audit::kGetLatestCheckpoint,
                             &audit::kProveConsistency,
                             &audit::kGetTrust,
                             &ledger::kListAccounts,
                             &ledger::kGetAccount,
                             &ledger::kListEntries,
                             &ledger::kGetTransfer,
                             &ledger::kGetTrialBalance,
                             &registry::kListMetrics,
                             &registry::kGetMetric,
                             &registry::kGetMetricValue,
                             &registry::kGetMetricSeries,
                             &registry::kGetMetricInputs,
                             &exchange::kListProducts,
                             &exchange::kGetProduct,
                             &exchange::kCreatePrice,
                             &exchange::kGetWallet,
                             &exchange::kTopUpWallet,
                             &exchange::kSetCreditLimit,
                             &exchange::kListUsage,
                             &exchange::kSumUsage,
                             &exchange::kGetStatement,
                             &models::kListModels,
                             &models::kCreateModel,
                             &models::kGetModel,
                             &models::kListImports,
                             &models::kCreateImport,
                             &models::kGetImport,
                             &models::kAppendImport,
                             &models::kResumeImport,
                             &models::kCancelImport,
                             &models::kListDeployments,
                             &models::kCreateDeployment,
                             &models::kGetDeployment,
                             &models::kStopDeployment};

}  // namespace

std::vector<const http::Route*> all_routes() {
    std::vector<const http::Route*> routes(kRoutes.begin(), kRoutes.end());
    const auto append = [&routes](std::span<const http::Route> table) {
        for (const http::Route& route : table) {
            routes.push_back(&route);
        }
    };
    append(identity::kSignInRoutes);
    append(identity::kOrganizationRoutes);
    append(identity::kUserRoutes);
    append(identity::kKeyRoutes);
    append(identity::kAgentAdminRoutes);
    append(compute::kSiteRoutes);
    append(compute::kJobRoutes);
    return routes;
}

void add_all_routes(http::Router& router, const Services& services) {
    add_platform_routes(router, services);
    identity::add_routes(router, *services.identity);
    add_audit_routes(router, services);
    add_ledger_routes(router, services);
    add_metric_routes(router, services);
    add_exchange_routes(router, services);
    compute::add_routes(router, *services.compute);
    add_model_routes(router, services);
    add_evidence_routes(router, services);
    http::ApiInfo info;
    info.authorization_errors = identity::kErrors;
    info.session_cookie = identity::session_cookie_name(services.identity->settings());
    http::serve_openapi(router, info);
}

}  // namespace kapok::app
