#include "compute/agent/testing/live_platform.h"

#include <csignal>
#include <fstream>
#include <iostream>
#include <iterator>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/json/parse.hpp>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "audit/migrations.h"
#include "compute/agent/agent.h"
#include "compute/http/routes.h"
#include "compute/inventory/probe.h"
#include "compute/migrations.h"
#include "identity/http/routes.h"
#include "identity/migrations.h"
#include "platform/crypto/certificates.h"
#include "platform/db/migrations.h"
#include "platform/process/adoption.h"
#include "platform/process/files.h"

namespace kapok::compute::agent {

namespace asio = boost::asio;
namespace crypto = platform::crypto;
namespace db = platform::db;
namespace fs = std::filesystem;
namespace http = platform::http;
namespace process = platform::process;

using std::chrono::milliseconds;

namespace {

constexpr std::size_t kFileBytesMax = 1 << 20;

std::string read(const fs::path& path) {
    return process::read_text(path, kFileBytesMax).value_or("");
}

}  // namespace

int play_agent(const fs::path& folder) {
    const core::SystemClock clock;
    core::SystemRandom random;
    Options options;
    options.url = http::parse_url(read(folder / "listener")).value();
    options.folder = folder / "agent";
    options.name = "live";
    options.token = core::Secret(read(folder / "token"));
    options.authority_pem = read(folder / "authority");
    options.supervisor = {fs::read_symlink("/proc/self/exe").string(), "supervise"};
    options.program = "kapok test";
    options.engines = find_engines();
    options.engine_times.start_look = milliseconds(50);
    options.engine_times.look = milliseconds(200);
    options.engine_times.answer_limit = milliseconds(2'000);
    options.report_interval = milliseconds(100);
    options.back_off_min = milliseconds(50);
    options.back_off_max = milliseconds(500);
    options.inventory = [] { return probe({}); };
    options.isolation = process::probe_isolation;
    options.tell = [](std::string_view what, const core::Error* error) {
        std::cerr << what << (error == nullptr ? "" : ": ")
                  << (error == nullptr ? "" : core::render(*error, core::Language::En)) << "\n";
    };
    auto agent = Agent::create(std::move(options), clock, random);
    if (!agent) {
        std::cerr << core::render(agent.error(), core::Language::En) << "\n";
        return 1;
    }
    const auto ended = (*agent)->run();
    std::cerr << (ended ? "ended" : core::render(ended.error(), core::Language::En)) << "\n";
    return ended ? 0 : 1;
}

void LivePlatform::SetUp() {
    std::string name = fs::temp_directory_path() / "kapok-live-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root_ = name;
    fs::create_directories(root_ / "keys");
    master_ = crypto::MasterKey::load_or_create(root_, {}, random_).value();
    platform::objects::FolderOptions objects;
    objects.folder = root_ / "objects";
    objects_ = platform::objects::open_folder_store(objects, clock_, random_).value();
    start_server();
    enroll();
    start_agent();
}

void LivePlatform::TearDown() {
    if (HasFailure()) {
        std::cerr << agent_log();
    }
    if (agent_) {
        kill_agent();
    }
    for (const auto& folder : process::find_alive(root_ / "agent/attempts")) {
        const auto status = process::inspect(folder);
        if (status && status->state) {
            EXPECT_TRUE(process::kill_attempt(*status->state).has_value());
        }
    }
    if (server_) {
        stop_server();
    }
    fs::remove_all(root_);
}

void LivePlatform::start_server() {
    db::Options place;
    place.url = "sqlite:" + (root_ / "kapok.db").string();
    database_ = db::Database::open(place, clock_).value();
    ASSERT_TRUE(database_->migrate(
        db::join_migrations({audit::migrations(), identity::migrations(), compute::migrations()})));
    identity::Settings settings;
    settings.password_cost = crypto::kCheapestPasswordCost;
    identity_ = identity::Identity::create(*database_, clock_, random_, *master_, settings).value();
    compute::Settings planning;
    planning.holder = core::to_base32(core::make_uuid(clock_, random_));
    const auto organizations = [this] { return identity_->directory().tree(); };
    compute_ = std::make_unique<Compute>(
        Dependencies{*database_, clock_, random_, organizations, billing_, *objects_, pool_},
        planning);
    const auto issued = identity_->authority()
                            .issue_server({"127.0.0.1"}, std::chrono::hours(24), clock_, random_)
                            .value();
    router_ = std::make_unique<http::Router>(identity_->authorizer(), clock_, random_);
    identity::add_agent_routes(*router_, *identity_);
    compute::add_agent_routes(*router_, *compute_);
    http::ServerOptions options;
    options.port = port_;
    options.tls = http::ServerTls{.certificate_pem = issued.certificate_pem,
                                  .key_pem = issued.private_key_pem,
                                  .client_certificates = http::ClientCertificates::Optional,
                                  .client_ca_pem = identity_->authority().certificate_pem()};
    server_ = http::Server::start(*router_, clock_, std::move(options)).value();
    port_ = server_->port();
    busy_.emplace(io_.get_executor());
    asio::co_spawn(io_, compute_->planner().run([](const core::Error& error) {
        ADD_FAILURE() << core::render(error, core::Language::En);
    }),
                   asio::bind_cancellation_slot(end_planner_.slot(), asio::detached));
    thread_ = std::thread([this] { io_.run(); });
}

void LivePlatform::stop_server() {
    asio::post(io_, [this] { end_planner_.emit(asio::cancellation_type::terminal); });
    busy_.reset();
    thread_.join();
    io_.restart();
    server_.reset();
    router_.reset();
    compute_.reset();
    identity_.reset();
    database_.reset();
}

void LivePlatform::enroll() {
    auto first = identity_->ensure_first_administrator().value().value();
    admin_ = identity::principal_of(first.user);
    EXPECT_TRUE(run(identity_->directory().refresh()));
    identity::NewProject project{{}, admin_.organization, "project", ""};
    project_ = run(identity_->organizations().create_project(admin_, project)).value().thing.id;
    identity::NewEnrollmentToken request{{}, admin_.organization, "Nansha", {}};
    const auto token = run(identity_->agents().create_token(admin_, request)).value();
    std::ofstream(root_ / "token") << token.text->reveal();
    std::ofstream(root_ / "authority") << identity_->authority().certificate_pem();
    std::ofstream(root_ / "listener") << "https://127.0.0.1:" << port_;
}

void LivePlatform::start_agent() {
    const process::Descriptor log(
        ::open((root_ / "agent.log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    process::Launch launch;
    launch.arguments = {fs::read_symlink("/proc/self/exe").string(), "agent", root_.string()};
    for (const char* name : {"PATH", "HOME", "KAPOK_ENGINE", "ASAN_OPTIONS", "UBSAN_OPTIONS"}) {
        if (const char* value = std::getenv(name)) {
            launch.environment.push_back(std::string(name) + "=" + value);
        }
    }
    launch.output = launch.error = log.get();
    auto started = process::Child::start(launch);
    ASSERT_TRUE(started.has_value()) << core::render(started.error(), core::Language::En);
    agent_.emplace(*std::move(started));
}

void LivePlatform::kill_agent() {
    agent_->signal(SIGKILL);
    EXPECT_TRUE(agent_->wait(std::chrono::seconds(60)).has_value());
    agent_.reset();
}

bool LivePlatform::eventually(const std::function<bool()>& condition) {
    for (int i = 0; i < 3'000; ++i) {
        if (condition()) {
            return true;
        }
        ::poll(nullptr, 0, 20);
    }
    return false;
}

JobId LivePlatform::submit(const std::string& script, std::vector<JobInput> inputs,
                           std::vector<std::string> outputs) {
    NewJob request;
    request.project = project_;
    request.spec.name = "live";
    request.spec.command = {"/bin/sh", "-c", script};
    request.spec.inputs = std::move(inputs);
    request.spec.outputs = std::move(outputs);
    request.spec.demand = {100, std::int64_t{64} << 20, 0};
    request.spec.time_limit = std::chrono::minutes(5);
    return run(compute_->jobs().submit(admin_, request)).value().thing.id;
}

JobView LivePlatform::view(JobId id) {
    return run(compute_->jobs().get(admin_, id)).value();
}

bool LivePlatform::reaches(JobId id, JobState state) {
    return eventually([&] { return view(id).job.status.state == state; });
}

std::string LivePlatform::log_of(JobId id) {
    const auto events = run(compute_->jobs().follow(admin_, id, {})).value();
    std::string text;
    while (const auto event = run(events->next())) {
        const auto data = boost::json::parse(event->data).as_object();
        if (const auto* piece = data.if_contains("text")) {
            text += piece->as_string();
        }
    }
    return text;
}

fs::path LivePlatform::work_of(JobId id, std::int64_t attempt) const {
    return root_ / "agent/attempts" / (id.text() + "-" + std::to_string(attempt)) / "work";
}

std::string LivePlatform::agent_log() const {
    return read(root_ / "agent.log");
}

}  // namespace kapok::compute::agent
