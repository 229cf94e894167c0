#include "app/server/platform_server.h"

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>

#include "app/errors.h"
#include "app/server/compute_plane.h"
#include "app/server/console_assets.h"
#include "app/server/foundation.h"
#include "app/server/local_agent.h"
#include "app/server/metrics_plane.h"
#include "app/server/models_plane.h"
#include "app/server/routes.h"
#include "audit/audit_service.h"
#include "audit/sequencer.h"
#include "compute/retention.h"
#include "exchange/exchange_service.h"
#include "identity/authorize.h"
#include "identity/identity.h"
#include "ledger/api.h"
#include "ledger/ledger_service.h"
#include "models/batch/batches.h"
#include "models/gateway/gateway.h"
#include "platform/db/bell.h"
#include "platform/http/forwarded.h"
#include "platform/http/router.h"
#include "platform/http/server.h"
#include "platform/metrics/metrics.h"
#include "registry/limits.h"

namespace kapok::app {
namespace {

namespace asio = boost::asio;
namespace http = platform::http;

using platform::config::Config;
using platform::log::Log;

std::chrono::milliseconds milliseconds(const Config& config, std::string_view name) {
    return std::chrono::milliseconds(config.integer(name));
}

core::Result<std::string> read_pem(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        return core::fail(kNoFile, {{"file", path}});
    }
    return std::string(std::istreambuf_iterator<char>(file), {});
}

core::Result<std::optional<http::ServerTls>> tls_of(const Config& config) {
    const std::string& certificate = config.text("server.tls_certificate");
    const std::string& key = config.text("server.tls_key");
    if (certificate.empty() && key.empty()) {
        return std::nullopt;
    }
    const auto certificate_pem = read_pem(certificate);
    if (!certificate_pem) {
        return std::unexpected(certificate_pem.error());
    }
    const auto key_pem = read_pem(key);
    if (!key_pem) {
        return std::unexpected(key_pem.error());
    }
    http::ServerTls tls;
    tls.certificate_pem = *certificate_pem;
    tls.key_pem = core::Secret(*key_pem);
    return tls;
}

// Each finished request becomes a line of the log and a count.
class AccessLog {
public:
    AccessLog(Log& log, platform::metrics::Registry& metrics, RequestMeter* meter = nullptr)
        : log_(log), metrics_(metrics), meter_(meter) {}

    void operator()(const http::Finished& request) const {
        using platform::metrics::label;
        const std::string route = request.route_id.empty() ? "none" : request.route_id;
        const std::string labels =
            label("route", route) + "," + label("status", std::to_string(request.status));
        metrics_.counter("kapok_http_requests_total", "Requests answered.", labels).add();
        metrics_
            .histogram("kapok_http_request_duration_seconds", "From first byte to last.",
                       label("route", route))
            .observe(request.duration.count());
        if (meter_ != nullptr) {
            meter_->count(request.status);
        }
        log_.info("request", {{"method", request.method},
                              {"path", request.path},
                              {"route", route},
                              {"status", request.status},
                              {"bytes", request.bytes},
                              {"duration_us", request.duration.count()},
                              {"request_id", request.request_id},
                              {"principal", request.principal},
                              {"peer", request.peer},
                              {"complete", request.complete}});
    }

private:
    Log& log_;
    platform::metrics::Registry& metrics_;
    RequestMeter* meter_;  // Of the listener whose requests are a metric of the platform.
};

using Step = std::function<asio::awaitable<core::Result<void>>()>;

// Does `step` again and again, `pause` after each, until it is cancelled.
asio::awaitable<void> repeat(Log& log, std::string name, std::chrono::milliseconds pause,
                             Step step) {
    co_await asio::this_coro::throw_if_cancelled(false);
    auto state = co_await asio::this_coro::cancellation_state;
    while (state.cancelled() == asio::cancellation_type::none) {
        const core::Result<void> done = co_await step();
        if (!done) {
            log.warning("loop failed", {{"loop", name},
                                        {"error", core::render(done.error(), core::Language::En)}});
        }
        // Who is cancelled meanwhile must not wait for the end of a pause that begins after.
        state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() == asio::cancellation_type::none) {
            co_await platform::db::pause(pause);
            state = co_await asio::this_coro::cancellation_state;
        }
    }
}

asio::awaitable<core::Result<void>> forget_old(platform::db::Database& database,
                                               std::chrono::days logs) {
    const core::Result<std::size_t> removed = co_await compute::remove_what_is_old(database, logs);
    if (!removed) {
        co_return std::unexpected(removed.error());
    }
    co_return core::Result<void>();
}

