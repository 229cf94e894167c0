// The promise of the catalogue, on both databases: what is answered as of a time is answered again
// whenever it is asked, whatever happened since and however late it was numbered.

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "audit/api.h"
#include "audit/event_log.h"
#include "audit/marks.h"
#include "audit/migrations.h"
#include "core/random.h"
#include "platform/db/migrations.h"
#include "platform/db/testing/database_test.h"
#include "registry/evaluation.h"
#include "registry/history.h"
#include "registry/limits.h"
#include "registry/live_values.h"
#include "registry/migrations.h"
#include "registry/observations.h"
#include "registry/sampler.h"

namespace kapok::registry {
namespace {

using std::chrono::seconds;

const core::Principal kCaller = core::Principal::system("test");
constexpr Text kText{"text", "文字"};
constexpr std::array<Dimension, 1> kByState{{{"state", {"State", "状态"}}}};

ReadFacts of_series(bool share) {
    return [share](Reader& reader, const core::Scope& scope, const Span& span, const Visit& visit) {
        return visit_observations(reader, "node", scope, span, [&](const Observation& seen) {
            Fact fact = to_fact(seen);
            if (share) {
                fact.value = fact.value == 0 ? -1 : fact.labels.front() == "up" ? 1 : 0;
                fact.labels = {};
            }
            visit(fact);
        });
    };
}

const Metric kNodes{{"nodes", Fold::Level, "node", kByState, Evidence::Observed, kText, seconds(5),
                     kText, kText, "kapok_nodes"},
                    of_series(false)};
const Metric kShare{{"share",
                     Fold::Share,
                     "ppm",
                     {},
                     Evidence::Observed,
                     kText,
                     seconds(5),
                     kText,
                     kText,
                     "kapok_share"},
                    of_series(true)};
const Metric kEvents{
    {"events",
     Fold::Total,
     "event",
     {},
     Evidence::Logged,
     kText,
     seconds(5),
     kText,
     kText,
     "kapok_events_total"},
    [](Reader& reader, const core::Scope& scope, const Span& span, const Visit& visit) {
        constexpr std::array<std::string_view, 2> kTypes{"test.one", "test.two"};
        return audit::visit_marks(reader, scope, kTypes, {span.after, span.upto},
                                  [&](const audit::EventMark& event) {
                                      visit({event.recorded_at,
                                             "event " + std::to_string(event.sequence),
                                             event.organization.value_or(core::OrganizationId()),
                                             event.subject,
                                             {},
                                             1});
                                  });
    }};

class AsOfTest : public platform::db_test::DatabaseTest {
protected:
    struct Answer {
        const Metric* metric;
        core::Scope scope;
        Point point;
    };

    AsOfTest() : DatabaseTest(platform::db::join_migrations({audit::migrations(), migrations()})) {}

    template <class Command>
    void write(Command command) {
        const auto done = database().write_blocking(std::move(command));
        ASSERT_TRUE(done) << core::render(done.error(), core::Language::En);
    }
    template <class Look>
    auto read(Look look) {
        auto found = database().read_blocking(std::move(look));
        EXPECT_TRUE(found) << core::render(found.error(), core::Language::En);
        return *std::move(found);
    }
    std::int64_t below(std::uint64_t limit) {
        return static_cast<std::int64_t>(random_.below(limit));
    }

    History history(Evidence evidence) {
        return read([&](Reader& r) { return history_of(r, evidence, clock().now()); });
    }
    Point point_at(const Metric& metric, const core::Scope& scope, core::Timestamp time) {
        return read([&](Reader& r) { return evaluate(r, metric, scope, std::span(&time, 1)); })
            .front();
    }
    core::Scope some_scope() {
        return below(2) == 0 ? core::Scope::all()
                             : core::Scope{false, {owners_[random_.below(owners_.size())]}};
    }

    // Asks as of some time that can be asked, and remembers what was said.
    void ask(const Metric& metric) {
        const History known = history(metric.info.evidence);
        if (!known.since || *known.since > known.settled) {
            return;
        }
        const auto span = (known.settled - *known.since).count();
        const auto back =
            below(2) == 0 ? below(20'000'000) : below(static_cast<std::uint64_t>(span) + 1);
        const core::Timestamp time =
            std::max(*known.since, known.settled - std::chrono::microseconds(back));
        const core::Scope scope = some_scope();
        answers_.push_back({&metric, scope, point_at(metric, scope, time)});
    }
    void expect_the_same_again() {
        ASSERT_GT(answers_.size(), 50U);
        std::size_t with_values = 0;
        for (const Answer& answer : answers_) {
            EXPECT_EQ(point_at(*answer.metric, answer.scope, answer.point.at), answer.point)
                << answer.metric->info.name << " as of "
                << answer.point.at.time_since_epoch().count();
            with_values += answer.point.values.empty() ? 0 : 1;
        }
        EXPECT_GT(with_values, 20U);
    }

