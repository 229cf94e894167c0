// Goal: a blinded snapshot is decided as the real one is, and tells nobody's name.

#include "compute/scheduler/blinding.h"

#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "core/timestamp.h"

namespace kapok::compute {
namespace {

class BlindingTest : public testing::Test {
protected:
    template <class Id>
    Id make() {
        return Id::make(clock_, random_);
    }

    // Two nodes, of which one runs only its operator's jobs, an attempt, and three jobs.
    Snapshot example() {
        const auto operated_by = make<core::OrganizationId>();
        Snapshot snapshot{clock_.now(), {}, {}, {}};
        for (const char* missing : {"", "user namespaces"}) {
            snapshot.nodes.push_back({make<NodeId>(),
                                      make<SiteId>(),
                                      operated_by,
                                      NodeState::Up,
                                      missing,
                                      4'000,
                                      std::int64_t{8} << 30,
                                      {},
                                      1'000'000,
                                      10});
        }
        snapshot.attempts.push_back({make<JobId>(),
                                     1,
                                     snapshot.nodes[0].id,
                                     {3'000, 1 << 20, 0},
                                     "",
                                     clock_.now() + std::chrono::hours(1)});
        for (std::int64_t i = 1; i <= 3; ++i) {
            snapshot.queue.push_back({make<JobId>(),
                                      i,
                                      i,
                                      i == 2 ? operated_by : make<core::OrganizationId>(),
                                      {2'000, 1 << 20, 0},
                                      {},
                                      {},
                                      std::chrono::minutes(1)});
        }
        return snapshot;
    }

    core::ManualClock clock_{core::from_micros(1'790'000'000'000'000)};
    core::SeededRandom random_{20'261'123};
};

TEST_F(BlindingTest, DecidesAsTheRealSnapshotDoes) {
    for (int round = 0; round < 50; ++round) {
        const Snapshot real = example();
        const Blinding blinding = Blinding::make(random_);
        auto expected = plan(real, {});
        for (Decision& decision : expected) {
            const std::string id = decision.job.text();
            decision.job = JobId(substitute(id, blinding.opening(id)));
        }
        EXPECT_EQ(plan(blinded(real, blinding), {}), expected);
    }
}

TEST_F(BlindingTest, HidesWhoseItIs) {
    const Snapshot real = example();
    const std::string text =
        boost::json::serialize(to_json(blinded(real, Blinding::make(random_))));
    for (const PlannedJob& job : real.queue) {
        EXPECT_EQ(text.find(job.id.text()), text.npos);
        EXPECT_EQ(text.find(job.organization.text()), text.npos);
    }
    EXPECT_EQ(text.find(real.attempts[0].job.text()), text.npos);
    EXPECT_NE(text.find(real.nodes[0].id.text()), text.npos);
}

TEST_F(BlindingTest, AnotherRoundUsesOtherNames) {
    const Snapshot real = example();
    const Blinding one = Blinding::make(random_);
    const Blinding two = Blinding::make(random_);
    EXPECT_NE(blinded(real, one), blinded(real, two));
    EXPECT_EQ(blinded(real, one), blinded(real, *Blinding::parse(one.text())));
    EXPECT_FALSE(Blinding::parse(""));
    EXPECT_FALSE(Blinding::parse(one.text().substr(2)));
    EXPECT_FALSE(Blinding::parse(std::string(64, 'x')));
}

}  // namespace
}  // namespace kapok::compute