asio::awaitable<core::Result<void>> expire_holds(platform::db::Database& database) {
    const auto command = [](platform::db::Transaction& transaction) {
        return ledger::expire_due(transaction, core::Principal::system("ledger expiry"));
    };
    const core::Result<std::size_t> ended = co_await database.write(command);
    if (!ended) {
        co_return std::unexpected(ended.error());
    }
    co_return core::Result<void>();
}

}  // namespace

struct PlatformServer::Parts {
    Parts(const Config& settings, const core::Clock& time, core::Random& chance, Log& lines)
        : config(settings), clock(time), random(chance), log(lines) {}

    const Config& config;
    const core::Clock& clock;
    core::Random& random;
    Log& log;
    platform::metrics::Registry metrics;
    asio::io_context loops{1};  // The database's answers go there, so it ends after the database.
    std::unique_ptr<identity::Identity> identity;
    std::optional<core::Secret> first_password;
    std::unique_ptr<Foundation> foundation;  // Commands under way still use identity when it ends.
    std::unique_ptr<audit::AuditService> audit;
    std::unique_ptr<ledger::LedgerService> ledger;
    std::unique_ptr<exchange::ExchangeService> exchange;
    std::unique_ptr<ComputePlane> compute;
    std::unique_ptr<ModelsPlane> models;
    std::unique_ptr<MetricsPlane> catalogue;
    std::unique_ptr<models::Gateway> gateway;
    std::unique_ptr<evidence::EvidenceService> evidence;
    std::unique_ptr<models::Batches> batches;
    std::unique_ptr<telemetry::Telemetry> telemetry;
    std::unique_ptr<http::Router> router;
    std::unique_ptr<audit::Sequencer> sequencer;
    std::vector<std::unique_ptr<asio::cancellation_signal>> loop_ends;
    std::thread loop_thread;
    std::unique_ptr<AgentsListener> agents;
    std::unique_ptr<LocalAgent> local_agent;
    std::unique_ptr<http::Server> server;

    // Names the event log for ever.
    [[nodiscard]] std::string log_origin() const {
        return "kapok/" + foundation->signer.public_key().id();
    }
    core::Result<void> make_services();
    core::Result<void> make_identity();
    void make_router();
    void start_loop(asio::awaitable<void> loop);
    void start_loops();
    void end_loops();
    core::Result<void> listen();
    core::Result<void> listen_for_agents();
    void tell_failure(const http::Request& request, std::string_view what) const;
};

core::Result<void> PlatformServer::Parts::make_identity() {
    identity::Settings wanted;
    wanted.environment = config.text("identity.environment");
    wanted.secure_cookies =
        config.boolean("server.proxy_tls") || !config.text("server.tls_certificate").empty();
    wanted.suite = foundation->suite;
    wanted.session_idle = std::chrono::seconds(config.integer("identity.session_idle_s"));
    wanted.session_absolute = std::chrono::seconds(config.integer("identity.session_total_s"));
    wanted.account_lockout.free_attempts = config.integer("identity.user_attempts_free");
    wanted.peer_lockout.free_attempts = config.integer("identity.address_attempts_free");
    wanted.account_lockout.longest_wait =
        std::chrono::seconds(config.integer("identity.sign_in_wait_max_s"));
    wanted.peer_lockout.longest_wait = wanted.account_lockout.longest_wait;
    auto made = identity::Identity::create(*foundation->database, clock, random, foundation->master,
                                           std::move(wanted));
    if (!made) {
        return std::unexpected(made.error());
    }
    identity = *std::move(made);
    const auto first = identity->ensure_first_administrator();
    if (!first) {
        return std::unexpected(first.error());
    }
    if (const auto& administrator = *first) {
        first_password = administrator->password;
    }
    return {};
}

