#pragma once

// The real services on both databases, with a node that is played by the test: it takes orders and
// reports as an agent would. Shared by the tests of jobs and of services.

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include "compute/agent_gate.h"
#include "compute/job_service.h"
#include "compute/migrations.h"
#include "compute/planner.h"
#include "compute/site_service.h"
#include "compute/test_examples.h"
#include "compute/work_store.h"
#include "identity/testing/world.h"
#include "platform/crypto/keys.h"
#include "platform/objects/folder_store.h"

namespace kapok::compute::test {

using platform::db::Transaction;
using protocol::AttemptEnded;
using protocol::AttemptStarted;
using protocol::ReportAnswer;
using protocol::ReportBatch;

inline constexpr core::ErrorCode kPoor{"test.poor", core::ErrorKind::LimitExceeded, "no money",
                                       "余额不足"};

// Remembers what it was asked, and refuses whom it is told to.
class Till final : public Billing {
public:
    core::Result<void> check(Transaction& /*transaction*/, const core::Principal& /*caller*/,
                             const AttemptBound& bound) override {
        return poor.contains(bound.project) && !poor.at(bound.project) ? core::fail(kPoor)
                                                                       : core::Result<void>();
    }
    core::Result<void> hold(Transaction& /*transaction*/, const core::Principal& /*caller*/,
                            const core::Uuid& hold, const NodeId& /*node*/,
                            const AttemptBound& bound) override {
        if (poor.contains(bound.project)) {
            return core::fail(kPoor);
        }
        held[hold] = bound.subject;
        return {};
    }
    core::Result<void> settle(Transaction& /*transaction*/, const core::Principal& /*caller*/,
                              const core::Uuid& hold, const AttemptUse& use) override {
        settled[hold].push_back(use);
        return {};
    }
    core::Result<void> offer(Transaction& /*transaction*/, const core::Principal& /*caller*/,
                             const NodeOffer& offer) override {
        offers[offer.node] = offer;
        return {};
    }

    std::map<core::ProjectId, bool> poor;  // True: learns of it only at dispatch.
    std::map<core::Uuid, std::string> held;
    std::map<core::Uuid, std::vector<AttemptUse>> settled;
    std::map<NodeId, NodeOffer> offers;
};

class ControlPlaneTest : public identity::IdentityTest {
protected:
    ControlPlaneTest() : IdentityTest(compute::migrations()) {}

    void SetUp() override {
        IdentityTest::SetUp();
        if (IsSkipped() || HasFatalFailure()) {
            return;
        }
        std::string folder = std::filesystem::temp_directory_path() / "kapok-compute-XXXXXX";
        ASSERT_NE(::mkdtemp(folder.data()), nullptr);
        folder_ = folder;
        objects_ =
            platform::objects::open_folder_store({folder_, 1 << 20, {}}, clock(), system_).value();
        artifacts_ = std::make_unique<Artifacts>(*objects_, pool_);
        context_ = std::make_unique<Context>(
            Context{database(), clock(), system_, [this] { return identity().directory().tree(); },
                    till_, *artifacts_, default_grade_rules(), std::chrono::seconds(30)});
        jobs_ = std::make_unique<JobService>(*context_);
        sites_ = std::make_unique<SiteService>(*context_);
        gate_ = std::make_unique<AgentGate>(*context_);
        restart_planner();
        person("provider", company_, core::Role::Provider);
        project_ = project("boss", company_);
        agent_ = join(company_);
    }
    void TearDown() override {
        planner_.reset();
        IdentityTest::TearDown();
        objects_.reset();
        std::filesystem::remove_all(folder_);
    }

    void restart_planner() {
        planner_ = std::make_unique<Planner>(database(), till_, PlannerSettings{{}, "server-1"},
                                             clock(), system_);
    }
    core::Principal join(core::OrganizationId organization) {
        identity::NewEnrollmentToken request{{}, organization, "Nansha", {}};
        const auto token =
            *run(identity().agents().create_token(as("admin"), request)).value().text;
        const auto pem = platform::crypto::make_key_request("n", system_).value().request_pem;
        return identity::principal_of(run(identity().agents().enroll(token, pem)).value().agent);
    }

    // What the node says.
    ReportBatch hello(NodeId node, std::string boot = "boot-1", std::int64_t cores = 4) {
        ReportBatch batch;
        batch.node = node;
        batch.boot_id = std::move(boot);
        protocol::Hello said;
        said.name = "n1";
        said.public_key = key_.public_key().text();
        said.inventory.hostname = "n1";
        said.inventory.usable_cpu_milli = cores * 1'000;
        said.inventory.usable_memory_bytes = std::int64_t{16} << 30;
        said.isolation = "full";
        said.program = "kapok test";
        batch.hello = std::move(said);
        return batch;
    }
    ReportBatch batch(std::vector<protocol::ReportBody> bodies) {
        ReportBatch made;
        made.node = node_;
        made.boot_id = "boot-1";
        for (auto& body : bodies) {
            made.reports.push_back({++sequence_, std::move(body)});
        }
        return made;
    }
    core::Result<ReportAnswer> report(ReportBatch said) {
        return run(gate_->report(agent_, std::move(said)));
    }
    // The agent has started anew, perhaps after its machine, and has no attempt on its disk.
    ReportBatch starts_anew(std::string boot) {
        ReportBatch said = hello(node_, std::move(boot));
        said.reports.push_back({++sequence_, protocol::AgentStarted{}});
        return said;
    }
    ReportAnswer welcome() { return report(hello(node_)).value(); }
    static AttemptEnded ended(JobId job, std::int64_t attempt, ExitClass exit,
                              std::optional<std::int64_t> code = 0) {
        AttemptEnded end;
        end.attempt = {job, attempt};
        end.exit = exit;
        end.exit_code = code;
        return end;
    }

    JobId submit(std::int64_t cores = 1, const std::string& who = "consumer") {
        NewJob request{{}, project_, example_spec()};
        request.spec.demand.cpu_milli = cores * 1'000;
        return run(jobs_->submit(as(who), request)).value().thing.id;
    }
    Job job(JobId id) { return run(jobs_->get(as("boss"), id)).value().job; }
    JobState state(JobId id) { return job(id).status.state; }
    RoundReport plan() { return run(planner_->round()).value(); }
    std::vector<std::pair<std::int64_t, protocol::Order>> orders(NodeId node) {
        const auto commands = database()
                                  .read_blocking([&](platform::db::Reader& reader) {
                                      return store::open_commands(reader, node, {0, 100});
                                  })
                                  .value();
        std::vector<std::pair<std::int64_t, protocol::Order>> found;
        for (const NodeCommand& command : commands) {
            found.emplace_back(command.number,
                               protocol::order_from_json(
                                   command.kind, boost::json::parse(command.body).as_object())
                                   .value());
        }
        return found;
    }

    core::SystemRandom system_;
    Till till_;
    std::filesystem::path folder_;
    platform::objects::BlockingPool pool_{1};
    std::unique_ptr<platform::objects::ObjectStore> objects_;
    std::unique_ptr<Artifacts> artifacts_;
    std::unique_ptr<Context> context_;
    std::unique_ptr<JobService> jobs_;
    std::unique_ptr<SiteService> sites_;
    std::unique_ptr<AgentGate> gate_;
    std::unique_ptr<Planner> planner_;
    platform::crypto::PrivateKey key_ =
        platform::crypto::PrivateKey::make(platform::crypto::Suite::Intl, system_);
    core::ProjectId project_;
    core::Principal agent_;
    NodeId node_ = make_id<NodeId>();
    std::int64_t sequence_ = 0;
};

}  // namespace kapok::compute::test
