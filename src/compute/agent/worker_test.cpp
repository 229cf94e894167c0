// Goal: an order survives in its folder, cards and limits are handed on as given, and every way in
// which an attempt can end has one class. Method: folders of our own, results made by hand.

#include "compute/agent/worker.h"

#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "compute/errors.h"
#include "compute/limits.h"
#include "compute/test_examples.h"
#include "core/random.h"

namespace kapok::compute::agent {
namespace {

namespace process = platform::process;
using process::AttemptResult;
using process::Ending;

class WorkerTest : public testing::Test {
protected:
    void SetUp() override {
        std::string name = std::filesystem::temp_directory_path() / "kapok-worker-XXXXXX";
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        root_ = name;
        order_.run.attempt = {JobId::make(clock_, random_), 2};
        order_.run.organization = core::OrganizationId::make(clock_, random_);
        order_.run.project = core::ProjectId::make(clock_, random_);
        order_.run.spec = test::example_spec();
    }
    void TearDown() override { std::filesystem::remove_all(root_); }

    [[nodiscard]] std::filesystem::path folder() const {
        return root_ / folder_name(order_.run.attempt);
    }
    protocol::AttemptEnded end(const AttemptResult& result,
                               const std::optional<std::string>& missing = {}) {
        return end_of(order_, result, {.missing_output = missing}, clock_, random_);
    }