core::Result<void> PlatformServer::Parts::make_services() {
    auto opened = open_foundation(config, clock, random);
    if (!opened) {
        return std::unexpected(opened.error());
    }
    foundation = std::make_unique<Foundation>(*std::move(opened));
    if (const auto made = make_identity(); !made) {
        return made;
    }
    platform::db::Database& database = *foundation->database;
    identity::Directory& directory = identity->directory();
    const auto visible = [&directory](const core::Principal& caller) -> core::Result<core::Scope> {
        return identity::visible_scope(caller, "event:read", *directory.tree());
    };
    audit = std::make_unique<audit::AuditService>(
        database, audit::Signer{log_origin(), foundation->signer.public_key()}, visible);
    ledger = std::make_unique<ledger::LedgerService>(database,
                                                     [&directory] { return directory.tree(); });
    exchange = std::make_unique<exchange::ExchangeService>(database, directory, clock, random);
    const auto server_id = server_id_of(foundation->folder, clock, random);
    if (!server_id) {
        return std::unexpected(server_id.error());
    }
    auto plane = ComputePlane::create({config, *foundation, *identity, clock, random},
                                      core::to_base32(core::make_uuid(clock, random)));
    if (!plane) {
        return std::unexpected(plane.error());
    }
    compute = *std::move(plane);
    evidence = std::make_unique<evidence::EvidenceService>(
        evidence::EvidenceService::Setting{database,
                                           directory,
                                           clock,
                                           log_origin(),
                                           foundation->signer,
                                           {compute->compute().context().rules}});
    models = std::make_unique<ModelsPlane>(ModelsPlane::Setting{
        config, *foundation, *identity, *compute, clock, random, log, *server_id});
    catalogue = std::make_unique<MetricsPlane>(database, directory, clock, compute->compute(),
                                               core::to_base32(core::make_uuid(clock, random)));
    gateway = std::make_unique<models::Gateway>(models::Gateway::Setting{
        database, clock, random, log, models->keeper(), loops.get_executor(), *server_id, metrics,
        std::chrono::seconds(config.integer("models.upstream_idle_s")),
        std::chrono::seconds(config.integer("models.restart_patience_s"))});
    const auto recovered = gateway->watch().begin_blocking();
    if (!recovered) {
        return std::unexpected(recovered.error());
    }
    if (*recovered > 0) {
        log.warning("calls of an earlier run were settled", {{"count", *recovered}});
    }
    batches = std::make_unique<models::Batches>(
        models::BatchTools{database, compute->objects(), compute->pool(), *gateway, clock, random,
                           log, identity->directory()},
        models::BatchRunnerSettings{
            core::to_base32(core::make_uuid(clock, random)),
            static_cast<std::size_t>(config.integer("models.batch_concurrency"))});
    return {};
}

void PlatformServer::Parts::tell_failure(const http::Request& request,
                                         std::string_view what) const {
    log.error("handler failed",
              {{"path", request.path}, {"request_id", request.request_id}, {"what", what}});
}

core::Result<void> PlatformServer::Parts::listen_for_agents() {
    auto started = AgentsListener::start(
        {config, *foundation, *identity, clock, random}, compute->compute(),
        [this](const http::Request& request, std::string_view what) {
            tell_failure(request, what);
        },
        AccessLog(log, metrics));
    if (!started) {
        return std::unexpected(started.error());
    }
    agents = *std::move(started);
    return {};
}

void PlatformServer::Parts::make_router() {
    telemetry = std::make_unique<telemetry::Telemetry>(
        telemetry::Telemetry::Setting{*foundation->database, identity->directory(), clock, metrics,
                                      compute->compute().context().heartbeat_limit});
    router = std::make_unique<http::Router>(identity->authorizer(), clock, random);
    router->set_failure_hook([this](const http::Request& request, std::string_view what) {
        tell_failure(request, what);
    });
    router->set_assets(make_console_assets(console_files()));
    add_all_routes(*router, {.foundation = foundation.get(),
                             .clock = &clock,
                             .telemetry = telemetry.get(),
                             .catalogue = catalogue.get(),
                             .identity = identity.get(),
                             .audit = audit.get(),
                             .ledger = ledger.get(),
                             .exchange = exchange.get(),
                             .compute = &compute->compute(),
                             .agents = agents.get(),
                             .models = &models->models(),
                             .imports = &models->imports(),
                             .gateway = gateway.get(),
                             .evidence = evidence.get(),
                             .batches = batches.get()});
}

void PlatformServer::Parts::start_loop(asio::awaitable<void> loop) {
    loop_ends.push_back(std::make_unique<asio::cancellation_signal>());
    asio::co_spawn(loops, std::move(loop),
                   asio::bind_cancellation_slot(loop_ends.back()->slot(), asio::detached));
}

// Every loop is told to end; the thread ends when they have, and when what the gateway left to
// settle is settled.
void PlatformServer::Parts::end_loops() {
    asio::post(loops, [this] {
        for (const auto& end : loop_ends) {
            end->emit(asio::cancellation_type::terminal);
        }
    });
    loop_thread.join();
}

