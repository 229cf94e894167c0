#pragma once

// For the tests of evidence: a small region on a real database, with the real modules at work. A
// node joins, is measured and sold; a project has money, calls a model and runs jobs, beside a
// rival of whom it must learn nothing.

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "app/evidence/evidence_service.h"
#include "app/evidence/sealing.h"
#include "app/evidence/verify.h"
#include "app/server/compute_billing.h"
#include "audit/event_log.h"
#include "audit/sequencer.h"
#include "compute/compute.h"
#include "compute/limits.h"
#include "compute/measurement/measurement.h"
#include "compute/migrations.h"
#include "compute/protocol.h"
#include "core/timestamp.h"
#include "exchange/api.h"
#include "exchange/migrations.h"
#include "exchange/products.h"
#include "exchange/wallets.h"
#include "identity/testing/world.h"
#include "ledger/migrations.h"
#include "models/migrations.h"
#include "platform/crypto/encoding.h"
#include "platform/crypto/keys.h"
#include "platform/log/log.h"
#include "platform/objects/folder_store.h"

namespace kapok::app::evidence {

inline constexpr std::string_view kTestOrigin = "kapok.example/log";

[[nodiscard]] inline core::Money cny(std::int64_t micros) {
    return {core::Currency::Cny, micros};
}

class EvidenceWorld : public identity::IdentityTest {
protected:
    using Transaction = platform::db::Transaction;
    using Suite = platform::crypto::Suite;

    explicit EvidenceWorld(Suite suite = Suite::Intl)
        : IdentityTest(modules()),
          signer_(platform::crypto::PrivateKey::make(suite, system_)),
          node_key_(platform::crypto::PrivateKey::make(suite, system_)) {}

    void SetUp() override {
        IdentityTest::SetUp();
        if (IsSkipped() || HasFatalFailure()) {
            return;
        }
        std::string folder = std::filesystem::temp_directory_path() / "kapok-evidence-XXXXXX";
        ASSERT_NE(::mkdtemp(folder.data()), nullptr);
        folder_ = folder;
        objects_ =
            platform::objects::open_folder_store({folder_, 1 << 20, {}}, clock(), system_).value();
        compute_ = std::make_unique<compute::Compute>(
            compute::Dependencies{database(), clock(), system_,
                                  [this] { return identity().directory().tree(); }, billing_,
                                  *objects_, pool_},
            compute::Settings{{}, compute::default_grade_rules(), "server-1"});
        sequencer_ = std::make_unique<audit::Sequencer>(
            database(), audit::SequencerSettings{std::string(kTestOrigin), "server-1"}, signer_,
            clock(), log_);
        service_ = std::make_unique<EvidenceService>(
            EvidenceService::Setting{database(),
                                     identity().directory(),
                                     clock(),
                                     std::string(kTestOrigin),
                                     signer_,
                                     {compute::default_grade_rules()},
                                     0});
        project_ = project("boss", company_);
        rivals_ = project("rivalboss", rival_);
    }

    void TearDown() override {
        service_.reset();
        sequencer_.reset();
        compute_.reset();
        IdentityTest::TearDown();
        objects_.reset();
        std::filesystem::remove_all(folder_);
    }

    static std::vector<platform::db::Migration> modules() {
        return platform::db::join_migrations({ledger::migrations(), exchange::migrations(),
                                              compute::migrations(), models::migrations()});
    }

    template <class Command>
    auto write(Command command) {
        clock().advance(std::chrono::milliseconds(3));
        return database().write_blocking(std::move(command));
    }

    // Money.

    void pay(core::ProjectId project, core::OrganizationId owner, std::int64_t micros) {
        const exchange::TopUp payment{
            core::make_uuid(clock(), system_), root_, owner, project, cny(micros), "bank 木棉"};
        ASSERT_TRUE(write([&](Transaction& t) { return exchange::top_up(t, boss(), payment); }));
    }

    void lend(core::ProjectId project, core::OrganizationId owner, std::int64_t limit) {
        const exchange::CreditChange change{core::make_uuid(clock(), system_), root_, owner,
                                            project, cny(limit)};
        ASSERT_TRUE(
            write([&](Transaction& t) { return exchange::set_credit_limit(t, boss(), change); }));
    }

