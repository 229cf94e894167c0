// The catalogue and its deployments over the ledger and the exchange, asked for twice: one model,
// one deployment, one product. It stands here since no module below knows all their tables.

#include "models/models_service.h"

#include <future>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "compute/migrations.h"
#include "exchange/api.h"
#include "exchange/migrations.h"
#include "identity/testing/world.h"
#include "ledger/migrations.h"
#include "models/deployments_store.h"
#include "models/errors.h"
#include "models/gateway/upstream.h"
#include "models/migrations.h"
#include "platform/errors.h"

namespace kapok::app {
namespace {

using identity::code_of;
using models::Deployment;
using models::DeploymentId;
using models::Model;
using models::ModelId;
using models::NewDeployment;
using models::NewModel;
using platform::db::Transaction;

std::vector<platform::db::Migration> tables() {
    return platform::db::join_migrations({ledger::migrations(), exchange::migrations(),
                                          compute::migrations(), models::migrations()});
}

class ModelsServiceTest : public identity::IdentityTest {
protected:
    ModelsServiceTest() : IdentityTest(tables()) {}

    void SetUp() override {
        IdentityTest::SetUp();
        if (IsSkipped() || HasFatalFailure()) {
            return;
        }
        service_ = std::make_unique<models::ModelsService>(
            database(), identity().directory(), clock(), system_, models::Networks::Public);
        person("provider", company_, core::Role::Provider);
        weights_ = {ModelId::make(clock(), system_),
                    company_,
                    "weights",
                    "",
                    "MIT",
                    "upload:m.gguf",
                    "ab",
                    2'048,
                    0,
                    clock().now(),
                    "m.gguf",
                    1'000'000,
                    ""};
        ASSERT_TRUE(database().write_blocking(
            [&](Transaction& transaction) { return models::insert_model(transaction, weights_); }));
    }

    identity::IdempotencyKey key(std::string_view name, std::string_view body) {
        return identity::make_idempotency_key(as("provider"), name, "POST", "/x", body).value();
    }
    core::Result<Model> add(std::string name, std::string_view under) {
        NewModel request;
        request.name = name;
        request.license = "MIT";
        request.source = "https://example.org";
        request.context_window = 512;
        request.key = key(under, name);
        return run(service_->add(as("provider"), std::move(request)));
    }
    // On own compute, at rest until it is called.
    NewDeployment wanted(std::string_view under, std::int64_t slots = 2) {
        models::NewHosting hosting;
        hosting.slots = slots;
        hosting.start = models::Wanted::Idle;
        return {{},
                weights_.id,
                {},
                "",
                hosting,
                {core::Currency::Cny, 500'000},
                {core::Currency::Cny, 2'000'000},
                key(under, std::to_string(slots))};
    }
    core::Result<Deployment> deploy(NewDeployment request) {
        return run(service_->deploy(as("provider"), std::move(request)));
    }
    std::size_t deployments() {
        return run(service_->deployments(as("provider"), {}, {})).value().items.size();
    }

    core::SystemRandom system_;
    std::unique_ptr<models::ModelsService> service_;
    Model weights_;
};
INSTANTIATE_KAPOK_DATABASES(ModelsServiceTest);

TEST_P(ModelsServiceTest, AModelIsAddedOnceAKey) {
    const Model first = add("one", "k").value();
    EXPECT_EQ(add("one", "k").value().id, first.id);
    EXPECT_EQ(code_of(add("two", "k")), identity::kIdempotencyKeyReused.name);
    EXPECT_EQ(code_of(add("one", "another")), models::kModelExists.name);
    EXPECT_EQ(add("two", "another").value().name, "two");  // What failed has taken no key.
}

TEST_P(ModelsServiceTest, ADeploymentIsMadeOnceAKey) {
    const Deployment first = deploy(wanted("k")).value();
    EXPECT_EQ(first.state, models::DeploymentState::Idle);
    EXPECT_EQ(deploy(wanted("k")).value().id, first.id);
    EXPECT_EQ(deployments(), 1);
    EXPECT_EQ(code_of(deploy(wanted("k", 3))), identity::kIdempotencyKeyReused.name);
    EXPECT_EQ(deployments(), 1);
    EXPECT_NE(deploy(wanted("another")).value().id, first.id);
    EXPECT_EQ(deployments(), 2);
}

TEST_P(ModelsServiceTest, ManyAtOnceMakeOneDeployment) {
    boost::asio::io_context io;
    std::vector<std::future<core::Result<Deployment>>> answers;
    for (int i = 0; i < 16; ++i) {
        answers.push_back(boost::asio::co_spawn(
            io, service_->deploy(as("provider"), wanted("at-once")), boost::asio::use_future));
    }
    io.run();
    const DeploymentId first = answers.front().get().value().id;
    for (std::size_t i = 1; i < answers.size(); ++i) {
        EXPECT_EQ(answers[i].get().value().id, first);
    }
    EXPECT_EQ(deployments(), 1);
}

// A retry of what was made does not depend on a server that may be away by now.
TEST_P(ModelsServiceTest, ARetryAsksNoServerAgain) {
    NewDeployment request = wanted("k");
    const Deployment first = deploy(request).value();
    request.hosting = {};
    request.url = "http://127.0.0.1:9";  // Nobody listens there.
    EXPECT_EQ(deploy(request).value().id, first.id);
    request.key = key("k", "another body");
    EXPECT_EQ(code_of(deploy(request)), identity::kIdempotencyKeyReused.name);
}

TEST_P(ModelsServiceTest, PrivateNetworksAreForOperatorsOfThePlatform) {
    NewDeployment request = wanted("k");
    request.hosting = {};
    for (const char* url : {"http://127.0.0.1:9", "http://localhost:9", "http://169.254.169.254",
                            "http://[::1]:9", "http://10.0.0.1"}) {
        request.url = url;
        request.key.reset();
        EXPECT_EQ(code_of(deploy(request)), platform::kAddressRefused.name) << url;
    }
    EXPECT_EQ(deployments(), 0);
    request.url = "http://127.0.0.1:9";
    EXPECT_EQ(code_of(run(service_->deploy(as("admin"), request))),
              models::kNotAnsweringAsModel.name);
    models::ModelsService open(database(), identity().directory(), clock(), system_,
                               models::Networks::Any);
    EXPECT_EQ(code_of(run(open.deploy(as("provider"), request))),
              models::kNotAnsweringAsModel.name);
}

// What the gateway connects with: each connection is asked for anew.
TEST_P(ModelsServiceTest, ADeploymentReachesWhatItMay) {
    const auto answer_of = [&](const Deployment& place) {
        const auto client = models::connect_to(place, {}).value();
        return code_of(run(client->send({platform::http::Method::Get, "/health"})));
    };
    Deployment place;
    place.url = "http://127.0.0.1:9";
    EXPECT_EQ(answer_of(place), platform::kAddressRefused.name);
    place.private_network = true;
    EXPECT_EQ(answer_of(place), platform::kConnectFailed.name);
    place.private_network = false;
    place.hosting.emplace();
    EXPECT_EQ(answer_of(place), platform::kConnectFailed.name);
}

TEST_P(ModelsServiceTest, WhoMayNotDeployLearnsNothingOfAKey) {
    ASSERT_TRUE(deploy(wanted("k")));
    EXPECT_FALSE(run(service_->deploy(as("consumer"), wanted("k"))));
    EXPECT_FALSE(run(service_->deploy(as("rivalboss"), wanted("k"))));
}

}  // namespace
}  // namespace kapok::app
