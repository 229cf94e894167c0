// Goal: no node is ever promised twice, the head of the line is never put off, and the decision is
// a function of the snapshot alone. Method: examples for each rule; seeded random snapshots checked
// against a reference that counts seconds one by one; a simulated line with exact time limits.

#include "compute/scheduler/plan.h"

#include <algorithm>
#include <map>
#include <numeric>

#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "compute/canonical_json.h"
#include "core/random.h"

namespace kapok::compute {
namespace {

using std::chrono::seconds;

const core::Timestamp kNow{std::chrono::seconds(1'770'000'000)};
constexpr std::int64_t kGib = std::int64_t{1} << 30;

template <class Id>
Id id_of(std::uint8_t number) {
    core::Uuid uuid;
    uuid.bytes[15] = number;
    return Id(uuid);
}

PlannedNode node_of(std::uint8_t number, std::int64_t cores, std::int64_t gib,
                    std::int64_t cards = 0) {
    PlannedNode node;
    node.id = id_of<NodeId>(number);
    node.site = id_of<SiteId>(1);
    node.operated_by = id_of<core::OrganizationId>(1);
    node.cpu_milli = cores * 1'000;
    node.memory_bytes = gib * kGib;
    node.standard_unit_ppm = 1'000'000;
    if (cards > 0) {
        node.accelerators = {{"910B4", cards}};
    }
    return node;
}

PlannedJob job_of(std::uint8_t number, std::int64_t cores, std::int64_t limit_s,
                  std::int64_t priority = 50) {
    PlannedJob job;
    job.id = id_of<JobId>(number);
    job.sequence = number;
    job.priority = priority;
    job.organization = id_of<core::OrganizationId>(2);
    job.demand = {cores * 1'000, kGib, 0};
    job.time_limit = seconds(limit_s);
    return job;
}

PlannedAttempt attempt_of(std::uint8_t number, std::uint8_t node, std::int64_t cores,
                          std::int64_t left_s) {
    return {id_of<JobId>(number),     1,  id_of<NodeId>(node),
            {cores * 1'000, kGib, 0}, "", kNow + seconds(left_s)};
}

std::map<std::uint8_t, Decision> by_job(const std::vector<Decision>& decisions) {
    std::map<std::uint8_t, Decision> found;
    for (const Decision& decision : decisions) {
        found.emplace(decision.job.uuid().bytes[15], decision);
    }
    return found;
}

TEST(Plan, StartsWhatFitsInOrderOfPriorityThenSubmission) {
    const Snapshot snapshot{
        kNow, {node_of(1, 4, 64)}, {}, {job_of(1, 2, 10), job_of(2, 2, 10), job_of(3, 2, 10, 90)}};
    const auto decisions = plan(snapshot, {});
    ASSERT_EQ(decisions.size(), 3);
    EXPECT_EQ(decisions[0].job, id_of<JobId>(3));
    EXPECT_EQ(decisions[0].reason.code, &kStarts);
    EXPECT_EQ(decisions[1].verdict, Verdict::Start);
    EXPECT_EQ(decisions[2].job, id_of<JobId>(2));
    EXPECT_EQ(decisions[2].verdict, Verdict::Reserve);
    EXPECT_EQ(decisions[2].starts_at, kNow + seconds(10));
}

TEST(Plan, BackfillsOnlyWhatDelaysNoReservation) {
    // 3 of 4 cores are busy for 100 s; the head needs all 4.
    const Snapshot snapshot{kNow,
                            {node_of(1, 4, 64)},
                            {attempt_of(9, 1, 3, 100)},
                            {job_of(1, 4, 50), job_of(2, 1, 101), job_of(3, 1, 100)}};
    const auto found = by_job(plan(snapshot, {}));
    EXPECT_EQ(found.at(1).verdict, Verdict::Reserve);
    EXPECT_EQ(found.at(1).starts_at, kNow + seconds(100));
    EXPECT_EQ(found.at(2).verdict, Verdict::Wait);
    EXPECT_EQ(found.at(2).candidates[0].reason.code, &kKeptForReservation);
    EXPECT_EQ(found.at(3).verdict, Verdict::Start);
    EXPECT_EQ(found.at(3).reason.code, &kBackfilled);
}

TEST(Plan, BackfillsBesideTheHeadWhereBothFit) {
    // The head takes 3 of 4 cores at 100 s, so one core stays free for however long.
    const Snapshot snapshot{kNow,
                            {node_of(1, 4, 64)},
                            {attempt_of(9, 1, 3, 100)},
                            {job_of(1, 3, 50), job_of(2, 1, 100'000)}};
    EXPECT_EQ(by_job(plan(snapshot, {})).at(2).verdict, Verdict::Start);
}

TEST(Plan, SaysOfEachNodeWhyNotNow) {
    PlannedNode draining = node_of(2, 64, 64);
    draining.state = NodeState::Draining;
    PlannedNode open = node_of(3, 64, 64);
    open.missing_isolation = "cgroup";
    PlannedNode elsewhere = node_of(4, 64, 64);
    elsewhere.site = id_of<SiteId>(2);
    PlannedJob job = job_of(1, 2, 10);
    job.site = id_of<SiteId>(1);
    const Snapshot snapshot{
        kNow,
        {node_of(1, 1, 64), draining, open, elsewhere, node_of(5, 2, 0), node_of(6, 2, 64)},
        {attempt_of(9, 6, 1, 60)},
        {job}};
    const auto decisions = plan(snapshot, {});
    const auto& candidates = decisions[0].candidates;
    ASSERT_EQ(candidates.size(), 6);
    EXPECT_EQ(candidates[0].reason.code, &kCpuTooSmall);
    EXPECT_EQ(candidates[1].reason.code, &kNodeNotUp);
    EXPECT_EQ(candidates[2].reason.code, &kNotIsolated);
    EXPECT_EQ(candidates[3].reason.code, &kOtherSite);
    EXPECT_EQ(candidates[4].reason.code, &kMemoryTooSmall);
    EXPECT_EQ(candidates[5].reason.code, &kCpuInUse);
    EXPECT_EQ(render(candidates[5].reason, core::Language::En), "has 1 of 2 cores free");
    EXPECT_EQ(decisions[0].verdict, Verdict::Reserve);
    EXPECT_EQ(decisions[0].node, id_of<NodeId>(6));
}

TEST(Plan, LetsTheOperatorsOwnJobsRunWithoutFullIsolation) {
    PlannedNode open = node_of(1, 2, 64);
    open.missing_isolation = "cgroup";
    PlannedJob own = job_of(1, 1, 10);
    own.organization = open.operated_by;
    EXPECT_EQ(plan({kNow, {open}, {}, {own}}, {})[0].verdict, Verdict::Start);
}

TEST(Plan, DoesNotLetAnImpossibleJobHoldUpTheLine) {
    const Snapshot snapshot{kNow, {node_of(1, 4, 64)}, {}, {job_of(1, 5, 10), job_of(2, 4, 10)}};
    const auto found = by_job(plan(snapshot, {}));
    EXPECT_EQ(found.at(1).verdict, Verdict::Wait);
    EXPECT_EQ(found.at(1).reason.code, &kNoNode);
    EXPECT_EQ(found.at(2).reason.code, &kStarts);
}

TEST(Plan, GivesCardsOfAnAcceptedModelAndKeepsThemFromJobsWithoutCards) {
    PlannedNode mixed = node_of(1, 8, 64);
    mixed.accelerators = {{"910B4", 2}, {"H100", 4}};
    PlannedJob wants = job_of(1, 1, 10);
    wants.demand.accelerators = 2;
    wants.accelerator_models = {"910B4"};
    const Snapshot snapshot{kNow, {mixed, node_of(2, 8, 64)}, {}, {wants, job_of(2, 1, 10)}};
    const auto found = by_job(plan(snapshot, {}));
    EXPECT_EQ(found.at(1).accelerator_model, "910B4");
    EXPECT_EQ(found.at(2).node, id_of<NodeId>(2));
    PlannedJob more = wants;
    more.demand.accelerators = 3;
    EXPECT_EQ(plan({kNow, {mixed}, {}, {more}}, {})[0].candidates[0].reason.code,
              &kAcceleratorsTooFew);
    more.accelerator_models.clear();
    EXPECT_EQ(plan({kNow, {mixed}, {}, {more}}, {})[0].accelerator_model, "H100");
}

TEST(Plan, PrefersTheTighterFitAndKeepsTheTermsOfItsScore) {
    const Snapshot snapshot{kNow, {node_of(1, 64, 64), node_of(2, 2, 2)}, {}, {job_of(1, 2, 10)}};
    const Decision decision = plan(snapshot, {})[0];
    EXPECT_EQ(decision.node, id_of<NodeId>(2));
    for (const Candidate& candidate : decision.candidates) {
        ASSERT_EQ(candidate.terms.size(), 4);
        const auto sum = std::accumulate(
            candidate.terms.begin(), candidate.terms.end(), std::int64_t{0},
            [](std::int64_t total, const ScoreTerm& term) { return total + term.contribution; });
        EXPECT_EQ(candidate.score, sum);
    }
}

TEST(Plan, CountsAnAttemptPastItsLimitAsStillThere) {
    const Snapshot snapshot{
        kNow, {node_of(1, 4, 64)}, {attempt_of(9, 1, 4, -500)}, {job_of(1, 4, 10)}};
    const Decision decision = plan(snapshot, {})[0];
    EXPECT_EQ(decision.verdict, Verdict::Reserve);
    EXPECT_EQ(decision.starts_at, kNow + seconds(1));
}

TEST(Plan, LooksAtNoMoreJobsThanThePolicySays) {
    Policy policy;
    policy.considered = 1;
    const Snapshot snapshot{kNow, {node_of(1, 4, 64)}, {}, {job_of(1, 1, 10), job_of(2, 1, 10)}};
    const auto decisions = plan(snapshot, policy);
    ASSERT_EQ(decisions.size(), 2);
    EXPECT_EQ(decisions[1].reason.code, &kNotConsidered);
}

// A small world: 1 to 4 nodes, 0 to 6 attempts, 0 to 12 jobs, times in whole seconds below 30.
Snapshot random_snapshot(core::Random& random) {
    const auto below = [&](std::uint64_t end) {
        return static_cast<std::int64_t>(random.below(end));
    };
    Snapshot snapshot{kNow, {}, {}, {}};
    const auto nodes = 1 + below(4);
    for (std::int64_t n = 0; n < nodes; ++n) {
        PlannedNode node = node_of(static_cast<std::uint8_t>(n + 1), 1 + below(8), 2 + below(8),
                                   below(2) * below(5));
        node.state = below(8) == 0 ? NodeState::Draining : NodeState::Up;
        node.standard_unit_ppm = below(3) * 500'000;
        snapshot.nodes.push_back(node);
    }
    for (std::uint8_t a = 0; a < 6; ++a) {
        PlannedNode& node = snapshot.nodes[random.below(static_cast<std::uint64_t>(nodes))];
        std::int64_t used = 0;
        for (const PlannedAttempt& other : snapshot.attempts) {
            used += other.node == node.id ? other.demand.cpu_milli : 0;
        }
        if (used + 1'000 <= node.cpu_milli && used / 1'000 + 1 < node.memory_bytes / kGib) {
            PlannedAttempt attempt =
                attempt_of(static_cast<std::uint8_t>(100 + a), 1, 1, 1 + below(29));
            attempt.node = node.id;
            snapshot.attempts.push_back(attempt);
        }
    }
    const auto jobs = below(13);
    for (std::int64_t j = 0; j < jobs; ++j) {
        PlannedJob job = job_of(static_cast<std::uint8_t>(j + 1), 1 + below(8), 1 + below(29),
                                40 + 10 * below(2));
        job.demand.memory_bytes = (1 + below(4)) * kGib;
        job.demand.accelerators = below(4) == 0 ? 1 + below(3) : 0;
        snapshot.queue.push_back(job);
    }
    return snapshot;
}

// The reference: what is used in each of the next seconds, as plain numbers.
class Seconds {
public:
    static constexpr std::int64_t kHorizon = 1'000;

    explicit Seconds(const Snapshot& snapshot) : snapshot_(snapshot) {
        for (const PlannedNode& node : snapshot.nodes) {
            used_[node.id].resize(kHorizon);
        }
        for (const PlannedAttempt& attempt : snapshot.attempts) {
            const auto left = std::max<std::int64_t>(
                1, std::chrono::duration_cast<seconds>(attempt.ends_by - kNow).count());
            add(attempt.node, attempt.demand, 0, left);
        }
    }

    void add(const NodeId& node, const Demand& demand, std::int64_t from, std::int64_t length) {
        for (std::int64_t t = from; t < from + length; ++t) {
            Demand& used = used_[node][static_cast<std::size_t>(t)];
            used.cpu_milli += demand.cpu_milli;
            used.memory_bytes += demand.memory_bytes;
            used.accelerators += demand.accelerators;
        }
    }
    [[nodiscard]] bool fits(const PlannedNode& node, const Demand& need, std::int64_t from,
                            std::int64_t length) const {
        const std::int64_t cards = node.accelerators.empty() ? 0 : node.accelerators[0].count;
        for (std::int64_t t = from; t < from + length; ++t) {
            const Demand& used = used_.at(node.id)[static_cast<std::size_t>(t)];
            if (used.cpu_milli + need.cpu_milli > node.cpu_milli ||
                used.memory_bytes + need.memory_bytes > node.memory_bytes ||
                used.accelerators + need.accelerators > cards) {
                return false;
            }
        }
        return true;
    }
    // The first second at which the job fits anywhere; -1 if never.
    [[nodiscard]] std::int64_t earliest(const PlannedJob& job, std::int64_t length) const {
        for (std::int64_t t = 0; t + length < kHorizon; ++t) {
            for (const PlannedNode& node : snapshot_.nodes) {
                if (node.state == NodeState::Up && fits(node, job.demand, t, length)) {
                    return t;
                }
            }
        }
        return -1;
    }

private:
    const Snapshot& snapshot_;
    std::map<NodeId, std::vector<Demand>> used_;
};

const PlannedNode& find_node(const Snapshot& snapshot, const NodeId& id) {
    return *std::ranges::find(snapshot.nodes, id, &PlannedNode::id);
}

// Each decision is the one that counting seconds gives: start where there is room now, else reserve
// the earliest time once, else wait.
TEST(PlanProperty, AgreesWithAReferenceThatCountsSeconds) {
    core::SeededRandom random(20'261'123);
    int started = 0;
    int reserved = 0;
    for (int round = 0; round < 2'000; ++round) {
        const Snapshot snapshot = random_snapshot(random);
        Seconds reference(snapshot);
        bool has_reservation = false;
        for (const Decision& decision : plan(snapshot, {})) {
            const PlannedJob& job =
                *std::ranges::find(snapshot.queue, decision.job, &PlannedJob::id);
            const std::int64_t length = job.time_limit.count() / 1'000;
            const std::int64_t earliest = reference.earliest(job, length);
            if (earliest == 0) {
                ASSERT_EQ(decision.verdict, Verdict::Start) << "round " << round;
            } else if (earliest > 0 && !has_reservation) {
                ASSERT_EQ(decision.verdict, Verdict::Reserve) << "round " << round;
                has_reservation = true;
            } else {
                ASSERT_EQ(decision.verdict, Verdict::Wait) << "round " << round;
                continue;
            }
            ASSERT_EQ(decision.starts_at, kNow + seconds(earliest)) << "round " << round;
            ASSERT_TRUE(
                reference.fits(find_node(snapshot, decision.node), job.demand, earliest, length));
            reference.add(decision.node, job.demand, earliest, length);
            (decision.verdict == Verdict::Start ? started : reserved) += 1;
        }
    }
    EXPECT_GT(started, 1'000);
    EXPECT_GT(reserved, 500);
}

template <class T>
void shuffle(std::vector<T>& items, core::Random& random) {
    for (std::size_t i = items.size(); i > 1; --i) {
        std::swap(items[i - 1], items[random.below(i)]);
    }
}

TEST(PlanProperty, DependsOnlyOnWhatIsInTheSnapshotNotOnItsOrder) {
    core::SeededRandom random(7);
    for (int round = 0; round < 500; ++round) {
        Snapshot snapshot = random_snapshot(random);
        const auto expected = plan(snapshot, {});
        shuffle(snapshot.nodes, random);
        shuffle(snapshot.attempts, random);
        shuffle(snapshot.queue, random);
        ASSERT_EQ(plan(snapshot, {}), expected) << "round " << round;
    }
}

TEST(PlanProperty, IsMadeAgainFromItsRecord) {
    core::SeededRandom random(8);
    for (int round = 0; round < 200; ++round) {
        const Snapshot snapshot = random_snapshot(random);
        const auto snapshot_text = to_canonical(to_json(snapshot)).value();
        const auto policy_text = to_canonical(to_json(Policy{})).value();
        const auto again = snapshot_from_json(parse_canonical(snapshot_text)->as_object());
        const auto policy = policy_from_json(parse_canonical(policy_text)->as_object());
        ASSERT_EQ(again, snapshot);
        ASSERT_EQ(policy, Policy{});
        const auto first = plan(snapshot, {});
        const auto second = plan(*again, *policy);
        for (std::size_t i = 0; i < first.size(); ++i) {
            ASSERT_EQ(to_canonical(to_json(first[i])), to_canonical(to_json(second[i])));
        }
    }
}

// A line of jobs of one priority that all run exactly their limits: once a job has a reservation,
// it starts by then, whatever is submitted behind it.
TEST(PlanProperty, NeverPutsOffTheHeadOfTheLine) {
    core::SeededRandom random(9);
    int kept = 0;
    for (int round = 0; round < 100; ++round) {
        Snapshot snapshot = random_snapshot(random);
        snapshot.queue.clear();
        snapshot.attempts.clear();
        std::map<JobId, core::Timestamp> promised;
        std::uint8_t next = 1;
        for (int second = 0; second < 120; ++second) {
            snapshot.now = kNow + seconds(second);
            std::erase_if(snapshot.attempts, [&](const PlannedAttempt& attempt) {
                return attempt.ends_by <= snapshot.now;
            });
            if (next < 90 && random.below(2) == 0) {
                PlannedJob job = job_of(next, 1 + static_cast<std::int64_t>(random.below(8)),
                                        1 + static_cast<std::int64_t>(random.below(20)));
                job.demand.memory_bytes = kGib;
                snapshot.queue.push_back(job);
                ++next;
            }
            for (const Decision& decision : plan(snapshot, {})) {
                if (decision.verdict == Verdict::Reserve) {
                    const auto [entry, fresh] = promised.emplace(decision.job, *decision.starts_at);
                    ASSERT_LE(*decision.starts_at, entry->second) << "put off in round " << round;
                    entry->second = *decision.starts_at;
                } else if (decision.verdict == Verdict::Start) {
                    const auto job =
                        std::ranges::find(snapshot.queue, decision.job, &PlannedJob::id);
                    snapshot.attempts.push_back({job->id, 1, decision.node, job->demand,
                                                 decision.accelerator_model,
                                                 snapshot.now + job->time_limit});
                    if (const auto entry = promised.find(job->id); entry != promised.end()) {
                        ASSERT_LE(snapshot.now, entry->second) << "late in round " << round;
                        ++kept;
                    }
                    snapshot.queue.erase(job);
                }
            }
        }
    }
    EXPECT_GT(kept, 200);
}

TEST(Reasons, AreKnownByName) {
    for (const ReasonCode* code : reason_codes()) {
        EXPECT_EQ(find_reason(code->name), code);
    }
    EXPECT_EQ(find_reason("nonsense"), nullptr);
    EXPECT_EQ(render(Reason(kNoNode), core::Language::Zh), "没有能够运行该作业的在线节点");
    const auto said = [](const ReasonCode& code, std::string actual, std::string wanted) {
        const Reason reason(code, {{"actual", std::move(actual)}, {"wanted", std::move(wanted)}});
        return render(reason, core::Language::En);
    };
    EXPECT_EQ(said(kCpuInUse, "1500", "64000"), "has 1.5 of 64 cores free");
    EXPECT_EQ(said(kMemoryTooSmall, "8574468096", "17179869184"),
              "has 7.98 GiB of memory, not 16 GiB");
    EXPECT_EQ(said(kMemoryInUse, "0", "1023"), "has 0 B of memory free, not 1023 B");
    EXPECT_EQ(said(kMemoryInUse, "9223372036854775807", "some"),
              "has 8388607.99 TiB of memory free, not some");
    EXPECT_EQ(said(kAcceleratorsInUse, "1", "8"), "has 1 of 8 accelerators free");
}

}  // namespace
}  // namespace kapok::compute
