// Goal: what is stored comes back, what is another organization's is not there, and what comes
// twice is there once; the same on both databases.

#include <algorithm>
#include <iterator>

#include <gtest/gtest.h>

#include "compute/migrations.h"
#include "compute/services_store.h"
#include "compute/test_examples.h"
#include "compute/work_store.h"
#include "core/random.h"
#include "platform/db/testing/database_test.h"
#include "platform/db/testing/listing.h"

namespace kapok::compute {
namespace {

using platform::db::Blob;
using platform::db::Reader;
using platform::db::Transaction;

class ComputeStoreTest : public platform::db_test::DatabaseTest {
protected:
    ComputeStoreTest() : DatabaseTest(migrations()) {}

    template <class Id>
    Id make() {
        return Id::make(clock(), random_);
    }
    template <class Command>
    auto write(Command command) {
        return database().write_blocking(command).value();
    }
    template <class Read>
    auto read(Read function) {
        return database().read_blocking(function).value();
    }

    Site site() { return {make<SiteId>(), lab_, "centre", "cn-gd", clock().now(), 1}; }
    Node node(const Site& at) {
        return test::example_node(make<NodeId>(), at, make<core::UserId>().uuid(), clock().now());
    }
    Job job() {
        Job made;
        made.id = make<JobId>();
        made.organization = lab_;
        made.project = make<core::ProjectId>();
        made.submitted_by = "user alice";
        made.spec = test::example_spec();
        made.created_at = made.updated_at = clock().now();
        return made;
    }
    [[nodiscard]] core::Scope lab() const { return {false, {lab_}}; }
    [[nodiscard]] core::Scope rival() const { return {false, {rival_}}; }

