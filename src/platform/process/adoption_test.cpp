// Attempts outlive their agent, are never run twice, and are never redone while anything is left.

#include "platform/process/adoption.h"

#include <csignal>

#include <fcntl.h>

#include "platform/process/errors.h"
#include "platform/process/test_attempts.h"

namespace kapok::platform::process {
namespace {

using Adopted = Attempts;

TEST_F(Adopted, OutlivesTheKillOfItsAgent) {
    // The job waits for a file that only this test makes, so that nothing depends on speed.
    const AttemptSpec spec =
        shell("outlives", "echo one; while [ ! -e go ]; do sleep 0.02; done; echo two; exit 9");
    const auto folder = prepare(spec);
    Launch launch;
    launch.arguments = {own_program(), "agent", folder.string()};
    auto agent = Child::start(launch);
    ASSERT_TRUE(agent.has_value());
    ASSERT_TRUE(eventually([&] { return output(spec, kOutputFile) == "one\n"; }));
    agent->signal(SIGKILL);
    ASSERT_TRUE(agent->wait(kPatience).has_value());

    EXPECT_EQ(find_alive(root), std::vector{folder});
    const auto status = inspect(folder);
    ASSERT_EQ(status->phase, AttemptPhase::Running);
    EXPECT_FALSE(prove_empty(*status->state));
    EXPECT_EQ(conclude(folder, clock).error().code(), kStillAlive);

    const Descriptor handle = watch(*status->state);
    ASSERT_TRUE(handle);
    ASSERT_TRUE(write_durably(folder / kWorkFolder, "go", "").has_value());
    pollfd ended{handle.get(), POLLIN, 0};
    EXPECT_EQ(::poll(&ended, 1, 60'000), 1);
    const auto after = inspect(folder);
    EXPECT_EQ(after->phase, AttemptPhase::Finished);
    EXPECT_EQ(after->result->exit_code, 9);
    EXPECT_EQ(output(spec, kOutputFile), "one\ntwo\n");
    EXPECT_TRUE(prove_empty(*after->state));
    EXPECT_TRUE(find_alive(root).empty());
}

TEST_F(Adopted, IsLostWithItsSupervisorAndNothingIsLeft) {
    const AttemptSpec spec = shell("lost", "setsid sleep 1000 & echo ready; sleep 1000");
    const auto folder = prepare(spec);
    Child supervisor = start(folder);
    ASSERT_TRUE(eventually([&] { return output(spec, kOutputFile) == "ready\n"; }));
    supervisor.signal(SIGKILL);
    ASSERT_TRUE(supervisor.wait(kPatience).has_value());

    const auto status = inspect(folder);
    ASSERT_EQ(status->phase, AttemptPhase::Lost);
    const auto result = conclude(folder, clock);
    ASSERT_TRUE(result.has_value());
    EXPECT_EQ(result->ending, Ending::Lost);
    EXPECT_EQ(result->finished_at, clock.now());
    EXPECT_GT(result->usage.cpu_us.value_or(0), 0);
    EXPECT_TRUE(prove_empty(*status->state));
    EXPECT_TRUE(processes_of(kTestUser).empty());
    EXPECT_TRUE(is_gone(*status->state->cgroup));
    EXPECT_EQ(inspect(folder)->phase, AttemptPhase::Finished);
    EXPECT_EQ(conclude(folder, clock)->ending, Ending::Lost);
}

TEST_F(Adopted, IsKilledWithItsSupervisor) {
    const AttemptSpec spec = shell("killed", "trap '' TERM; echo ready; sleep 1000");
    const auto folder = prepare(spec);
    const Child supervisor = start(folder);
    ASSERT_TRUE(eventually([&] { return output(spec, kOutputFile) == "ready\n"; }));
    const auto state = inspect(folder)->state;
    ASSERT_TRUE(kill_attempt(*state).has_value());
    EXPECT_TRUE(prove_empty(*state));
    EXPECT_EQ(inspect(folder)->phase, AttemptPhase::Lost);
    EXPECT_TRUE(kill_attempt(*state).has_value());
    EXPECT_TRUE(conclude(folder, clock).has_value());
}

TEST_F(Adopted, IsCancelledPolitely) {
    AttemptSpec spec =
        shell("cancel", "trap 'echo bye; exit 0' TERM; echo ready; sleep 1000 & wait");
    spec.limits.grace_ms = 20'000;
    const auto folder = prepare(spec);
    Child supervisor = start(folder);
    ASSERT_TRUE(eventually([&] { return output(spec, kOutputFile) == "ready\n"; }));
    const auto state = inspect(folder)->state;
    ASSERT_TRUE(stop_attempt(*state).has_value());
    EXPECT_EQ(supervisor.wait(kPatience)->code, 0);
    const auto result = inspect(folder)->result;
    EXPECT_TRUE(result->cancelled);
    EXPECT_EQ(result->ending, Ending::Stopped);
    EXPECT_EQ(result->exit_code, 0);
    EXPECT_EQ(output(spec, kOutputFile), "ready\nbye\n");
    EXPECT_TRUE(stop_attempt(*state).has_value());  // Nothing left to stop is no error.
}

TEST_F(Adopted, IsNeverRunTwice) {
    const AttemptSpec spec = shell("once", "echo ran; sleep 0.3");
    const auto folder = prepare(spec);
    std::vector<Child> supervisors;
    for (int i = 0; i < 5; ++i) {
        supervisors.push_back(start(folder));
    }
    int refused = 0;
    for (Child& supervisor : supervisors) {
        refused += supervisor.wait(kPatience)->code != 0 ? 1 : 0;
    }
    EXPECT_EQ(refused, 4);
    EXPECT_NE(start(folder).wait(kPatience)->code, 0);  // Nor after its end,
    std::filesystem::remove(folder / kResultFile);      // nor when it was lost.
    EXPECT_NE(start(folder).wait(kPatience)->code, 0);
    EXPECT_EQ(output(spec, kOutputFile), "ran\n");
}

TEST_F(Adopted, GoesThroughItsPhases) {
    const AttemptSpec spec = shell("phases", "while [ ! -e go ]; do sleep 0.02; done");
    const std::filesystem::path folder = root / spec.attempt;
    ASSERT_TRUE(make_attempt_folder(folder).has_value());
    EXPECT_EQ(inspect(folder)->phase, AttemptPhase::Empty);
    ASSERT_TRUE(write_spec(folder, spec).has_value());
    EXPECT_EQ(inspect(folder)->phase, AttemptPhase::Prepared);
    const Child supervisor = start(folder);
    ASSERT_TRUE(reaches(folder, AttemptPhase::Running));
    ASSERT_TRUE(write_durably(folder / kWorkFolder, "go", "").has_value());
    // The handle was not waited for: the zombie must not look alive.
    EXPECT_TRUE(reaches(folder, AttemptPhase::Finished));
    EXPECT_EQ(make_attempt_folder(folder).error().code(), kSystem);
}

TEST_F(Adopted, IsProvedEmptyThoughItsUserRunsAnother) {
    const AttemptSpec done = shell("done", "true");
    run(done);
    const AttemptSpec other = shell("other", "echo ready; sleep 1000");
    const auto folder = prepare(other);
    const Child supervisor = start(folder);
    ASSERT_TRUE(eventually([&] { return output(other, kOutputFile) == "ready\n"; }));
    EXPECT_TRUE(prove_empty(*inspect(root / done.attempt)->state));
    const auto state = inspect(folder)->state;
    EXPECT_FALSE(prove_empty(*state));
    EXPECT_TRUE(kill_attempt(*state).has_value());
}

// An agent that is not root: no users of its own and, here, no cgroups.
class AdoptedFromAPlainUser : public Attempts {
protected:
    static constexpr std::uint32_t kUsersApart = 20'000;
    const std::uint32_t agent_user = kTestUser - kUsersApart;

    Child start_as_user(AttemptSpec spec, Confinement confinement) {
        spec.user = {};
        spec.confinement = confinement;
        const auto folder = prepare(spec);
        std::filesystem::permissions(root, std::filesystem::perms(0711));
        const Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        EXPECT_TRUE(give_tree(opened.get(), agent_user, agent_user).has_value());
        Launch launch;
        launch.arguments = {own_program(), "supervise", folder.string()};
        launch.user = User{agent_user, agent_user};
        launch.environment = {"PATH=/usr/bin:/bin"};
        launch.new_session = true;
        return Child::start(launch).value();
    }
};

TEST_F(AdoptedFromAPlainUser, RunsAtTheLevelThatIsThere) {
    for (const Confinement confinement : {Confinement::Namespaces, Confinement::Plain}) {
        AttemptSpec spec = shell(confinement == Confinement::Plain ? "plain" : "spaces",
                                 "id -u; setsid sleep 1000 & exit 6");
        Child supervisor = start_as_user(spec, confinement);
        ASSERT_TRUE(supervisor.wait(kPatience).has_value());
        const auto status = inspect(root / spec.attempt);
        ASSERT_EQ(status->phase, AttemptPhase::Finished);
        EXPECT_EQ(status->result->exit_code, 6) << output(spec, kErrorFile);
        EXPECT_EQ(output(spec, kOutputFile), std::to_string(agent_user) + "\n");
        EXPECT_FALSE(status->state->cgroup.has_value());
        EXPECT_TRUE(prove_empty(*status->state));
    }
    AttemptSpec full = shell("full", "true");
    Child supervisor = start_as_user(full, Confinement::Full);
    ASSERT_TRUE(supervisor.wait(kPatience).has_value());
    EXPECT_EQ(inspect(root / full.attempt)->result->ending, Ending::NotStarted);
}

TEST_F(AdoptedFromAPlainUser, IsFoundByItsMarkWhenItsSupervisorDies) {
    for (const Confinement confinement : {Confinement::Namespaces, Confinement::Plain}) {
        const AttemptSpec spec = shell(confinement == Confinement::Plain ? "plain" : "spaces",
                                       "setsid sleep 1000 & echo ready; sleep 1000");
        Child supervisor = start_as_user(spec, confinement);
        ASSERT_TRUE(eventually([&] { return output(spec, kOutputFile) == "ready\n"; }));
        supervisor.signal(SIGKILL);
        ASSERT_TRUE(supervisor.wait(kPatience).has_value());
        const std::filesystem::path folder = root / spec.attempt;
        EXPECT_EQ(conclude(folder, clock)->ending, Ending::Lost);
        EXPECT_TRUE(prove_empty(*inspect(folder)->state));
        EXPECT_TRUE(processes_of(agent_user).empty());
    }
}

TEST(State, OfAnotherProcessOrAnotherBootIsNotAlive) {
    const auto own = name_of(::getpid());
    ASSERT_TRUE(own.has_value());
    EXPECT_TRUE(is_alive(*own));
    ProcessName other = *own;
    other.start_ticks += 1;
    EXPECT_FALSE(is_alive(other));
    EXPECT_FALSE(open_process(other));
    other = *own;
    other.boot_id = "another";
    EXPECT_FALSE(is_alive(other));
    // After a reboot nothing is left, whatever has that pid now; and nothing is killed.
    const AttemptState state{"att", other, {}, {}, {}};
    EXPECT_TRUE(prove_empty(state));
    EXPECT_TRUE(kill_attempt(state).has_value());
    EXPECT_TRUE(stop_attempt(state).has_value());
}

}  // namespace
}  // namespace kapok::platform::process