    core::ManualClock clock_{core::Timestamp(std::chrono::hours(490'000))};
    core::SeededRandom random_{3};
    std::filesystem::path root_;
    KeptOrder order_;
};

TEST_F(WorkerTest, KeepsAnOrderInItsFolder) {
    order_.devices = {"/dev/nvidia1"};
    order_.visible = {{"CUDA_VISIBLE_DEVICES", "1"}};
    order_.cards = {1};
    order_.user = 400'016;
    order_.number = 17;
    order_.run.accelerator_model = "H100";
    ASSERT_TRUE(accept(folder(), order_));
    const auto kept = read_order(folder());
    ASSERT_TRUE(kept && *kept);
    EXPECT_EQ((*kept)->number, 17);
    EXPECT_EQ((*kept)->run, order_.run);
    EXPECT_EQ((*kept)->devices, order_.devices);
    EXPECT_EQ((*kept)->visible, order_.visible);
    EXPECT_EQ((*kept)->cards, order_.cards);
    EXPECT_EQ((*kept)->user, order_.user);
    EXPECT_EQ(process::inspect(folder())->phase, process::AttemptPhase::Empty);
    std::filesystem::create_directories(root_ / "other");
    EXPECT_EQ(read_order(root_ / "other")->has_value(), false);
    std::ofstream(folder() / "order.json", std::ios::trunc) << "{";
    EXPECT_FALSE(read_order(folder()).has_value());
}

TEST_F(WorkerTest, PutsInputsWhereTheyBelongAndTakesOutputs) {
    ASSERT_TRUE(accept(folder(), order_));
    ASSERT_TRUE(put_input(folder(), {"a/b/c.txt", "", ""}, "hello"));
    EXPECT_EQ(read_output(folder(), "a/b/c.txt"), "hello");
    EXPECT_EQ(read_output(folder(), "a/b/d.txt"), std::nullopt);
    EXPECT_EQ(read_output(folder(), "a"), std::nullopt);
    std::filesystem::create_symlink("/etc/passwd", folder() / "work" / "link");
    EXPECT_EQ(read_output(folder(), "link"), std::nullopt);
    EXPECT_EQ(read_output(folder(), "../order.json"), std::nullopt);
}

TEST_F(WorkerTest, HandsOnLimitsAndRefusesWhatTheNodeMayNotRun) {
    order_.run.own = true;
    order_.run.spec.environment = {{"A", "1"}};
    order_.visible = {{"CUDA_VISIBLE_DEVICES", "0"}};
    const process::Isolation none{};  // Lists no feature, so nothing is said to be there.
    const auto spec = spec_for(order_, none);
    ASSERT_TRUE(spec.has_value()) << core::render(spec.error(), core::Language::En);
    EXPECT_EQ(spec->limits.memory_bytes_max, order_.run.spec.demand.memory_bytes);
    EXPECT_EQ(spec->limits.wall_ms_max, 60'000);
    EXPECT_EQ(spec->environment.size(), 2);
    EXPECT_EQ(spec->network, process::Network::None);
    order_.run.own = false;
    EXPECT_FALSE(spec_for(order_, none).has_value());
}

TEST_F(WorkerTest, ClassesEveryEnd) {
    AttemptResult result;
    result.ending = Ending::Exited;
    EXPECT_EQ(end(result).exit, ExitClass::Succeeded);
    EXPECT_EQ(end(result, "out/a").exit, ExitClass::UserError);
    EXPECT_EQ(end(result, "out/a").problem, "the output out/a is missing");
    result.oom_killed = true;  // A shell that outlived its child's end by the kernel.
    EXPECT_EQ(end(result).exit, ExitClass::Succeeded);
    EXPECT_FALSE(end(result).problem.empty());
    result.exit_code = 137;
    EXPECT_EQ(end(result).exit, ExitClass::OutOfMemory);
    result.oom_killed = false;
    EXPECT_EQ(end(result).exit, ExitClass::UserError);
    EXPECT_EQ(end(result).exit_code, 137);
    result.ending = Ending::Stopped;
    result.wall_exceeded = true;
    EXPECT_EQ(end(result).exit, ExitClass::TimedOut);
    result.cancelled = true;
    EXPECT_EQ(end(result).exit, ExitClass::Cancelled);
    result.cancelled = result.wall_exceeded = false;
    result.folder_exceeded = true;
    EXPECT_EQ(end(result).exit, ExitClass::UserError);
    result.ending = Ending::Lost;
    EXPECT_EQ(end(result).exit, ExitClass::Lost);
    EXPECT_EQ(end(result).exit_code, std::nullopt);
    result.ending = Ending::NotStarted;
    EXPECT_EQ(end(result).exit, ExitClass::NotStarted);
}

TEST_F(WorkerTest, ReportsAllocatedTimeOfTheJobsOwnDoingOnly) {
    AttemptResult result;
    result.ending = Ending::Exited;
    result.usage.wall_us = 2'500'000;
    order_.run.spec.demand = {1'500, 1 << 20, 3};
    const auto uses = end(result).uses;
    ASSERT_EQ(uses.size(), 2);
    EXPECT_EQ(uses[0].quantity, (core::Quantity{core::Unit::CoreMs, 3'750}));
    EXPECT_EQ(uses[1].quantity, (core::Quantity{core::Unit::CardMs, 7'500}));
    EXPECT_NE(uses[0].id, uses[1].id);
    result.ending = Ending::Lost;
    EXPECT_TRUE(end(result).uses.empty());
    EXPECT_TRUE(refusal_of(order_, ExitClass::NotStarted, "x", clock_.now()).uses.empty());
}

TEST(Cards, AreGrantedOnceAndNamedToTheJob) {
    Inventory inventory;
    for (std::int64_t i = 0; i < 4; ++i) {
        inventory.accelerators.push_back(
            {"nvidia", "H100", i, "", "", 0, "", i != 1});  // The second is ill.
    }
    inventory.accelerators.push_back({"acme", "X1", 0, "", "", 0, "", true});
    const auto grant = grant_cards(inventory, "H100", 2, {0});
    ASSERT_TRUE(grant.has_value());
    EXPECT_EQ(grant->indexes, (std::vector<std::int64_t>{2, 3}));
    EXPECT_EQ(grant->devices.front(), "/dev/nvidia2");
    EXPECT_EQ(grant->devices.back(), "/dev/nvidia-uvm-tools");
    EXPECT_EQ(grant->visible.at("CUDA_VISIBLE_DEVICES"), "2,3");
    EXPECT_FALSE(grant_cards(inventory, "H100", 3, {0}).has_value());
    EXPECT_FALSE(grant_cards(inventory, "X1", 1, {}).has_value());  // Nobody knows its devices.
    EXPECT_TRUE(grant_cards(inventory, "H100", 0, {})->devices.empty());
}

}  // namespace
}  // namespace kapok::compute::agent