void PlatformServer::Parts::start_loops() {
    audit::SequencerSettings named;
    named.origin = log_origin();
    named.holder = core::to_base32(core::make_uuid(clock, random));
    sequencer = std::make_unique<audit::Sequencer>(*foundation->database, std::move(named),
                                                   foundation->signer, clock, log);
    start_loop(sequencer->run());
    const Step maintain = [this] { return identity->maintain(); };
    start_loop(repeat(log, "identity", std::chrono::seconds(5), maintain));
    const Step expire = [this] { return expire_holds(*foundation->database); };
    start_loop(repeat(log, "ledger", std::chrono::seconds(1), expire));
    start_loop(compute->compute().planner().run([this](const core::Error& error) {
        log.warning("loop failed",
                    {{"loop", "planner"}, {"error", core::render(error, core::Language::En)}});
    }));
    const std::chrono::days logs(config.integer("compute.log_days"));
    const Step remove_old = [this, logs] { return forget_old(*foundation->database, logs); };
    start_loop(repeat(log, "retention", std::chrono::minutes(1), remove_old));
    start_loop(gateway->watch().run());
    const Step look = [this] { return catalogue->round(); };
    start_loop(repeat(log, "metrics", registry::kSamplePeriod, look));
    start_loop(batches->runner().run());
    for (asio::awaitable<void>& loop : models->loops()) {
        start_loop(std::move(loop));
    }
    loop_thread = std::thread([this] { loops.run(); });
}

core::Result<void> PlatformServer::Parts::listen() {
    const auto tls = tls_of(config);
    if (!tls) {
        return std::unexpected(tls.error());
    }
    auto proxies = http::parse_proxies(config.text("server.proxies"));
    if (!proxies) {
        return core::fail(kBadChoice, {{"name", "server.proxies"},
                                       {"expected", "addresses, split at commas"},
                                       {"actual", config.text("server.proxies")}});
    }
    http::ServerOptions options;
    options.proxies = *std::move(proxies);
    options.address = config.text("server.host");
    options.port = static_cast<std::uint16_t>(config.integer("server.port"));
    options.threads = static_cast<std::size_t>(config.integer("server.threads"));
    options.tls = *tls;
    options.connections_max = static_cast<std::size_t>(config.integer("server.connections_max"));
    options.header_bytes_max = static_cast<std::size_t>(config.integer("server.header_bytes_max"));
    options.idle_time = milliseconds(config, "server.idle_ms");
    options.header_time = milliseconds(config, "server.header_ms");
    options.body_time = milliseconds(config, "server.body_ms");
    options.write_time = milliseconds(config, "server.write_ms");
    options.finished = AccessLog(log, metrics, &catalogue->requests());
    auto started = http::Server::start(*router, clock, std::move(options));
    if (!started) {
        return std::unexpected(started.error());
    }
    server = *std::move(started);
    return {};
}

core::Result<std::unique_ptr<PlatformServer>> PlatformServer::start(const Config& config,
                                                                    const core::Clock& clock,
                                                                    core::Random& random,
                                                                    Log& log) {
    auto parts = std::make_unique<Parts>(config, clock, random, log);
    if (const auto made = parts->make_services(); !made) {
        return std::unexpected(made.error());
    }
    if (const auto listening = parts->listen_for_agents(); !listening) {
        return std::unexpected(listening.error());
    }
    parts->make_router();
    if (const auto listening = parts->listen(); !listening) {
        return std::unexpected(listening.error());
    }
    parts->start_loops();
    if (config.boolean("agents.local")) {
        parts->local_agent = std::make_unique<LocalAgent>(parts->foundation->folder / "agent",
                                                          parts->agents->url(), clock, log);
    }
    log.info("serving",
             {{"port", parts->server->port()}, {"data", parts->foundation->folder.string()}});
    return std::unique_ptr<PlatformServer>(new PlatformServer(std::move(parts)));
}

PlatformServer::PlatformServer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

// An exception here ends the program, as it should.
// NOLINTNEXTLINE(bugprone-exception-escape)
PlatformServer::~PlatformServer() {
    stop();
}

void PlatformServer::stop() {
    if (!parts_->loop_thread.joinable()) {
        return;
    }
    parts_->log.info("stopping");
    parts_->local_agent.reset();
    parts_->server->stop(milliseconds(parts_->config, "server.drain_ms"));
    parts_->agents->stop(milliseconds(parts_->config, "server.drain_ms"));
    parts_->end_loops();
}

std::string PlatformServer::url() const {
    const bool tls = !parts_->config.text("server.tls_certificate").empty();
    return fmt::format("{}://{}:{}", tls ? "https" : "http", parts_->config.text("server.host"),
                       parts_->server->port());
}

std::optional<core::Secret> PlatformServer::first_password() const {
    return parts_->first_password;
}

const std::string& PlatformServer::data_folder() const noexcept {
    return parts_->foundation->folder.native();
}

}  // namespace kapok::app