    core::SeededRandom random_{11};
    core::OrganizationId lab_ = make<core::OrganizationId>();
    core::OrganizationId rival_ = make<core::OrganizationId>();
};
INSTANTIATE_KAPOK_DATABASES(ComputeStoreTest);

TEST_P(ComputeStoreTest, KeepsSitesAndNodesInTheirScope) {
    const Site made = site();
    const Node machine = node(made);
    EXPECT_TRUE(write([&](Transaction& t) { return store::insert_site(t, made); }));
    EXPECT_FALSE(write([&](Transaction& t) { return store::insert_site(t, made); }));
    EXPECT_TRUE(write([&](Transaction& t) { return store::insert_node(t, machine); }));
    EXPECT_FALSE(write([&](Transaction& t) { return store::insert_node(t, machine); }));
    EXPECT_EQ(read([&](Reader& r) { return store::find_site(r, lab(), made.id); }), made);
    EXPECT_EQ(read([&](Reader& r) { return store::find_site(r, lab_, "centre"); }), made);
    EXPECT_EQ(read([&](Reader& r) { return store::find_node(r, lab(), machine.id); }), machine);
    for (const core::Scope& scope : {rival(), core::Scope{}}) {
        EXPECT_EQ(read([&](Reader& r) { return store::find_site(r, scope, made.id); }),
                  std::nullopt);
        EXPECT_EQ(read([&](Reader& r) { return store::find_node(r, scope, machine.id); }),
                  std::nullopt);
        EXPECT_TRUE(
            read([&](Reader& r) { return store::list_sites(r, scope, {}, {}); }).items.empty());
        EXPECT_TRUE(
            read([&](Reader& r) { return store::list_nodes(r, scope, {}, {}); }).items.empty());
    }
}

TEST_P(ComputeStoreTest, ChangesANodeAndItsHeartbeat) {
    const Site made = site();
    Node machine = node(made);
    write([&](Transaction& t) { return store::insert_node(t, machine); });
    machine.wish = NodeWish::Draining;
    machine.measurement = make<MeasurementId>();
    machine.standard_unit_ppm = 1'500'000;
    ASSERT_TRUE(
        database().write_blocking([&](Transaction& t) { return store::update_node(t, machine); }));
    machine.version = 2;
    EXPECT_EQ(read([&](Reader& r) { return store::find_node(r, lab(), machine.id); }), machine);
    machine.last_seen_at += std::chrono::seconds(5);
    machine.report_sequence = 9;
    ASSERT_TRUE(database().write_blocking(
        [&](Transaction& t) { return store::touch_node(t, machine.id, machine.last_seen_at, 9); }));
    EXPECT_EQ(read([](Reader& r) { return store::all_nodes(r); }), std::vector{machine});
}

TEST_P(ComputeStoreTest, QueuesJobsByPriorityThenOrder) {
    Job first = job();
    Job second = job();
    Job urgent = job();
    urgent.spec.priority = 90;
    for (Job* each : {&first, &second, &urgent}) {
        EXPECT_TRUE(write([&](Transaction& t) { return store::insert_job(t, *each); }));
    }
    EXPECT_LT(first.number, second.number);
    EXPECT_EQ(read([&](Reader& r) { return store::queued_jobs(r, clock().now(), 10); }),
              (std::vector{urgent, first, second}));
    Job again = first;
    EXPECT_FALSE(write([&](Transaction& t) { return store::insert_job(t, again); }));
    EXPECT_EQ(read([&](Reader& r) { return store::find_job(r, rival(), first.id); }), std::nullopt);
}

TEST_P(ComputeStoreTest, ListsSitesAndNodesInEachOrder) {
    std::vector<Site> sites;
    std::vector<Node> nodes;
    for (const char* name : {"oak", "ash", "木棉", "elm"}) {
        Site made = site();
        made.name = name;
        made.region = sites.empty() ? "cn-bj" : "cn-gd";
        Node machine = node(made);
        machine.name = sites.size() % 2 == 0 ? "n2" : "n1";  // Names come twice.
        EXPECT_TRUE(write([&](Transaction& t) { return store::insert_site(t, made); }));
        EXPECT_TRUE(write([&](Transaction& t) { return store::insert_node(t, machine); }));
        sites.push_back(made);
        nodes.push_back(machine);
    }
    Site other = site();
    other.organization = rival_;
    EXPECT_TRUE(write([&](Transaction& t) { return store::insert_site(t, other); }));
    EXPECT_TRUE(write([&](Transaction& t) { return store::insert_node(t, node(other)); }));
    const auto some_sites = [&](const store::SiteFilter& filter) {
        return [this, filter](const core::Window& window) {
            return read([&](Reader& r) { return store::list_sites(r, lab(), filter, window); });
        };
    };
    const auto some_nodes = [&](const store::NodeFilter& filter) {
        return [this, filter](const core::Window& window) {
            return read([&](Reader& r) { return store::list_nodes(r, lab(), filter, window); });
        };
    };
    const auto name_of = [](const auto& one) { return one.name; };
    platform::db_test::expect_every_order(sites, some_sites({}), name_of);
    platform::db_test::expect_every_order(nodes, some_nodes({}), name_of);
    platform::db_test::expect_every_order(std::vector(sites.begin() + 1, sites.end()),
                                          some_sites({.region = "cn-gd"}), name_of);
    EXPECT_EQ(some_sites({.name = "ash"})({}).items, std::vector{sites[1]});
    EXPECT_EQ(some_sites({.organization = lab_})({}).items, sites);
    EXPECT_TRUE(some_sites({.organization = rival_})({}).items.empty());
    EXPECT_EQ(some_nodes({.site = sites[2].id})({}).items, std::vector{nodes[2]});
}

TEST_P(ComputeStoreTest, FiltersNodesByTheStateThatIsShown) {
    const Site made = site();
    const core::Timestamp now = clock().now();
    const std::chrono::seconds limit(30);
    std::vector<Node> nodes;
    for (const NodeWish wish : {NodeWish::Up, NodeWish::Draining, NodeWish::Down}) {
        for (const auto silence : {limit - limit, limit, limit + std::chrono::seconds(1)}) {
            Node machine = node(made);
            machine.wish = wish;
            machine.last_seen_at = now - silence;
            EXPECT_TRUE(write([&](Transaction& t) { return store::insert_node(t, machine); }));
            nodes.push_back(machine);
        }
    }
    for (std::size_t i = 0; i < kNodeStateNames.size(); ++i) {
        const auto state = static_cast<NodeState>(i);
        std::vector<Node> expected;
        std::ranges::copy_if(nodes, std::back_inserter(expected),
                             [&](const Node& one) { return state_of(one, now, limit) == state; });
        EXPECT_FALSE(expected.empty());
        const store::NodeFilter filter{.state = state, .silent_before = now - limit};
        EXPECT_EQ(read([&](Reader& r) { return store::list_nodes(r, lab(), filter, {}); }).items,
                  expected)
            << kNodeStateNames.at(i);
    }
    EXPECT_EQ(read([&](Reader& r) {
                  return store::list_nodes(r, lab(), {.wish = NodeWish::Draining}, {});
              }).items,
              std::vector(nodes.begin() + 3, nodes.begin() + 6));
}

TEST_P(ComputeStoreTest, ListsJobsInTheirOrderAndBack) {
    std::vector<Job> jobs;
    for (int i = 0; i < 5; ++i) {
        jobs.push_back(job());
        EXPECT_TRUE(write([&](Transaction& t) { return store::insert_job(t, jobs.back()); }));
    }
    Job other = job();
    other.organization = rival_;
    EXPECT_TRUE(write([&](Transaction& t) { return store::insert_job(t, other); }));
    const auto some = [&](const store::JobFilter& filter) {
        return [this, filter](const core::Window& window) {
            return read([&](Reader& r) { return store::list_jobs(r, lab(), filter, window); });
        };
    };
    platform::db_test::expect_orders_in_time(jobs, some({}));
    EXPECT_EQ(some({jobs[1].project, JobState::Queued})({}).items, std::vector{jobs[1]});
    EXPECT_TRUE(some({jobs[1].project, JobState::Running})({}).items.empty());
}

TEST_P(ComputeStoreTest, ChangesAJobOnlyFromTheVersionThatWasRead) {
    Job made = job();
    write([&](Transaction& t) { return store::insert_job(t, made); });
    Job changed = made;
    changed.status = {JobState::UserError, 1, true};
    changed.exit_code = 3;
    changed.finished_at = clock().now();
    EXPECT_TRUE(write([&](Transaction& t) { return store::update_job(t, changed); }));
    EXPECT_FALSE(write([&](Transaction& t) { return store::update_job(t, made); }));
    changed.version = 2;
    EXPECT_EQ(read([&](Reader& r) { return store::find_job(r, lab(), made.id); }), changed);
}

TEST_P(ComputeStoreTest, KnowsWhichAttemptsAreAlive) {
    const JobId of = make<JobId>();
    Attempt attempt;
    attempt.job = of;
    attempt.number = 1;
    attempt.node = make<NodeId>();
    attempt.demand = {500, 1 << 20, 2};
    attempt.accelerator_model = "H100";
    attempt.boot_id = "boot";
    attempt.dispatched_at = clock().now();
    attempt.ends_by = clock().now() + std::chrono::hours(1);
    const auto live = [&](std::optional<NodeId> where) {
        return read([&](Reader& r) { return store::live_attempts(r, where); });
    };
    ASSERT_TRUE(database().write_blocking(
        [&](Transaction& t) { return store::insert_attempt(t, attempt); }));
    EXPECT_EQ(live(std::nullopt), std::vector{attempt});
    EXPECT_EQ(live(attempt.node), std::vector{attempt});
    EXPECT_TRUE(live(make<NodeId>()).empty());
    attempt.ended_at = clock().now();
    attempt.exit = ExitClass::OutOfMemory;
    attempt.exit_code = 137;
    ASSERT_TRUE(database().write_blocking(
        [&](Transaction& t) { return store::update_attempt(t, attempt); }));
    EXPECT_TRUE(live(std::nullopt).empty());
    EXPECT_EQ(read([&](Reader& r) { return store::attempts_of(r, of); }), std::vector{attempt});
}

TEST_P(ComputeStoreTest, KeepsCommandsUntilTheyAreDone) {
    const NodeId where = make<NodeId>();
    const NodeId other = make<NodeId>();
    for (const std::string_view kind : {"run", "stop", "measure"}) {
        ASSERT_TRUE(database().write_blocking([&](Transaction& t) {
            return store::insert_command(t, {0, where, std::string(kind), "{}", clock().now()});
        }));
    }
    const auto open = [&](NodeId of, std::int64_t after) {
        return read([&](Reader& r) { return store::open_commands(r, of, {after, 10}); });
    };
    const auto all = open(where, 0);
    ASSERT_EQ(all.size(), 3);
    EXPECT_EQ(all[0].kind, "run");
    EXPECT_EQ(open(where, all[0].number).size(), 2);
    EXPECT_TRUE(open(other, 0).empty());
    const auto finish = [&](NodeId by) {
        ASSERT_TRUE(database().write_blocking(
            [&](Transaction& t) { return store::finish_command(t, by, all[0].number); }));
    };
    finish(other);  // Not its own: nothing happens.
    EXPECT_EQ(open(where, 0).size(), 3);
    finish(where);
    finish(where);
    EXPECT_EQ(open(where, 0).size(), 2);
    const auto remove = [&](core::Timestamp before) {
        return write([&](Transaction& t) { return store::remove_done_commands(t, before, 10); });
    };
    EXPECT_EQ(remove(clock().now()), 0);
    clock().advance(std::chrono::milliseconds(1));
    EXPECT_EQ(remove(clock().now()), 1);
    EXPECT_EQ(open(where, 0).size(), 2);
}

Blob bytes_of(std::string_view text) {
    const auto* data = reinterpret_cast<const std::byte*>(text.data());  // NOLINT: bytes are bytes.
    return {data, data + text.size()};
}

TEST_P(ComputeStoreTest, TakesEachByteOfALogOnce) {
    const JobId of = make<JobId>();
    const auto append = [&](std::int64_t position, std::string_view text) {
        const LogChunk chunk{of, 1, LogStream::Output, position, bytes_of(text)};
        ASSERT_TRUE(
            database().write_blocking([&](Transaction& t) { return store::append_log(t, chunk); }));
    };
    append(0, "hello ");
    append(6, "world");
    append(6, "again");  // A retry.
    append(99, "gap");
    append(11, "");
    EXPECT_EQ(read([&](Reader& r) { return store::log_length(r, of, 1, LogStream::Output); }), 11);
    EXPECT_EQ(read([&](Reader& r) { return store::log_length(r, of, 1, LogStream::Error); }), 0);
    const auto from = [&](std::int64_t position) {
        return read([&](Reader& r) {
            return store::read_log(r, of, 1, LogStream::Output, {position, 10});
        });
    };
    EXPECT_EQ(from(0).size(), 2);
    EXPECT_EQ(from(5).size(), 2);
    ASSERT_EQ(from(6).size(), 1);
    EXPECT_EQ(from(8).front().content, bytes_of("world"));
}

TEST_P(ComputeStoreTest, KeepsDecisionsWithTheirRoundAndArtifactsWithTheirOwner) {
    const JobId of = make<JobId>();
    const std::int64_t round = write([&](Transaction& t) {
        return store::insert_round(t, {0, 7, "{\"now\":1}", "{}", clock().now(), ""});
    });
    EXPECT_EQ(read([&](Reader& r) { return store::find_round(r, round); })->epoch, 7);
    for (const std::string_view verdict : {"wait", "start"}) {
        ASSERT_TRUE(database().write_blocking([&](Transaction& t) {
            return store::insert_decision(
                t, {0, of, 1, round, std::string(verdict), "{}", clock().now()});
        }));
    }
    EXPECT_EQ(read([&](Reader& r) { return store::latest_decision(r, of); })->verdict, "start");
    EXPECT_EQ(read([&](Reader& r) { return store::decisions_of(r, of); }).size(), 2);
    const auto page = [&](const core::Window& window) {
        return read([&](Reader& r) { return store::list_decisions(r, of, window); });
    };
    const auto newest = page({1, std::nullopt, core::Sort::CreatedDescending});
    ASSERT_EQ(newest.items.size(), 1);
    EXPECT_EQ(newest.items[0].verdict, "start");
    const auto oldest = page({1, newest.next, core::Sort::CreatedDescending});
    ASSERT_EQ(oldest.items.size(), 1);
    EXPECT_LT(oldest.items[0].number, newest.items[0].number);
    EXPECT_FALSE(oldest.next.has_value());
    const Artifact artifact{lab_, "sha256:ab", 5, clock().now()};
    for (int time = 0; time < 2; ++time) {
        ASSERT_TRUE(database().write_blocking(
            [&](Transaction& t) { return store::insert_artifact(t, artifact); }));
    }
    EXPECT_EQ(read([&](Reader& r) { return store::find_artifact(r, lab_, "sha256:ab"); }),
              artifact);
    EXPECT_EQ(read([&](Reader& r) { return store::find_artifact(r, rival_, "sha256:ab"); }),
              std::nullopt);
    const JobOutput output{of, 1, "out/a", "sha256:ab", 5};
    ASSERT_TRUE(
        database().write_blocking([&](Transaction& t) { return store::insert_output(t, output); }));
    EXPECT_EQ(read([&](Reader& r) { return store::outputs_of(r, of, 1); }), std::vector{output});
}

TEST_P(ComputeStoreTest, KeepsMeasurements) {
    const StoredMeasurement made{make<MeasurementId>(), make<NodeId>(), lab_, "{}",
                                 "ed25519:x",           "sig",          "{}", clock().now(),
                                 clock().now()};
    EXPECT_TRUE(write([&](Transaction& t) { return store::insert_measurement(t, made); }));
    EXPECT_FALSE(write([&](Transaction& t) { return store::insert_measurement(t, made); }));
    EXPECT_EQ(read([&](Reader& r) { return store::find_measurement(r, lab(), made.id); }), made);
    EXPECT_EQ(read([&](Reader& r) { return store::find_measurement(r, rival(), made.id); }),
              std::nullopt);
    EXPECT_EQ(
        read([&](Reader& r) { return store::list_measurements(r, lab(), made.node, {}); }).items,
        std::vector{made});
    EXPECT_TRUE(read([&](Reader& r) {
                    return store::list_measurements(r, rival(), made.node, {});
                }).items.empty());
}

TEST_P(ComputeStoreTest, KeepsServicesAndTheirTurnInTheQueue) {
    Job serving = job();
    serving.service = true;
    ASSERT_TRUE(write([&](Transaction& t) { return store::insert_job(t, serving); }));
    Service service;
    service.job = serving.id;
    service.serving = test::example_serving();
    service.not_before = clock().now() + std::chrono::seconds(4);
    ASSERT_TRUE(database().write_blocking(
        [&](Transaction& t) { return store::insert_service(t, service); }));
    const auto find = [&](JobId id) {
        return read([&](Reader& r) { return store::find_service(r, id); });
    };
    const auto queue = [&](core::Timestamp now) {
        return read([&](Reader& r) { return store::queued_jobs(r, now, 10); });
    };
    EXPECT_EQ(find(serving.id), service);
    EXPECT_EQ(find(make<JobId>()), std::nullopt);
    EXPECT_EQ(read([&](Reader& r) { return store::find_job(r, lab(), serving.id); }), serving);
    EXPECT_TRUE(queue(clock().now()).empty());
    EXPECT_EQ(queue(service.not_before), std::vector{serving});
    service.ready_attempt = 3;
    service.ready_at = clock().now();
    service.warmth = {"http://127.0.0.1:4000", 120, 93'000};
    service.restarts = 2;
    service.failures = 1;
    service.problem = "算力";
    ASSERT_TRUE(database().write_blocking(
        [&](Transaction& t) { return store::update_service(t, service); }));
    EXPECT_EQ(find(serving.id), service);
}

TEST_P(ComputeStoreTest, UpgradesFromEveryVersion) {
    platform::db_test::expect_upgrades(GetParam(), migrations());
}

}  // namespace
}  // namespace kapok::compute
