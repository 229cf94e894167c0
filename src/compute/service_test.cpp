// Goal: where a service is follows from its job and its last ready attempt; a failing one waits
// longer each time and is forgiven after a time of health; what a node must not run is refused.
// Method: pure values.

#include "compute/service.h"

#include <functional>

#include <gtest/gtest.h>

#include "compute/errors.h"
#include "compute/limits.h"
#include "compute/test_examples.h"
#include "core/random.h"

namespace kapok::compute {
namespace {

using std::chrono::seconds;

constexpr core::Timestamp kNow{std::chrono::hours(490'000)};

TEST(Service, IsWhereItsJobAndItsReadyAttemptSay) {
    Service service;
    service.ready_attempt = 2;
    const auto phase = [&](JobState state, std::int64_t attempt, bool cancel) {
        return phase_of({state, attempt, cancel}, service);
    };
    EXPECT_EQ(phase(JobState::Queued, 2, false), ServicePhase::Queued);
    EXPECT_EQ(phase(JobState::Dispatched, 2, false), ServicePhase::Ready);
    EXPECT_EQ(phase(JobState::Running, 2, false), ServicePhase::Ready);
    EXPECT_EQ(phase(JobState::Dispatched, 3, false), ServicePhase::Starting);
    EXPECT_EQ(phase(JobState::Running, 3, false), ServicePhase::Starting);
    EXPECT_EQ(phase(JobState::Running, 2, true), ServicePhase::Stopping);
    EXPECT_EQ(phase(JobState::Cancelled, 2, true), ServicePhase::Ended);
    EXPECT_EQ(phase(JobState::Succeeded, 2, true), ServicePhase::Ended);
}

TEST(Service, WaitsTwiceAsLongAfterEachFailureUpToABound) {
    Service service;
    std::vector<std::int64_t> waits;
    for (std::int64_t attempt = 1; attempt <= 9; ++attempt) {
        service = after_end(service, attempt, "died", true, kNow);
        waits.push_back(std::chrono::floor<seconds>(service.not_before - kNow).count());
    }
    EXPECT_EQ(waits, (std::vector<std::int64_t>{1, 2, 4, 8, 16, 32, 60, 60, 60}));
    EXPECT_EQ(service.restarts, 9);
    EXPECT_EQ(service.problem, "died");
    EXPECT_EQ(back_off(std::int64_t{1} << 60), kServiceBackOffMax);
    EXPECT_EQ(back_off(0), kServiceBackOffMin);
}

TEST(Service, ForgivesAfterATimeOfHealthOnly) {
    Service failed;
    failed.failures = 6;
    const Service ready = after_ready(failed, 7, {"http://127.0.0.1:1", 5, 6}, kNow);
    EXPECT_EQ(ready.failures, 6);
    EXPECT_EQ(ready.problem, "");
    EXPECT_EQ(after_end(ready, 7, "", true, kNow + kHealthyTime - seconds(1)).failures, 7);
    EXPECT_EQ(after_end(ready, 7, "", true, kNow + kHealthyTime).failures, 1);
    // The health of an earlier attempt is not this one's.
    EXPECT_EQ(after_end(ready, 8, "", true, kNow + kHealthyTime).failures, 7);
    const Service stopped = after_end(ready, 7, "", false, kNow);
    EXPECT_EQ(stopped.restarts, 0);
}

TEST(Service, ComesBackFromItsJson) {
    const Serving serving = test::example_serving();
    EXPECT_EQ(serving_from_json(to_json(serving)), serving);
    auto extra = to_json(serving);
    extra["path"] = "/bin/sh";
    EXPECT_FALSE(serving_from_json(extra).has_value());
    auto wrong = to_json(serving);
    wrong["model_bytes"] = "many";
    EXPECT_FALSE(serving_from_json(wrong).has_value());
}

TEST(Service, RefusesWhatANodeMustNotRun) {
    const std::vector<std::function<void(Serving&)>> faults{
        [](Serving& s) { s.engine = ""; },
        [](Serving& s) { s.engine = "/bin/sh"; },
        [](Serving& s) { s.engine = "../sh"; },
        [](Serving& s) { s.engine = std::string(65, 'a'); },
        [](Serving& s) { s.arguments.assign(300, "-v"); },
        [](Serving& s) { s.arguments = {std::string(40'000, 'a')}; },
        [](Serving& s) { s.arguments = {"a\nb"}; },
        [](Serving& s) { s.arguments = {std::string("a\0b", 3)}; },
        [](Serving& s) { s.arguments = {"\xff"}; },
        [](Serving& s) { s.model_digest = "sha256:" + std::string(64, 'A'); },
        [](Serving& s) { s.model_digest = std::string(64, 'a'); },
        [](Serving& s) { s.model_digest += "a"; },
        [](Serving& s) { s.model_file = ".."; },
        [](Serving& s) { s.model_file = "a/b"; },
        [](Serving& s) { s.model_file = ""; },
        [](Serving& s) { s.model_bytes = 0; },
        [](Serving& s) { s.model_bytes = -1; },
        [](Serving& s) { s.model_bytes = kModelBytesMax + 1; },
        [](Serving& s) { s.probe_path = "health"; },
        [](Serving& s) { s.probe_path = "/a b"; },
        [](Serving& s) { s.probe_path = "//example.org/"; },
        [](Serving& s) { s.probe_path = "/a\r\nx: y"; },
        [](Serving& s) { s.warm_up_path = "v1"; },
        [](Serving& s) { s.warm_up_body = std::string(70'000, ' '); },
        [](Serving& s) { s.warm_up_body = "\xff"; }};
    EXPECT_TRUE(check(test::example_serving()).has_value());
    for (std::size_t i = 0; i < faults.size(); ++i) {
        Serving serving = test::example_serving();
        faults[i](serving);
        const auto checked = check(serving);
        ASSERT_FALSE(checked.has_value()) << i;
        EXPECT_EQ(checked.error().code(), kBadService) << i;
    }
    Serving bare = test::example_serving();
    bare.warm_up_path = bare.warm_up_body = "";
    bare.arguments = {};
    EXPECT_TRUE(check(bare).has_value());
}

TEST(Service, IsReachedOnItsNodesLoopbackOnly) {
    EXPECT_TRUE(check(Warmth{"http://127.0.0.1:1", 0, 0}).has_value());
    EXPECT_TRUE(check(Warmth{"http://127.0.0.1:65535", 9'000, 93'000}).has_value());
    for (const std::string_view url :
         {"", "http://127.0.0.1", "http://127.0.0.1:", "http://127.0.0.1:0",
          "http://127.0.0.1:65536", "http://127.0.0.1:80/", "http://127.0.0.1:080",
          "http://127.0.0.1:80@example.org", "https://127.0.0.1:80", "http://10.0.0.1:80",
          "http://127.0.0.1:-80", "http://127.0.0.1:+80"}) {
        EXPECT_FALSE(check(Warmth{std::string(url), 0, 0}).has_value()) << url;
    }
    EXPECT_FALSE(check(Warmth{"http://127.0.0.1:80", -1, 0}).has_value());
    EXPECT_FALSE(check(Warmth{"http://127.0.0.1:80", 0, -1}).has_value());
    EXPECT_FALSE(check(Warmth{"http://127.0.0.1:80", 0, kTokensPerSecondMilliMax + 1}).has_value());
}

}  // namespace
}  // namespace kapok::compute