    core::SeededRandom random_{20'261'124};
    std::array<core::OrganizationId, 3> owners_{core::OrganizationId(core::Uuid{{1}}),
                                                core::OrganizationId(core::Uuid{{2}}),
                                                core::OrganizationId(core::Uuid{{3}})};
    std::vector<Answer> answers_;
};

TEST_P(AsOfTest, LevelsAndSharesStayWhatTheyWere) {
    std::map<std::string, std::string> states;
    const std::vector<Probe> probes{{"node", [&](Reader&, core::Timestamp) {
                                         std::vector<Level> levels;
                                         for (const auto& [node, state] : states) {
                                             const auto owner = owners_[node.size() % 3];
                                             levels.push_back({node, owner, {state}, 1});
                                         }
                                         return core::Result<std::vector<Level>>(levels);
                                     }}};
    constexpr std::array<std::string_view, 3> kStates{"up", "down", "draining"};
    write([](Transaction& t) { return audit::publish(t, kCaller, {"test.one", "x", {}, {}, {}}); });
    for (int round = 0; round < 150; ++round) {
        const std::string node(static_cast<std::size_t>(below(6) + 1), 'n');
        if (below(4) == 0) {
            states.erase(node);
        } else {
            states[node] = kStates[random_.below(kStates.size())];
        }
        clock().advance(below(15) == 0 ? seconds(100 + below(50'000)) : seconds(below(8)));
        ask(kNodes);  // Before the look: what it writes must change nothing that was said.
        write([&](Transaction& t) { return sample(t, probes); });
        ask(kShare);
        ask(kNodes);
    }
    expect_the_same_again();
}

TEST_P(AsOfTest, EventsThatAreNumberedLateChangeNoAnswer) {
    std::int64_t numbered = 0;
    for (int round = 0; round < 150; ++round) {
        clock().advance(std::chrono::milliseconds(below(9'000)));
        const auto owner = owners_[random_.below(owners_.size())];
        const std::string type = below(3) == 0 ? "test.three" : "test.one";
        write([&](Transaction& t) {
            return audit::publish(t, kCaller, {type, "thing 1", owner, {}, {}});
        });
        ask(kEvents);
        if (below(4) == 0) {
            write([&](Transaction& t) -> core::Result<void> {
                auto pending = audit::list_pending(t, 1'000);
                if (!pending) {
                    return std::unexpected(pending.error());
                }
                std::vector<std::string> bodies(pending->size(), "{}");
                const auto count = std::ssize(bodies);
                auto done =
                    audit::number_events(t, *std::move(pending), std::move(bodies), numbered + 1);
                numbered += done ? count : 0;
                return done;
            });
        }
        ask(kEvents);
    }
    expect_the_same_again();
}

TEST_P(AsOfTest, ASeriesIsItsValuesOneByOne) {
    core::Timestamp first = clock().now();
    std::int64_t number = 0;
    for (int i = 0; i < 100; ++i) {
        clock().advance(seconds(below(600)));
        const Observation seen{"node",     "n" + std::to_string(below(5)),
                               owners_[0], {below(2) == 0 ? "up" : "down"},
                               below(3),   clock().now(),
                               ++number};
        write([&](Transaction& t) { return insert_observation(t, seen); });
    }
    std::vector<core::Timestamp> times;
    for (core::Timestamp time = first; time < clock().now(); time += seconds(977)) {
        times.push_back(time);
    }
    for (const Metric* metric : {&kNodes, &kShare}) {
        const auto series =
            read([&](Reader& r) { return evaluate(r, *metric, core::Scope::all(), times); });
        ASSERT_EQ(series.size(), times.size());
        for (const Point& point : series) {
            EXPECT_EQ(point, point_at(*metric, core::Scope::all(), point.at));
        }
        EXPECT_EQ(series.back().inputs > 50, true);
    }
}

TEST_P(AsOfTest, AnotherOrganizationsFactsAreNotThere) {
    write([&](Transaction& t) {
        return insert_observation(t, {"node", "a", owners_[0], {"up"}, 1, t.now(), 0});
    });
    const auto now = clock().now();
    EXPECT_EQ(point_at(kNodes, {false, {owners_[0]}}, now).values, (Values{{{"up"}, 1}}));
    EXPECT_EQ(point_at(kNodes, {false, {owners_[1]}}, now).values, Values());
    EXPECT_EQ(point_at(kNodes, {false, {}}, now).inputs, 0);
}

TEST_P(AsOfTest, NothingIsKnownBeforeTheHistoryBegins) {
    EXPECT_EQ(history(Evidence::Booked).since, std::nullopt);
    EXPECT_EQ(history(Evidence::Observed).since, std::nullopt);
    const auto start = clock().now();
    write([](Transaction& t) { return audit::publish(t, kCaller, {"test.one", "x", {}, {}, {}}); });
    EXPECT_EQ(history(Evidence::Booked).since, start);
    EXPECT_EQ(history(Evidence::Observed).since, std::nullopt);
    EXPECT_EQ(history(Evidence::Booked).settled, start - kSettleTime);
    clock().advance(std::chrono::hours(1));
    EXPECT_EQ(history(Evidence::Logged).settled, start - std::chrono::microseconds(1));
    write([](Transaction& t) { return sample(t, {}); });
    EXPECT_EQ(history(Evidence::Observed).since, clock().now());
}

TEST_P(AsOfTest, LiveValuesAreThoseOfTheNewestTime) {
    MetricCatalogue catalogue;
    catalogue.add(kNodes);
    catalogue.add(kEvents);
    LiveValues live(catalogue);
    write([](Transaction& t) { return audit::publish(t, kCaller, {"test.one", "x", {}, {}, {}}); });
    for (int round = 0; round < 20; ++round) {
        const std::vector<Probe> probes{{"node", [&](Reader&, core::Timestamp) {
                                             return core::Result<std::vector<Level>>(
                                                 {{"n", owners_[0], {"up"}, round % 3 + 1}});
                                         }}};
        write([&](Transaction& t) { return sample(t, probes); });
        clock().advance(seconds(7));
        const auto text = read([&](Reader& r) { return live.render(r, clock().now()); });
        const std::string line =
            "kapok_nodes{state=\"up\"} " + std::to_string(round % 3 + 1) + "\n";
        EXPECT_NE(text.find(line), text.npos) << text;
        EXPECT_NE(text.find("# TYPE kapok_events_total counter\n"), text.npos);
    }
}

INSTANTIATE_KAPOK_DATABASES(AsOfTest);

}  // namespace
}  // namespace kapok::registry
