// What values follow from facts, and that the digest of the facts is what sha256sum says.

#include "registry/tally.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/errors.h"
#include "core/random.h"
#include "registry/fact_digest.h"
#include "registry/limits.h"
#include "registry/live_values.h"
#include "registry/metric_catalogue.h"
#include "registry/sampler.h"

namespace kapok::registry {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr core::Timestamp kStart{seconds(1'800'000'000)};

Fact fact(seconds after, std::string subject, Labels labels, std::int64_t value) {
    return {kStart + after, "row_1", {}, std::move(subject), std::move(labels), value};
}

TEST(Tally, AddsUpTotals) {
    Tally tally(Fold::Total);
    EXPECT_EQ(tally.at(kStart), Values());
    tally.add(fact(seconds(1), "a", {"x"}, 3));
    tally.add(fact(seconds(2), "b", {"x"}, 4));
    tally.add(fact(seconds(3), "b", {"y"}, 5));
    EXPECT_EQ(tally.at(kStart + seconds(9)), (Values{{{"x"}, 7}, {{"y"}, 5}}));
}

TEST(Tally, RefusesASumThatDoesNotFit) {
    Tally tally(Fold::Total);
    const auto most = std::numeric_limits<std::int64_t>::max();
    tally.add(fact(seconds(1), "a", {}, most));
    EXPECT_EQ(tally.at(kStart), (Values{{{}, most}}));
    tally.add(fact(seconds(2), "a", {}, 1));
    ASSERT_FALSE(tally.at(kStart));
    EXPECT_EQ(tally.at(kStart).error().code(), core::kOverflow);
    tally.add(fact(seconds(3), "a", {}, -1));
    EXPECT_EQ(tally.at(kStart), (Values{{{}, most}}));
}

TEST(Tally, KeepsTheNewestOfEachSubject) {
    Tally tally(Fold::Level);
    tally.add(fact(seconds(1), "job 1", {"queued"}, 1));
    tally.add(fact(seconds(2), "job 2", {"queued"}, 1));
    EXPECT_EQ(tally.at(kStart + seconds(2)), (Values{{{"queued"}, 2}}));
    tally.add(fact(seconds(3), "job 1", {"running"}, 1));
    EXPECT_EQ(tally.at(kStart + seconds(3)), (Values{{{"queued"}, 1}, {{"running"}, 1}}));
    tally.add(fact(seconds(4), "job 1", {"succeeded"}, 0));
    EXPECT_EQ(tally.at(kStart + seconds(4)), (Values{{{"queued"}, 1}, {{"running"}, 0}}));
}

TEST(Tally, CountsNoTimeInWhichNobodyLooked) {
    Tally tally(Fold::Share);
    EXPECT_EQ(tally.at(kStart), Values());
    tally.add(fact(hours(0), "node 1", {"centre"}, 1));
    tally.add(fact(hours(3), "node 1", {"centre"}, 0));
    tally.add(fact(hours(4), "node 1", {"centre"}, -1));
    EXPECT_EQ(tally.at(kStart + hours(9)), (Values{{{"centre"}, 750'000}}));
    tally.add(fact(hours(10), "node 1", {"centre"}, 1));
    EXPECT_EQ(tally.at(kStart + hours(14)), (Values{{{"centre"}, 875'000}}));
    EXPECT_EQ(tally.at(kStart + hours(34)), (Values{{{"centre"}, 1'000'000}}));
}

// Second model of a share: second by second.
TEST(Tally, SharesAreWhatCountingEachSecondGives) {
    core::SeededRandom random(7);
    for (int round = 0; round < 12; ++round) {
        Tally tally(Fold::Share);
        std::vector<Fact> facts;
        seconds now{0};
        for (int i = 0; i < 40; ++i) {
            now += seconds(random.below(9'000) + 1);
            const std::string subject = random.below(2) == 0 ? "node 1" : "node 2";
            facts.push_back(
                fact(now, subject, {"centre"}, static_cast<std::int64_t>(random.below(3)) - 1));
            tally.add(facts.back());
        }
        now += seconds(random.below(90'000));
        std::int64_t good = 0;
        std::int64_t seen = 0;
        for (const std::string subject : {"node 1", "node 2"}) {
            for (seconds second = now - kShareWindow; second < now; ++second) {
                std::int64_t value = -1;
                for (const Fact& one : facts) {
                    value = one.subject == subject && one.at <= kStart + second ? one.value : value;
                }
                seen += value >= 0 ? 1 : 0;
                good += value > 0 ? 1 : 0;
            }
        }
        const Values expected =
            seen == 0 ? Values() : Values{{{"centre"}, good * 1'000'000 / seen}};
        EXPECT_EQ(tally.at(kStart + now), expected) << "round " << round;
    }
}

TEST(FactDigest, IsWhatSha256sumSaysOfTheLines) {
    constexpr std::array<Dimension, 1> kDimensions{{{"model", {"Model", "模型"}}}};
    const Fact one = fact(seconds(0), "req \"1\"", {"木棉"}, 42);
    const auto line = line_of(one, kDimensions);
    ASSERT_TRUE(line);
    EXPECT_EQ(*line,
              "{\"at\":\"2027-01-15T08:00:00.000000Z\",\"id\":\"row_1\",\"labels\":{\"model\":"
              "\"木棉\"},\"organization_id\":null,\"subject\":\"req \\\"1\\\"\",\"value\":\"42\"}"
              "\n");
    FactDigest digest;
    EXPECT_EQ(digest.text(),
              "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    digest.add(*line);
    const std::string first = digest.text();
    EXPECT_EQ(first, digest.text());
    digest.add(*line);
    EXPECT_NE(first, digest.text());
    EXPECT_EQ(digest.count(), 2);
    EXPECT_FALSE(line_of(fact(seconds(0), "\xff", {"x"}, 1), kDimensions));
}

constexpr Text kText{"text", "文字"};
constexpr MetricInfo kInfo{"things", Fold::Level, "thing", {},    Evidence::Observed,
                           kText,    seconds(5),  kText,   kText, "kapok_things"};
const ReadFacts kNothing = [](platform::db::Reader&, const core::Scope&, const Span&,
                              const Visit&) { return core::Result<void>(); };

TEST(MetricCatalogue, TakesNoMetricThatIsNotRight) {
    MetricCatalogue catalogue;
    catalogue.add({kInfo, kNothing});
    const auto refuses = [&](auto change) {
        MetricInfo info = kInfo;
        info.name = "others";
        info.prometheus = "kapok_others";
        change(info);
        EXPECT_THROW(catalogue.add({info, kNothing}), std::logic_error);
    };
    refuses([](MetricInfo& info) { info.name = "things"; });
    refuses([](MetricInfo& info) { info.name = "Things"; });
    refuses([](MetricInfo& info) { info.prometheus = "kapok_things"; });
    refuses([](MetricInfo& info) { info.prometheus = "others"; });
    refuses([](MetricInfo& info) { info.fold = Fold::Total; });
    refuses([](MetricInfo& info) { info.title.zh = ""; });
    refuses([](MetricInfo& info) { info.unit = kMicroUnit; });
    EXPECT_THROW(catalogue.add({kInfo, {}}), std::logic_error);
    EXPECT_EQ(catalogue.all().size(), 1U);
    EXPECT_NE(catalogue.find("things"), nullptr);
    EXPECT_EQ(catalogue.find("others"), nullptr);
}

TEST(LiveValues, AreWrittenAsPrometheusReadsThem) {
    constexpr std::array<Dimension, 1> kDimensions{{{"model", {"Model", "模型"}}}};
    MetricInfo info = kInfo;
    info.dimensions = kDimensions;
    EXPECT_EQ(to_prometheus(info, {{{"a\"b\\c\n"}, 3}}),
              "# HELP kapok_things text. Unit: thing.\n# TYPE kapok_things gauge\n"
              "kapok_things{model=\"a\\\"b\\\\c \"} 3\n");
}

TEST(Sampler, WritesDownOnlyWhatChanged) {
    const std::vector<Observation> open{{"node", "1", {}, {"up"}, 1, kStart, 0},
                                        {"node", "2", {}, {"up"}, 1, kStart, 0},
                                        {"other", "3", {}, {"up"}, 1, kStart, 0}};
    const core::Timestamp now = kStart + seconds(5);
    const auto changes =
        changes_between(open, "node", {{"1", {}, {"up"}, 1}, {"4", {}, {"down"}, 1}}, now);
    const std::vector<Observation> expected{{"node", "4", {}, {"down"}, 1, now, 0},
                                            {"node", "2", {}, {"up"}, 0, now, 0}};
    EXPECT_EQ(changes, expected);
}

}  // namespace
}  // namespace kapok::registry