    exchange::Product sell_model() {
        const auto per_million = [](std::int64_t micros) {
            return core::UnitPrice::create(cny(micros), {core::Unit::Token, 1'000'000}).value();
        };
        const std::vector prices{exchange::NewPrice{"input_tokens", per_million(500'000)},
                                 exchange::NewPrice{"output_tokens", per_million(2'000'000)}};
        const exchange::NewProduct wanted{make_id<exchange::ProductId>(),
                                          root_,
                                          exchange::ProductKind::Model,
                                          "Small model",
                                          "small",
                                          ""};
        return write([&](Transaction& t) {
                   return exchange::ensure_product(t, as("admin"), wanted, prices);
               })
            .value();
    }

    void post_price(const exchange::Product& product, std::string meter, std::int64_t micros) {
        const auto command = [&](Transaction& t) {
            return exchange::post_price(
                t, as("admin"),
                {make_id<exchange::PriceId>(), product.id, meter,
                 core::UnitPrice::create(cny(micros), {core::Unit::Token, 1'000'000}).value(),
                 t.now(), "admin", t.now()});
        };
        ASSERT_TRUE(write(command));
    }

    [[nodiscard]] exchange::UsageRecord used(const exchange::Product& product,
                                             core::ProjectId project, core::OrganizationId owner,
                                             std::string meter, std::int64_t tokens) {
        return {make_id<exchange::UsageId>(),
                product.id,
                std::move(meter),
                "req_1",
                owner,
                project,
                {core::Unit::Token, tokens},
                clock().now(),
                clock().now(),
                exchange::UsageSource::Provider,
                R"({"ended":"stop"})"};
    }

    // A call: a hold, then what was used of it.
    void call(const exchange::Product& product, core::ProjectId project, core::OrganizationId owner,
              std::int64_t tokens) {
        const exchange::HoldRequest request{
            .id = make_id<exchange::HoldId>(),
            .organization = owner,
            .project = project,
            .product = product.id,
            .most = {{"input_tokens", {core::Unit::Token, 2 * tokens}},
                     {"output_tokens", {core::Unit::Token, 2 * tokens}}},
            .reference = "req_1"};
        ASSERT_TRUE(write([&](Transaction& t) { return exchange::hold(t, boss(), request); }));
        clock().advance(std::chrono::seconds(1));
        const std::vector usage{used(product, project, owner, "input_tokens", tokens),
                                used(product, project, owner, "output_tokens", tokens / 3)};
        ASSERT_TRUE(
            write([&](Transaction& t) { return exchange::settle(t, boss(), request.id, usage); }));
    }

    // A node.

    void join_node() {
        identity::NewEnrollmentToken request{{}, company_, "Nansha", {}};
        const auto token =
            *run(identity().agents().create_token(as("admin"), request)).value().text;
        const auto pem = platform::crypto::make_key_request("n", system_).value().request_pem;
        agent_ = identity::principal_of(run(identity().agents().enroll(token, pem)).value().agent);
        node_ = make_id<compute::NodeId>();
        report({}, true);
    }

    void report(std::vector<compute::protocol::ReportBody> bodies, bool hello = false) {
        compute::protocol::ReportBatch batch;
        batch.node = node_;
        batch.boot_id = "boot-1";
        if (hello) {
            compute::protocol::Hello said;
            said.name = "n1";
            said.public_key = node_key_.public_key().text();
            said.inventory.hostname = "n1";
            said.inventory.usable_cpu_milli = 4'000;
            said.inventory.usable_memory_bytes = std::int64_t{16} << 30;
            said.isolation = "full";
            said.program = "kapok test";
            batch.hello = std::move(said);
        }
        for (auto& body : bodies) {
            batch.reports.push_back({++reports_, std::move(body)});
        }
        clock().advance(std::chrono::milliseconds(5));
        const auto answer = run(compute_->gate().report(agent_, batch));
        ASSERT_TRUE(answer) << core::render(answer.error(), core::Language::En);
    }

    void measure_node() {
        compute::Measurement measurement;
        measurement.id = make_id<compute::MeasurementId>();
        measurement.node = node_;
        measurement.started_at = clock().now() - std::chrono::seconds(20);
        measurement.ended_at = clock().now();
        measurement.cpu_model = "Test CPU 木棉";
        measurement.cores = 4;
        const std::int64_t giga = 1'000'000'000;
        for (const auto& [metric, value] :
             {std::pair(compute::Metric::Fp32Gemm, 700 * giga),
              std::pair(compute::Metric::Int8Gemm, 2'000 * giga),
              std::pair(compute::Metric::MemoryTriad, 30 * giga),
              std::pair(compute::Metric::DiskLatency, std::int64_t{1'000'000}),
              std::pair(compute::Metric::DiskThroughput, giga / 2)}) {
            compute::Reading reading;
            reading.metric = metric;
            reading.estimate = compute::estimate({value - 9, value, value + 7}, 10'000);
            reading.kernel = "test";
            measurement.readings.push_back(std::move(reading));
        }
        const std::string document = canonical_text(measurement);
        const std::string message = std::string(compute::protocol::kMeasurementLabel) + document;
        const auto signature = node_key_.sign(platform::crypto::bytes_of(message));
        report({compute::protocol::Measured{document, platform::crypto::to_base64url(signature)}});
    }

    // Jobs.

    compute::JobId submit(const std::string& who, core::ProjectId project, std::int64_t cores) {
        compute::NewJob request;
        request.project = project;
        request.spec.name = "count";
        request.spec.command = {"/bin/echo", "hello"};
        request.spec.time_limit = std::chrono::minutes(1);
        request.spec.demand.cpu_milli = cores * 1'000;
        clock().advance(std::chrono::milliseconds(1));
        return run(compute_->jobs().submit(as(who), request)).value().thing.id;
    }

    void plan() {
        clock().advance(std::chrono::milliseconds(1));
        ASSERT_TRUE(run(compute_->planner().round()));
    }

    void end_job(compute::JobId job) {
        clock().advance(std::chrono::seconds(10));
        compute::protocol::AttemptEnded end;
        end.attempt = {job, 1};
        end.exit = compute::ExitClass::Succeeded;
        end.exit_code = 0;
        end.started_at = clock().now() - std::chrono::seconds(10);
        end.ended_at = clock().now();
        end.consumption.wall_us = 10'000'000;
        end.uses = {{core::make_uuid(clock(), system_),
                     std::string(compute::kCoreMeter),
                     {core::Unit::CoreMs, 30'001}}};
        report({std::move(end)});
    }

    // All of it: two periods' worth, of which `middle_` is the border.
    void live() {
        const exchange::Product model = sell_model();
        pay(project_, company_, 50'000'000);
        lend(project_, company_, 7'000'000);
        pay(rivals_, rival_, 70'000'000);
        call(model, project_, company_, 9'999);
        call(model, rivals_, rival_, 1'234);
        join_node();
        measure_node();
        theirs_ = submit("rivalboss", rivals_, 3);
        plan();
        mine_ = submit("consumer", project_, 3);
        plan();  // It waits for the rival's.
        clock().advance(std::chrono::seconds(1));
        middle_ = clock().now();
        cover();
        end_job(theirs_);
        plan();
        end_job(mine_);
        lend(project_, company_, 3'000'000);
        post_price(model, "input_tokens", 900'000);
        call(model, project_, company_, 1'001);
        ASSERT_TRUE(write([&](Transaction& t) {
            const auto record = used(model, project_, company_, "output_tokens", 77);
            return exchange::record_usage(t, boss(), std::span(&record, 1));
        }));
        cover();
    }

    // The log takes in what was published, and a checkpoint covers it. The node goes on living.
    void cover() {
        for (int round = 0; round < 2; ++round) {
            clock().advance(std::chrono::seconds(2));
            ASSERT_TRUE(sequencer_->round_blocking());
        }
    }

    core::Result<std::string> fetch(const std::string& who,
                                    std::optional<core::Timestamp> from = {},
                                    std::optional<core::Timestamp> to = {}) {
        EvidenceRequest request;
        request.project = project_;
        request.from = from.value_or(core::Timestamp());
        request.to = to.value_or(clock().now());
        return run(service_->export_bundle(as(who), request));
    }

    [[nodiscard]] core::Principal boss() { return as("boss"); }

    core::SystemRandom system_;
    platform::log::Log log_{STDERR_FILENO, platform::log::Level::Error, clock()};
    platform::crypto::PrivateKey signer_;
    platform::crypto::PrivateKey node_key_;
    ComputeBilling billing_{{cny(3'000'000), cny(20'000'000)}, clock(), system_};
    platform::objects::BlockingPool pool_{1};
    std::filesystem::path folder_;
    std::unique_ptr<platform::objects::ObjectStore> objects_;
    std::unique_ptr<compute::Compute> compute_;
    std::unique_ptr<audit::Sequencer> sequencer_;
    std::unique_ptr<EvidenceService> service_;
    core::Principal agent_;
    compute::NodeId node_;
    std::int64_t reports_ = 0;
    core::ProjectId project_;
    core::ProjectId rivals_;
    compute::JobId mine_;
    compute::JobId theirs_;
    core::Timestamp middle_;
};

// With the names of the checks that failed, for the message of a test.
[[nodiscard]] inline std::string failed_checks(const Report& report) {
    std::string names;
    for (const Check& check : report.checks) {
        if (check.outcome == Outcome::Failed) {
            names += std::string(info(check.name).name) + " (" +
                     core::render(check.shown.front(), core::Language::En) + ") ";
        }
    }
    return names;
}

[[nodiscard]] inline std::size_t count_of(const Report& report, CheckName name) {
    const auto check = std::ranges::find(report.checks, name, &Check::name);
    return check == report.checks.end() ? 0 : check->count;
}

[[nodiscard]] inline bool has_failed(const Report& report, CheckName name) {
    const auto check = std::ranges::find(report.checks, name, &Check::name);
    return check != report.checks.end() && check->outcome == Outcome::Failed;
}

}  // namespace kapok::app::evidence
