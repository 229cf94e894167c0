// Goal: jobs, nodes and money change together and once, whatever comes twice, late, out of order or
// from somebody else. Method: the real services on both databases, with a node that is played by
// the test: it takes orders and reports as an agent would.

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "compute/canonical_json.h"
#include "compute/errors.h"
#include "compute/limits.h"
#include "compute/retention.h"
#include "compute/scheduler/blinding.h"
#include "compute/test_control_plane.h"
#include "platform/crypto/encoding.h"
#include "platform/crypto/keys.h"

namespace kapok::compute {
namespace {

using identity::code_of;
using protocol::AttemptEnded;
using protocol::AttemptStarted;
using protocol::ReportAnswer;
using protocol::ReportBatch;
using test::kPoor;

class ControlPlaneTest : public test::ControlPlaneTest {};
INSTANTIATE_KAPOK_DATABASES(ControlPlaneTest);

TEST_P(ControlPlaneTest, RunsAJobFromSubmitToSettlement) {
    welcome();
    const JobId id = submit();
    EXPECT_EQ(plan().dispatched, 1);
    EXPECT_EQ(state(id), JobState::Dispatched);
    const auto given = orders(node_);
    ASSERT_EQ(given.size(), 1);
    const auto& order = std::get<protocol::Run>(given[0].second);
    EXPECT_EQ(order.attempt, (protocol::AttemptRef{id, 1}));
    EXPECT_EQ(order.project, project_);
    EXPECT_TRUE(order.own);
    ASSERT_TRUE(report(
        batch({protocol::OrderDone{given[0].first}, AttemptStarted{{id, 1}, clock().now()}})));
    EXPECT_EQ(state(id), JobState::Running);
    EXPECT_TRUE(orders(node_).empty());
    clock().advance(std::chrono::seconds(10));
    const auto stored = run(gate_->output(agent_, {id, 1}, "result")).value();
    AttemptEnded end = ended(id, 1, ExitClass::Succeeded);
    end.started_at = clock().now() - std::chrono::seconds(10);
    end.ended_at = clock().now();
    end.outputs = {{"out/a", stored, 6}};
    end.consumption.wall_us = 10'000'000;
    end.uses = {{core::make_uuid(clock(), system_), "core_time", {core::Unit::CoreMs, 10'000}}};
    ASSERT_TRUE(report(batch({end})));
    const auto view = run(jobs_->get(as("consumer"), id)).value();
    EXPECT_EQ(view.job.status.state, JobState::Succeeded);
    EXPECT_EQ(view.job.exit_code, 0);
    ASSERT_EQ(view.outputs.size(), 1);
    EXPECT_EQ(run(jobs_->download(as("boss"), std::nullopt, view.outputs[0].digest)).value(),
              "result");
    EXPECT_EQ(code_of(run(jobs_->download(as("rivalboss"), std::nullopt, view.outputs[0].digest))),
              "identity.not_found");
    EXPECT_EQ(code_of(run(jobs_->download(as("rivalboss"), project_, view.outputs[0].digest))),
              "identity.not_found");
    ASSERT_EQ(till_.settled.size(), 1);
    const AttemptUse& use = till_.settled.begin()->second.at(0);
    EXPECT_EQ(use.subject, id.text() + "/1");
    EXPECT_EQ(use.uses.at(0).quantity.count, 10'000);
    EXPECT_EQ(events("compute.job_succeeded"), 1);
}

TEST_P(ControlPlaneTest, TakesEachReportOnceAndInOrder) {
    welcome();
    const JobId id = submit();
    plan();
    const ReportBatch first = batch({AttemptStarted{{id, 1}, clock().now()}});
    const ReportBatch second = batch({ended(id, 1, ExitClass::UserError, 3)});
    EXPECT_EQ(code_of(report(second)), kReportGap.name);
    EXPECT_EQ(report(first)->sequence, 1);
    EXPECT_EQ(report(first)->sequence, 1);
    EXPECT_EQ(report(second)->sequence, 2);
    EXPECT_EQ(report(first)->sequence, 2);
    EXPECT_EQ(report(second)->sequence, 2);
    EXPECT_EQ(state(id), JobState::UserError);
    EXPECT_EQ(job(id).exit_code, 3);
    EXPECT_EQ(events("compute.job_user_error"), 1);
    ASSERT_EQ(till_.settled.size(), 1);
    EXPECT_EQ(till_.settled.begin()->second.size(), 1);
}

TEST_P(ControlPlaneTest, RefusesAWrongReportForGoodAndGoesOn) {
    welcome();
    const JobId id = submit();
    plan();
    const JobId stranger = make_id<JobId>();
    const auto answer =
        report(batch({AttemptStarted{{stranger, 1}, clock().now()},
                      ended(id, 7, ExitClass::Succeeded), AttemptStarted{{id, 1}, clock().now()}}));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->sequence, 3);
    EXPECT_EQ(state(id), JobState::Running);
    EXPECT_EQ(events("compute.report_refused"), 2);
}

TEST_P(ControlPlaneTest, DispatchesNoMoreThanFitsAndNothingTwice) {
    welcome();
    std::vector<JobId> jobs;
    for (int i = 0; i < 6; ++i) {
        jobs.push_back(submit());
    }
    EXPECT_EQ(plan().dispatched, 4);
    EXPECT_EQ(plan().dispatched, 0);
    restart_planner();  // As after a crash of the server.
    EXPECT_EQ(plan().dispatched, 0);
    EXPECT_EQ(orders(node_).size(), 4);
    ASSERT_TRUE(report(batch({ended(jobs[0], 1, ExitClass::Succeeded)})));
    EXPECT_EQ(plan().dispatched, 1);
    EXPECT_EQ(state(jobs[4]), JobState::Dispatched);
    EXPECT_EQ(state(jobs[5]), JobState::Queued);
    EXPECT_EQ(till_.held.size(), 5);
}

TEST_P(ControlPlaneTest, MakesAgainWhatWasLostAndNotWhatMayNotBe) {
    welcome();
    const JobId again = submit();
    NewJob once{{}, project_, test::example_spec()};
    once.spec.retry = Retry::Never;
    const JobId never = run(jobs_->submit(as("consumer"), once)).value().thing.id;
    EXPECT_EQ(plan().dispatched, 2);
    ASSERT_TRUE(report(batch({ended(again, 1, ExitClass::Lost, std::nullopt),
                              ended(never, 1, ExitClass::Lost, std::nullopt)})));
    EXPECT_EQ(state(again), JobState::Queued);
    EXPECT_EQ(state(never), JobState::Lost);
    EXPECT_EQ(plan().dispatched, 1);
    // Whatever is still said about the first attempt is not heard.
    ASSERT_TRUE(report(batch({ended(again, 1, ExitClass::Succeeded)})));
    EXPECT_EQ(state(again), JobState::Dispatched);
    ASSERT_TRUE(report(batch({ended(again, 2, ExitClass::Succeeded)})));
    EXPECT_EQ(state(again), JobState::Succeeded);
    EXPECT_EQ(till_.held.size(), 3);
    EXPECT_EQ(till_.settled.size(), 3);
}

TEST_P(ControlPlaneTest, CancelsInTheQueueAtOnceAndOnTheNodeByOrder) {
    welcome();
    const JobId running = submit(4);
    const JobId waiting = submit(4);
    plan();
    EXPECT_EQ(run(jobs_->cancel(as("consumer"), waiting))->status.state, JobState::Cancelled);
    EXPECT_EQ(run(jobs_->cancel(as("consumer"), running))->status.state, JobState::Dispatched);
    run(jobs_->cancel(as("consumer"), running)).value();  // Again: no second order.
    const auto given = orders(node_);
    ASSERT_EQ(given.size(), 2);
    EXPECT_EQ(std::get<protocol::Stop>(given[1].second).attempt,
              (protocol::AttemptRef{running, 1}));
    ASSERT_TRUE(report(batch({ended(running, 1, ExitClass::Cancelled, 143)})));
    EXPECT_EQ(state(running), JobState::Cancelled);
    EXPECT_EQ(code_of(run(jobs_->cancel(as("rivalboss"), running))), "identity.not_found");
    EXPECT_EQ(code_of(run(jobs_->cancel(as("auditor"), running))), "identity.role_missing");
}

TEST_P(ControlPlaneTest, SubmitsOnceHoweverOftenItIsSent) {
    NewJob request{{make_id<JobId>(), {}}, project_, test::example_spec()};
    const auto first = run(jobs_->submit(as("consumer"), request)).value();
    EXPECT_TRUE(first.is_new);
    EXPECT_FALSE(run(jobs_->submit(as("consumer"), request)).value().is_new);
    request.spec.command = {"/bin/false"};
    EXPECT_EQ(code_of(run(jobs_->submit(as("consumer"), request))), kIdTaken.name);
    NewJob keyed{
        {{}, identity::make_idempotency_key(as("consumer"), "k", "POST", "/j", "b").value()},
        project_,
        test::example_spec()};
    const auto one = run(jobs_->submit(as("consumer"), keyed)).value();
    EXPECT_EQ(run(jobs_->submit(as("consumer"), keyed)).value().thing.id, one.thing.id);
    NewJob old{{make_id<JobId>(), {}}, project_, test::example_spec()};
    clock().advance(std::chrono::hours(73));
    EXPECT_EQ(code_of(run(jobs_->submit(as("consumer"), old))), kStaleId.name);
}

TEST_P(ControlPlaneTest, RefusesJobsOfTheWrongPeopleAndWithTheWrongInputs) {
    NewJob request{{}, std::nullopt, test::example_spec()};
    EXPECT_EQ(code_of(run(jobs_->submit(as("consumer"), request))), kProjectMissing.name);
    request.project = make_id<core::ProjectId>();
    EXPECT_EQ(code_of(run(jobs_->submit(as("consumer"), request))), "identity.not_found");
    request.project = project_;
    EXPECT_EQ(code_of(run(jobs_->submit(as("rivalboss"), request))), "identity.not_found");
    EXPECT_EQ(code_of(run(jobs_->submit(as("auditor"), request))), "identity.role_missing");
    request.spec.inputs = {{"a", digest_of("theirs"), ""}};
    ASSERT_TRUE(run(jobs_->upload(as("rivalboss"), std::nullopt, "theirs")));
    EXPECT_EQ(code_of(run(jobs_->upload(as("rivalboss"), project_, "theirs"))),
              "identity.not_found");
    EXPECT_EQ(code_of(run(jobs_->submit(as("consumer"), request))), kUnknownArtifact.name);
    ASSERT_TRUE(run(jobs_->upload(as("consumer"), project_, "theirs")));
    EXPECT_TRUE(run(jobs_->submit(as("consumer"), request)));
    request.spec.inputs = {{"a", "", "local.txt"}};
    EXPECT_EQ(code_of(run(jobs_->submit(as("consumer"), request))), kInputNotUploaded.name);
    till_.poor[project_] = false;
    request.spec.inputs.clear();
    EXPECT_EQ(code_of(run(jobs_->submit(as("consumer"), request))), kPoor.name);
}

TEST_P(ControlPlaneTest, RefusesAJobThatCouldNotBeReadBack) {
    welcome();
    const auto refused = [this](auto change) {
        NewJob request{{}, project_, test::example_spec()};
        change(request.spec);
        const auto made = run(jobs_->submit(as("consumer"), request));
        return made ? std::string("taken")
                    : std::string(made.error().code().name) + " " +
                          made.error().pointer().value_or("");
    };
    EXPECT_EQ(refused([](JobSpec& spec) { spec.demand.memory_bytes = 1'024; }),
              std::string(kJobOutOfRange.name) + " /memory");
    EXPECT_EQ(refused([](JobSpec& spec) { spec.demand.memory_bytes = -1; }),
              std::string(kBadBytes.name) + " /memory");
    EXPECT_EQ(refused([](JobSpec& spec) { spec.demand.cpu_milli = 0; }),
              std::string(kJobOutOfRange.name) + " /cpu");
    EXPECT_EQ(refused([](JobSpec& spec) { spec.time_limit = {}; }),
              std::string(kJobOutOfRange.name) + " /time_limit");
    EXPECT_EQ(refused([](JobSpec& spec) { spec.demand.memory_bytes = kMemoryBytesMin; }), "taken");
    EXPECT_EQ(run(jobs_->list(as("consumer"), {}, {})).value().items.size(), 1);
}

TEST_P(ControlPlaneTest, PassesOverAJobThatCannotBePaidAndSaysWhy) {
    welcome();
    const core::ProjectId rich = project("boss", company_, "rich");
    const JobId broke = submit(4);
    till_.poor[project_] = true;
    NewJob other{{}, rich, test::example_spec()};
    other.spec.demand.cpu_milli = 4'000;
    const JobId paid = run(jobs_->submit(as("consumer"), other)).value().thing.id;
    EXPECT_EQ(plan().refused, 1);
    EXPECT_EQ(plan().dispatched, 1);
    EXPECT_EQ(state(broke), JobState::Queued);
    EXPECT_EQ(state(paid), JobState::Dispatched);
    const auto view = run(jobs_->get(as("boss"), broke)).value();
    ASSERT_TRUE(view.decision.has_value());
    EXPECT_EQ(view.decision->verdict, "refused");
    EXPECT_EQ(boost::json::parse(view.decision->body).at("refused").as_string(), kPoor.name);
    till_.poor.clear();
    ASSERT_TRUE(report(batch({ended(paid, 1, ExitClass::Succeeded)})));
    EXPECT_EQ(plan().dispatched, 0);
    clock().advance(std::chrono::seconds(29));
    ASSERT_TRUE(report(batch({})));  // The node still answers.
    clock().advance(std::chrono::seconds(2));
    EXPECT_EQ(plan().dispatched, 1);
}

// Each kept decision, made again from the snapshot that its owner is shown, is the kept one.
TEST_P(ControlPlaneTest, KeepsDecisionsThatCanBeMadeAgain) {
    welcome();
    std::vector<JobId> jobs;
    for (int i = 0; i < 5; ++i) {
        jobs.push_back(submit(3));
        plan();
    }
    ASSERT_TRUE(report(batch({ended(jobs[0], 1, ExitClass::Succeeded)})));
    plan();
    int checked = 0;
    for (const JobId id : jobs) {
        for (const DecisionView& view : run(jobs_->decisions(as("consumer"), id, {}))->items) {
            ASSERT_TRUE(view.round.has_value());
            const auto snapshot =
                snapshot_from_json(parse_canonical(view.round->snapshot)->as_object()).value();
            const auto policy =
                policy_from_json(parse_canonical(view.round->policy)->as_object()).value();
            auto again = compute::plan(snapshot, policy);
            const JobId own(substitute(id.text(), view.round->job_opening));
            const auto same = std::ranges::find(again, own, &Decision::job);
            ASSERT_NE(same, again.end());
            same->job = id;
            EXPECT_EQ(to_canonical(to_json(*same)).value(), view.decision.body);
            ++checked;
        }
    }
    EXPECT_GE(checked, 6);
    EXPECT_EQ(code_of(run(jobs_->decisions(as("rivalboss"), jobs[0], {}))), "identity.not_found");
}

TEST_P(ControlPlaneTest, ShowsNobodyElsesIdsInADecision) {
    welcome();
    const JobId first = submit(3);
    const JobId second = submit(3);
    plan();
    const auto views = run(jobs_->decisions(as("consumer"), second, {})).value().items;
    ASSERT_FALSE(views.empty());
    for (const DecisionView& view : views) {
        ASSERT_TRUE(view.round.has_value());
        for (const std::string& id : {first.text(), second.text(), company_.text()}) {
            EXPECT_FALSE(view.round->snapshot.contains(id)) << view.round->snapshot;
        }
        const JobId own(substitute(second.text(), view.round->job_opening));
        EXPECT_TRUE(view.round->snapshot.contains(own.text()));
        const core::OrganizationId home(
            substitute(company_.text(), view.round->organization_opening));
        EXPECT_TRUE(view.round->snapshot.contains(home.text()));
    }
}

TEST_P(ControlPlaneTest, KeepsNodesApart) {
    welcome();
    const core::Principal other = join(rival_);
    EXPECT_EQ(code_of(run(gate_->report(other, hello(node_)))), kIdTaken.name);
    EXPECT_EQ(code_of(run(gate_->report(other, batch({})))), kIdTaken.name);
    const core::Principal sibling = join(company_);
    EXPECT_EQ(code_of(run(gate_->report(sibling, batch({})))), kNodeUnknown.name);
    const JobId id = submit();
    plan();
    // A second node of the same organization reports the end of what it was not given.
    const NodeId second = make_id<NodeId>();
    ASSERT_TRUE(run(gate_->report(sibling, hello(second))));
    ReportBatch lie;
    lie.node = second;
    lie.boot_id = "boot-1";
    lie.reports = {{1, ended(id, 1, ExitClass::Succeeded)}};
    lie.logs = {{id, 1, LogStream::Output, 0, {std::byte{'x'}}}};
    ASSERT_TRUE(run(gate_->report(sibling, lie)));
    EXPECT_EQ(state(id), JobState::Dispatched);
    EXPECT_EQ(code_of(run(gate_->output(sibling, {id, 1}, "x"))), kForeignAttempt.name);
    EXPECT_EQ(code_of(run(gate_->input(sibling, {id, 1}, digest_of("x"), 0))),
              kForeignAttempt.name);
    EXPECT_EQ(code_of(run(gate_->orders(sibling, node_, 0))), kNodeUnknown.name);
    // Another machine that says it is this node has not its key.
    ReportBatch stolen = hello(node_);
    stolen.hello->public_key =
        platform::crypto::PrivateKey::make(platform::crypto::Suite::Intl, system_)
            .public_key()
            .text();
    EXPECT_EQ(code_of(run(gate_->report(sibling, stolen))), kIdTaken.name);
}

TEST_P(ControlPlaneTest, TakesInWhatEndsAfterItsOwnClockWasSetBack) {
    welcome();
    const JobId id = submit();
    plan();
    clock().advance(-std::chrono::minutes(10));
    ASSERT_TRUE(report(batch(
        {protocol::OrderDone{orders(node_)[0].first}, AttemptStarted{{id, 1}, clock().now()}})));
    AttemptEnded end = ended(id, 1, ExitClass::Succeeded);
    end.started_at = end.ended_at = clock().now();
    ASSERT_TRUE(report(batch({end})));
    EXPECT_EQ(state(id), JobState::Succeeded);
}

TEST_P(ControlPlaneTest, AsksForHelloAfterARestartAndKeepsWhatMayStillRun) {
    welcome();
    const JobId id = submit();
    plan();
    ASSERT_TRUE(report(batch({protocol::OrderDone{orders(node_)[0].first}})));
    ReportBatch rebooted = batch({});
    rebooted.boot_id = "boot-2";
    EXPECT_EQ(code_of(report(rebooted)), kNodeUnknown.name);
    // The agent started again on the same boot and does not know the attempt: nothing is proved.
    ASSERT_TRUE(report(starts_anew("boot-1")));
    EXPECT_EQ(state(id), JobState::Dispatched);
    // The machine started again, and its agent has looked: the attempt is gone.
    ASSERT_TRUE(report(starts_anew("boot-2")));
    EXPECT_EQ(state(id), JobState::Queued);
    EXPECT_EQ(till_.settled.size(), 1);
    // An attempt that the platform has given up is to be ended.
    ReportBatch late = hello(node_, "boot-2");
    late.attempts = {{id, 1}};
    EXPECT_EQ(report(late)->unknown, (std::vector<protocol::AttemptRef>{{id, 1}}));
}

TEST_P(ControlPlaneTest, DoesNotGiveUpAnAttemptWhoseOrderIsStillToCome) {
    welcome();
    const JobId id = submit();
    plan();
    ASSERT_TRUE(report(starts_anew("boot-2")));  // It never got the order.
    EXPECT_EQ(state(id), JobState::Dispatched);
    EXPECT_EQ(orders(node_).size(), 1);
}

// Found by the simulator: what the agent said when it knew nothing yet came again when it did.
TEST_P(ControlPlaneTest, DoesNotGiveUpAnAttemptBecauseOfAHelloThatCameTwice) {
    welcome();
    const JobId id = submit();
    plan();
    const ReportBatch first = starts_anew("boot-2");
    ASSERT_TRUE(report(first));
    ReportBatch done = batch({protocol::OrderDone{orders(node_)[0].first}});
    done.boot_id = "boot-2";
    done.attempts = {{id, 1}};
    ASSERT_TRUE(report(done));
    ASSERT_TRUE(report(first));
    EXPECT_EQ(state(id), JobState::Dispatched);
}

TEST_P(ControlPlaneTest, UsesNoNodeThatIsSilentOrDrainedAndLetsItBeDeclaredLost) {
    welcome();
    const JobId first = submit();
    plan();
    clock().advance(std::chrono::seconds(31));
    const JobId second = submit();
    EXPECT_EQ(plan().dispatched, 0);
    EXPECT_EQ(run(sites_->get_node(as("boss"), node_))->state, NodeState::Unreachable);
    EXPECT_EQ(state(first), JobState::Dispatched);  // Silence proves nothing.
    EXPECT_EQ(code_of(run(sites_->declare_lost(as("consumer"), node_))), "identity.role_missing");
    EXPECT_EQ(code_of(run(sites_->declare_lost(as("rivalboss"), node_))), "identity.not_found");
    const auto lost = run(sites_->declare_lost(as("boss"), node_));
    ASSERT_TRUE(lost);
    EXPECT_EQ(lost->state, NodeState::Down);
    EXPECT_EQ(state(first), JobState::Queued);
    EXPECT_TRUE(orders(node_).empty());
    ASSERT_TRUE(report(batch({})));
    EXPECT_EQ(code_of(run(sites_->declare_lost(as("boss"), node_))), kNodeAnswers.name);
    EXPECT_EQ(plan().dispatched, 0);
    ASSERT_TRUE(run(sites_->set_wish(as("boss"), node_, NodeWish::Up, std::nullopt)));
    EXPECT_EQ(plan().dispatched, 2);
    EXPECT_EQ(state(second), JobState::Dispatched);
}

Measurement measured(NodeId node, core::Timestamp now, MeasurementId id) {
    Measurement measurement;
    measurement.id = id;
    measurement.node = node;
    measurement.started_at = measurement.ended_at = now;
    measurement.cores = 4;
    for (const auto& [metric, value] :
         std::vector<std::pair<Metric, std::int64_t>>{{Metric::Fp32Gemm, 800'000'000'000},
                                                      {Metric::Int8Gemm, 2'000'000'000'000},
                                                      {Metric::MemoryTriad, 40'000'000'000},
                                                      {Metric::DiskLatency, 100'000},
                                                      {Metric::DiskThroughput, 1'000'000'000}}) {
        Reading reading;
        reading.metric = metric;
        reading.estimate = estimate({value}, 0);
        measurement.readings.push_back(reading);
    }
    return measurement;
}

TEST_P(ControlPlaneTest, GradesAndOffersANodeFromItsSignedMeasurementOnly) {
    welcome();
    const auto id = run(sites_->measure(as("provider"), node_, "tour")).value();
    EXPECT_EQ(std::get<protocol::Measure>(orders(node_)[0].second).id, id);
    const std::string document = canonical_text(measured(node_, clock().now(), id));
    const std::string message = std::string(protocol::kMeasurementLabel) + document;
    const auto sign = [](const platform::crypto::PrivateKey& key, const std::string& text) {
        return platform::crypto::to_base64url(key.sign(std::as_bytes(std::span(text))));
    };
    const auto other = platform::crypto::PrivateKey::make(platform::crypto::Suite::Intl, system_);
    const std::string foreign =
        canonical_text(measured(make_id<NodeId>(), clock().now(), make_id<MeasurementId>()));
    const std::string old = canonical_text(
        measured(node_, clock().now() - std::chrono::hours(80), make_id<MeasurementId>()));
    ASSERT_TRUE(report(batch(
        {protocol::Measured{document, sign(other, message)},
         protocol::Measured{document, sign(key_, document)},
         protocol::Measured{document + " ", sign(key_, message + " ")},
         protocol::Measured{foreign,
                            sign(key_, std::string(protocol::kMeasurementLabel) + foreign)},
         protocol::Measured{old, sign(key_, std::string(protocol::kMeasurementLabel) + old)}})));
    EXPECT_EQ(events("compute.report_refused"), 5);
    EXPECT_TRUE(till_.offers.empty());
    ASSERT_TRUE(report(batch({protocol::Measured{document, sign(key_, message)}})));
    const auto view = run(sites_->get_node(as("boss"), node_)).value();
    EXPECT_EQ(view.node.grade_class, "general-a");
    EXPECT_EQ(view.node.standard_unit_ppm, 2'000'000);
    EXPECT_EQ(till_.offers.at(node_).standard_unit_ppm, 2'000'000);
    const auto stored = run(sites_->get_measurement(as("consumer"), id)).value();
    EXPECT_EQ(stored.document, document);
    EXPECT_EQ(run(sites_->list_measurements(as("consumer"), node_, {}))->items.size(), 1);
    EXPECT_EQ(code_of(run(sites_->get_measurement(as("rivalboss"), id))), "identity.not_found");
    EXPECT_EQ(code_of(run(sites_->measure(as("consumer"), node_, "tour"))),
              "identity.role_missing");
}

TEST_P(ControlPlaneTest, KeepsAModelsSpeedWithoutTouchingTheNodesGrade) {
    welcome();
    const auto tell = [&](const Measurement& measurement) {
        const std::string document = canonical_text(measurement);
        const std::string message = std::string(protocol::kMeasurementLabel) + document;
        const auto signature = key_.sign(std::as_bytes(std::span(message)));
        ASSERT_TRUE(report(
            batch({protocol::Measured{document, platform::crypto::to_base64url(signature)}})));
    };
    const Measurement host = measured(node_, clock().now(), make_id<MeasurementId>());
    tell(host);
    Measurement model = measured(node_, clock().now(), make_id<MeasurementId>());
    model.readings.resize(1);
    model.readings[0].metric = Metric::ModelTokens;
    tell(model);
    const auto view = run(sites_->get_node(as("boss"), node_)).value();
    EXPECT_EQ(view.node.measurement, host.id);
    EXPECT_EQ(view.node.grade_class, "general-a");
    EXPECT_EQ(run(sites_->get_measurement(as("consumer"), model.id))->document,
              canonical_text(model));
    EXPECT_EQ(events("compute.node_measured"), 2);
}

TEST_P(ControlPlaneTest, AsksForEachMeasurementOnceAKey) {
    welcome();
    const auto key = [&](std::string_view who, std::string_view body) {
        return identity::make_idempotency_key(as(std::string(who)), "m", "POST", "/n", body);
    };
    const auto first = run(sites_->measure(as("provider"), node_, "tour", *key("provider", "t")));
    const auto again = run(sites_->measure(as("provider"), node_, "tour", *key("provider", "t")));
    EXPECT_EQ(again.value(), first.value());
    EXPECT_EQ(orders(node_).size(), 1);
    EXPECT_EQ(code_of(run(sites_->measure(as("provider"), node_, "full", *key("provider", "f")))),
              identity::kIdempotencyKeyReused.name);
    EXPECT_EQ(code_of(run(sites_->measure(as("consumer"), node_, "tour", *key("consumer", "t")))),
              "identity.role_missing");
    EXPECT_EQ(orders(node_).size(), 1);
}

TEST_P(ControlPlaneTest, KeepsEachUploadOnceAKey) {
    const auto key = [&](std::string_view body) {
        return identity::make_idempotency_key(as("consumer"), "u", "POST", "/a", body).value();
    };
    const auto first = run(jobs_->upload(as("consumer"), project_, "one", key("one"))).value();
    clock().advance(std::chrono::minutes(1));
    const auto again = run(jobs_->upload(as("consumer"), project_, "one", key("one"))).value();
    EXPECT_EQ(again.digest, first.digest);
    EXPECT_EQ(again.created_at, first.created_at);
    EXPECT_EQ(code_of(run(jobs_->upload(as("consumer"), project_, "two", key("two")))),
              identity::kIdempotencyKeyReused.name);
}

TEST_P(ControlPlaneTest, StreamsOrdersAndLogsFromWhereTheReaderWas) {
    welcome();
    const JobId id = submit();
    plan();
    auto source = run(gate_->orders(agent_, node_, 0)).value();
    const auto event = run(source->next());
    ASSERT_TRUE(event.has_value());
    EXPECT_EQ(event->type, "run");
    EXPECT_EQ(event->id, std::to_string(orders(node_)[0].first));
    ReportBatch said = batch({AttemptStarted{{id, 1}, clock().now()}});
    const auto bytes = [](std::string_view text) {
        const auto view = std::as_bytes(std::span(text));
        return platform::db::Blob(view.begin(), view.end());
    };
    said.logs = {{id, 1, LogStream::Output, 0, bytes("算")},
                 {id, 1, LogStream::Output, 3, bytes("\xE5\x8A")}};
    EXPECT_EQ(report(said)->logs.back().position, 5);
    ReportBatch more = batch({ended(id, 1, ExitClass::Succeeded)});
    more.logs = {{id, 1, LogStream::Output, 5, bytes("\x9B!\xFF")}};
    ASSERT_TRUE(report(more));
    const auto read_all = [&](LogCursor from) {
        auto log = run(jobs_->follow(as("consumer"), id, from)).value();
        std::string text;
        std::string types;
        while (const auto one = run(log->next())) {
            types += one->type + " ";
            const auto data = boost::json::parse(one->data).as_object();
            text += data.contains("text") ? std::string(data.at("text").as_string()) : "";
        }
        return std::pair(text, types);
    };
    EXPECT_EQ(read_all({}).first, "算力!\xEF\xBF\xBD");
    EXPECT_EQ(read_all({1, 3, 0}).first, "力!\xEF\xBF\xBD");
    EXPECT_TRUE(read_all({}).second.ends_with("end "));
    EXPECT_EQ(code_of(run(jobs_->follow(as("rivalboss"), id, {}))), "identity.not_found");
}

TEST_P(ControlPlaneTest, ForgetsLogsWhenTheirTimeIsOver) {
    constexpr std::chrono::days kKept{90};
    welcome();
    const auto text = std::as_bytes(std::span(std::string_view("words")));
    const auto work = [&](bool to_its_end) {
        const JobId id = submit();
        plan();
        ReportBatch said = batch({AttemptStarted{{id, 1}, clock().now()}});
        said.logs = {{id, 1, LogStream::Output, 0, {text.begin(), text.end()}}};
        EXPECT_TRUE(report(said));
        if (to_its_end) {
            EXPECT_TRUE(report(batch({ended(id, 1, ExitClass::Succeeded)})));
        }
        return id;
    };
    const auto bytes_left = [&](const JobId& id) {
        return database()
            .read_blocking([&](platform::db::Reader& reader) {
                return store::log_length(reader, id, 1, LogStream::Output);
            })
            .value();
    };
    const auto remove = [&](std::chrono::days kept) {
        return run(remove_what_is_old(database(), kept)).value();
    };
    std::vector<JobId> over;
    for (int i = 0; i < 6; ++i) {  // More than one piece.
        over.push_back(work(true));
    }
    const JobId alive = work(false);
    clock().advance(kKept);
    EXPECT_EQ(remove(kKept), 0);
    EXPECT_EQ(bytes_left(over[0]), 5);
    clock().advance(std::chrono::milliseconds(1));
    EXPECT_EQ(remove(std::chrono::days(0)), 0);
    EXPECT_EQ(remove(kKept), over.size());
    EXPECT_EQ(remove(kKept), 0);
    EXPECT_EQ(bytes_left(over[0]) + bytes_left(over[5]), 0);
    EXPECT_EQ(bytes_left(alive), 5);

    const JobView view = run(jobs_->get(as("consumer"), over[0])).value();
    EXPECT_EQ(view.attempts.at(0).log_removed_at, clock().now());
    auto log = run(jobs_->follow(as("consumer"), over[0], {})).value();
    std::string types;
    while (const auto one = run(log->next())) {
        types += one->type + " ";
    }
    EXPECT_EQ(types, "removed state end ");
}

}  // namespace
}  // namespace kapok::compute
