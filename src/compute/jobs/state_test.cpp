// Goal: no order of events gives a job two results or two attempts at once. Method: every status
// meets every event under every rule; then all sequences of seven events, with a model that counts
// what is alive.

#include "compute/jobs/state.h"

#include <vector>

#include <gtest/gtest.h>

#include "compute/errors.h"
#include "compute/limits.h"

namespace kapok::compute {
namespace {

std::vector<JobStatus> all_statuses() {
    std::vector<JobStatus> all;
    for (int state = 0; state < 10; ++state) {
        for (const std::int64_t attempt : {0, 1, 2, 3, 10}) {
            for (const bool cancel : {false, true}) {
                all.push_back({static_cast<JobState>(state), attempt, cancel});
            }
        }
    }
    return all;
}

std::vector<JobEvent> all_events() {
    std::vector<JobEvent> all{Dispatch{}, CancelRequest{}};
    for (const std::int64_t attempt : {-1, 0, 1, 2, 3, 4, 10, 11}) {
        all.emplace_back(Started{attempt});
        for (int exit = 0; exit < 8; ++exit) {
            all.emplace_back(Ended{attempt, static_cast<ExitClass>(exit)});
        }
    }
    return all;
}

std::vector<RetryRule> all_rules() {
    return {{Retry::Never, 1},
            {Retry::Never, 3},
            {Retry::Infrastructure, 1},
            {Retry::Infrastructure, 3},
            {Retry::Never, 1, true}};
}

std::int64_t attempt_of(const JobEvent& event) {
    if (const auto* start = std::get_if<Started>(&event)) {
        return start->attempt;
    }
    const auto* end = std::get_if<Ended>(&event);
    return end == nullptr ? 0 : end->attempt;
}

TEST(JobState, KeepsItsInvariantsInEveryStatusUnderEveryEvent) {
    int applied = 0;
    for (const JobStatus& status : all_statuses()) {
        for (const JobEvent& event : all_events()) {
            for (const RetryRule& rule : all_rules()) {
                const auto step = advance(status, event, rule);
                if (!step) {
                    continue;
                }
                ++applied;
                const JobStatus& next = step->status;
                const bool changed = next != status;
                EXPECT_EQ(changed, step->effect != Effect::Nothing);
                if (is_final(status.state)) {
                    EXPECT_FALSE(changed) << "an ended job changed";
                }
                if (std::holds_alternative<Dispatch>(event)) {
                    EXPECT_EQ(status.state, JobState::Queued);
                    EXPECT_EQ(next.attempt, status.attempt + 1);
                } else {
                    EXPECT_EQ(next.attempt, status.attempt);
                }
                if (changed && attempt_of(event) != 0) {
                    EXPECT_EQ(attempt_of(event), status.attempt) << "an old attempt was heard";
                }
                EXPECT_EQ(step->effect == Effect::Finished, changed && is_final(next.state));
                EXPECT_EQ(step->effect == Effect::Requeued,
                          changed && next.state == JobState::Queued);
            }
        }
    }
    EXPECT_GT(applied, 1'000);
}

TEST(JobState, MakesAgainOnlyWhatItsOwnerAllows) {
    const JobStatus running{JobState::Running, 1, false};
    const RetryRule never{Retry::Never, 3};
    const RetryRule thrice{Retry::Infrastructure, 3};
    EXPECT_EQ(advance(running, Ended{1, ExitClass::Lost}, never)->status.state, JobState::Lost);
    EXPECT_EQ(advance(running, Ended{1, ExitClass::Infrastructure}, never)->status.state,
              JobState::InfrastructureError);
    EXPECT_EQ(advance(running, Ended{1, ExitClass::Lost}, thrice)->effect, Effect::Requeued);
    EXPECT_EQ(advance({JobState::Running, 3, false}, Ended{3, ExitClass::Lost}, thrice)->effect,
              Effect::Finished);
    for (const ExitClass exit : {ExitClass::UserError, ExitClass::TimedOut, ExitClass::OutOfMemory,
                                 ExitClass::Succeeded, ExitClass::Cancelled}) {
        EXPECT_EQ(advance(running, Ended{1, exit}, thrice)->effect, Effect::Finished);
    }
    // What never ran may be tried elsewhere even so, but not for ever.
    const JobStatus dispatched{JobState::Dispatched, 1, false};
    EXPECT_EQ(advance(dispatched, Ended{1, ExitClass::NotStarted}, never)->effect,
              Effect::Requeued);
    EXPECT_EQ(advance({JobState::Dispatched, kAttemptsMax, false},
                      Ended{kAttemptsMax, ExitClass::NotStarted}, never)
                  ->status.state,
              JobState::InfrastructureError);
}

TEST(JobState, StartsAServiceAgainUntilItIsAskedToStop) {
    const RetryRule service{Retry::Never, 1, true};
    for (int exit = 0; exit < 8; ++exit) {
        const Ended ended{50, static_cast<ExitClass>(exit)};
        const auto again = advance({JobState::Running, 50, false}, ended, service);
        EXPECT_EQ(*again, (Step{{JobState::Queued, 50, false}, Effect::Requeued}));
        const auto over = advance({JobState::Running, 50, true}, ended, service);
        EXPECT_EQ(over->effect, Effect::Finished);
    }
}

TEST(JobState, CancelsAtOnceInTheQueueAndByTheNodeAfterwards) {
    const RetryRule rule;
    EXPECT_EQ(*advance({}, CancelRequest{}, rule),
              (Step{{JobState::Cancelled, 0, true}, Effect::Finished}));
    const auto stopping = advance({JobState::Running, 1, false}, CancelRequest{}, rule);
    EXPECT_EQ(*stopping, (Step{{JobState::Running, 1, true}, Effect::StopIt}));
    EXPECT_EQ(advance(stopping->status, CancelRequest{}, rule)->effect, Effect::Nothing);
    for (const ExitClass exit : {ExitClass::Cancelled, ExitClass::UserError, ExitClass::Lost,
                                 ExitClass::NotStarted, ExitClass::Infrastructure}) {
        EXPECT_EQ(advance(stopping->status, Ended{1, exit}, rule)->status.state,
                  JobState::Cancelled);
    }
    EXPECT_EQ(advance(stopping->status, Ended{1, ExitClass::Succeeded}, rule)->status.state,
              JobState::Succeeded);
    EXPECT_EQ(advance({JobState::Succeeded, 1, false}, CancelRequest{}, rule).error().code(),
              kJobIsFinal);
    EXPECT_EQ(advance({JobState::Cancelled, 1, true}, CancelRequest{}, rule)->effect,
              Effect::Nothing);
}

TEST(JobState, RefusesAnAttemptThatWasNeverDispatched) {
    EXPECT_EQ(advance({}, Started{1}, {}).error().code(), kUnknownAttempt);
    EXPECT_EQ(
        advance({JobState::Running, 1, false}, Ended{2, ExitClass::Succeeded}, {}).error().code(),
        kUnknownAttempt);
    EXPECT_EQ(advance({JobState::Running, 1, false}, Dispatch{}, {}).error().code(), kJobNotQueued);
}

// Explores every sequence of events to a depth, and counts results and attempts that are alive.
void explore(const JobStatus& status, int depth, int results, int alive, int& visited) {
    ASSERT_LE(results, 1);
    ASSERT_LE(alive, 1);
    ++visited;
    if (depth == 0) {
        return;
    }
    std::vector<JobEvent> events{Dispatch{}, CancelRequest{}};
    for (std::int64_t attempt = 1; attempt <= 3; ++attempt) {
        events.emplace_back(Started{attempt});
        for (const ExitClass exit : {ExitClass::Succeeded, ExitClass::Lost, ExitClass::UserError}) {
            events.emplace_back(Ended{attempt, exit});
        }
    }
    for (const JobEvent& event : events) {
        const auto step = advance(status, event, {});
        if (!step) {
            continue;
        }
        const bool ends = step->effect == Effect::Finished || step->effect == Effect::Requeued;
        const bool was_alive =
            status.state == JobState::Dispatched || status.state == JobState::Running;
        const int now_alive =
            alive + (std::holds_alternative<Dispatch>(event) ? 1 : 0) - (ends && was_alive ? 1 : 0);
        explore(step->status, depth - 1, results + (step->effect == Effect::Finished ? 1 : 0),
                now_alive, visited);
    }
}

TEST(JobState, HasOneResultAndOneLiveAttemptInEverySequence) {
    int visited = 0;
    explore({}, 7, 0, 0, visited);
    EXPECT_GT(visited, 10'000);
}

}  // namespace
}  // namespace kapok::compute
