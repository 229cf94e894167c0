// Goal: a service is given to a node, becomes ready, is started again for ever and ends only when
// it is stopped; it costs nobody anything and nobody else can make or end one. Method: the real
// services on both databases, and a node that is played by the test.

#include <gtest/gtest.h>

#include "compute/api.h"
#include "compute/errors.h"
#include "compute/limits.h"
#include "compute/services_store.h"
#include "compute/test_control_plane.h"
#include "platform/db/bell.h"

namespace kapok::compute {
namespace {

using identity::code_of;
using std::chrono::seconds;
using test::AttemptEnded;
using test::AttemptStarted;

class ServicesTest : public test::ControlPlaneTest {
protected:
    NewService wanted() {
        const Serving serving = test::example_serving();
        NewService service;
        service.id = make_id<JobId>();
        service.organization = company_;
        service.project = project_;
        service.name = "tiny";
        service.engine = serving.engine;
        service.arguments = serving.arguments;
        service.model_digest = serving.model_digest;
        service.model_file = serving.model_file;
        service.model_bytes = serving.model_bytes;
        service.demand = {1'000, std::int64_t{512} << 20, 0};
        service.warm_up_path = serving.warm_up_path;
        service.warm_up_body = serving.warm_up_body;
        return service;
    }
    core::Result<void> start(const NewService& service) {
        return database().write_blocking(
            [&](Transaction& t) { return start_service(t, as("boss"), service); });
    }
    core::Result<void> stop(JobId id) {
        return database().write_blocking(
            [&](Transaction& t) { return stop_service(t, as("boss"), id); });
    }
    ServiceView view(JobId id) {
        return database()
            .read_blocking([&](Reader& r) { return compute::find_service(r, id); })
            .value()
            .value();
    }
    ServicePhase phase(JobId id) { return view(id).phase; }
    static protocol::ServiceReady ready(JobId id, std::int64_t attempt, int port = 4'000) {
        return {{id, attempt}, {"http://127.0.0.1:" + std::to_string(port), 250, 93'400}};
    }
    // Gives it to the node and takes the order away.
    void dispatch(JobId id) {
        EXPECT_EQ(plan().dispatched, 1);
        for (const auto& [number, order] : orders(node_)) {
            ASSERT_TRUE(report(batch({protocol::OrderDone{number}})));
        }
        ASSERT_TRUE(report(batch({AttemptStarted{{id, view(id).attempt}, clock().now()}})));
    }
};
INSTANTIATE_KAPOK_DATABASES(ServicesTest);

TEST_P(ServicesTest, ServesFromItsStartToItsStop) {
    welcome();
    const NewService service = wanted();
    const std::uint64_t rung = database().bell(kServicesBell).count();
    ASSERT_TRUE(start(service));
    EXPECT_GT(database().bell(kServicesBell).count(), rung);
    EXPECT_EQ(phase(service.id), ServicePhase::Queued);
    EXPECT_EQ(plan().dispatched, 1);
    EXPECT_EQ(phase(service.id), ServicePhase::Starting);
    EXPECT_EQ(view(service.id).node, node_);
    const auto given = orders(node_);
    ASSERT_EQ(given.size(), 1);
    const auto& order = std::get<protocol::Run>(given[0].second);
    EXPECT_TRUE(order.own);
    ASSERT_TRUE(order.serving.has_value());
    EXPECT_EQ(*order.serving, test::example_serving());
    ASSERT_TRUE(
        report(batch({protocol::OrderDone{given[0].first},
                      AttemptStarted{{service.id, 1}, clock().now()}, ready(service.id, 1)})));
    const ServiceView serving = view(service.id);
    EXPECT_EQ(serving.phase, ServicePhase::Ready);
    EXPECT_EQ(serving.url, "http://127.0.0.1:4000");
    EXPECT_EQ(serving.warm_up_ms, 250);
    EXPECT_EQ(serving.tokens_per_s_milli, 93'400);
    EXPECT_EQ(events("compute.service_ready"), 1);
    ASSERT_TRUE(stop(service.id));
    ASSERT_TRUE(stop(service.id));
    EXPECT_EQ(phase(service.id), ServicePhase::Stopping);
    EXPECT_EQ(view(service.id).url, "");
    const auto stops = orders(node_);
    ASSERT_EQ(stops.size(), 1);  // Asked twice, ordered once.
    EXPECT_TRUE(std::holds_alternative<protocol::Stop>(stops[0].second));
    ASSERT_TRUE(report(batch({ended(service.id, 1, ExitClass::Cancelled, 143)})));
    EXPECT_EQ(phase(service.id), ServicePhase::Ended);
    EXPECT_EQ(view(service.id).restarts, 0);
    ASSERT_TRUE(stop(service.id));
    EXPECT_EQ(plan().dispatched, 0);
    EXPECT_TRUE(till_.held.empty());
    EXPECT_TRUE(till_.settled.empty());
}

TEST_P(ServicesTest, IsStartedAgainWithLongerWaitsAndWithoutEnd) {
    welcome();
    const NewService service = wanted();
    ASSERT_TRUE(start(service));
    for (std::int64_t attempt = 1; attempt <= 2 * kAttemptsMax; ++attempt) {
        dispatch(service.id);
        ASSERT_EQ(view(service.id).attempt, attempt);
        AttemptEnded end = ended(service.id, attempt, ExitClass::UserError, 1);
        end.uses = {{core::make_uuid(clock(), system_), "core_time", {core::Unit::CoreMs, 9}}};
        end.problem = attempt % 2 == 0 ? "it broke" : "";
        ASSERT_TRUE(report(batch({end})));
        EXPECT_EQ(phase(service.id), ServicePhase::Queued);
        EXPECT_EQ(view(service.id).problem, attempt % 2 == 0 ? "it broke" : "user_error");
        EXPECT_EQ(view(service.id).node, std::nullopt);
        EXPECT_EQ(plan().considered, 0);
        const auto wait = back_off(attempt);
        clock().advance(wait - std::chrono::milliseconds(1));
        ASSERT_TRUE(report(batch({})));
        EXPECT_EQ(plan().considered, 0) << attempt;
        clock().advance(std::chrono::milliseconds(1));
    }
    EXPECT_EQ(view(service.id).restarts, 2 * kAttemptsMax);
    dispatch(service.id);
    ASSERT_TRUE(report(batch({ready(service.id, 2 * kAttemptsMax + 1)})));
    EXPECT_EQ(view(service.id).problem, "");
    clock().advance(kHealthyTime);
    ASSERT_TRUE(
        report(batch({ended(service.id, 2 * kAttemptsMax + 1, ExitClass::OutOfMemory, 137)})));
    clock().advance(seconds(1));  // Forgiven: the shortest wait again.
    EXPECT_EQ(plan().dispatched, 1);
    EXPECT_TRUE(till_.settled.empty());
}

TEST_P(ServicesTest, HearsOnlyTheLivingAttemptOfItsOwnNode) {
    welcome();
    const NewService service = wanted();
    ASSERT_TRUE(start(service));
    dispatch(service.id);
    const JobId plain = submit();
    plan();
    // A job is no service, an attempt to come is not there yet, a node speaks for itself only.
    ASSERT_TRUE(report(batch({ready(plain, 1), ready(service.id, 2), ready(make_id<JobId>(), 1)})));
    const NodeId second = make_id<NodeId>();
    const core::Principal sibling = join(company_);
    ASSERT_TRUE(run(gate_->report(sibling, hello(second))));
    protocol::ReportBatch lie;
    lie.node = second;
    lie.boot_id = "boot-1";
    lie.reports = {{1, ready(service.id, 1)}};
    ASSERT_TRUE(run(gate_->report(sibling, lie)));
    EXPECT_EQ(events("compute.report_refused"), 4);
    EXPECT_EQ(phase(service.id), ServicePhase::Starting);
    // Said again, after a lost answer or by a new agent, it changes nothing.
    ASSERT_TRUE(report(batch({ready(service.id, 1), ready(service.id, 1, 4'001)})));
    EXPECT_EQ(view(service.id).url, "http://127.0.0.1:4000");
    EXPECT_EQ(events("compute.service_ready"), 1);
    ASSERT_TRUE(report(batch({ended(service.id, 1, ExitClass::Lost, std::nullopt)})));
    clock().advance(seconds(1));
    dispatch(service.id);
    ASSERT_TRUE(report(batch({ready(service.id, 1, 4'002)})));  // It is over.
    EXPECT_EQ(phase(service.id), ServicePhase::Starting);
    ASSERT_TRUE(report(batch({ready(service.id, 2, 4'003)})));
    EXPECT_EQ(view(service.id).url, "http://127.0.0.1:4003");
}

TEST_P(ServicesTest, IsMadeOnceAndOnlyAsItWasMade) {
    const NewService service = wanted();
    ASSERT_TRUE(start(service));
    ASSERT_TRUE(start(service));
    EXPECT_EQ(events("compute.service_requested"), 1);
    NewService other = service;
    other.arguments.emplace_back("--jinja");
    EXPECT_EQ(code_of(start(other)), kIdTaken.name);
    other = service;
    other.project = make_id<core::ProjectId>();
    EXPECT_EQ(code_of(start(other)), kIdTaken.name);
    other = service;
    other.id = submit();
    EXPECT_EQ(code_of(start(other)), kIdTaken.name);
    other = wanted();
    other.engine = "/bin/sh";
    EXPECT_EQ(code_of(start(other)), kBadService.name);
    other = wanted();
    other.demand.cpu_milli = 0;
    EXPECT_EQ(code_of(start(other)), kJobOutOfRange.name);
    EXPECT_EQ(code_of(stop(make_id<JobId>())), kUnknownService.name);
    EXPECT_EQ(code_of(stop(submit())), kUnknownService.name);
    ASSERT_TRUE(stop(service.id));  // In the queue: at once.
    EXPECT_EQ(phase(service.id), ServicePhase::Ended);
    EXPECT_EQ(plan().considered, 2);
}

TEST_P(ServicesTest, IsNobodysJobToMakeOrToCancel) {
    welcome();
    const NewService service = wanted();
    ASSERT_TRUE(start(service));
    const Job job = ControlPlaneTest::job(service.id);
    EXPECT_TRUE(job.service);
    NewJob same{{service.id, {}}, project_, job.spec};
    EXPECT_EQ(code_of(run(jobs_->submit(as("consumer"), same))), kIdTaken.name);
    EXPECT_FALSE(ControlPlaneTest::job(submit()).service);
    EXPECT_EQ(code_of(run(jobs_->cancel(as("consumer"), service.id))), kJobIsService.name);
    EXPECT_EQ(code_of(run(jobs_->cancel(as("boss"), service.id))), kJobIsService.name);
    EXPECT_EQ(code_of(run(jobs_->cancel(as("rivalboss"), service.id))), "identity.not_found");
    EXPECT_TRUE(run(jobs_->cancel(as("admin"), service.id)));
    EXPECT_EQ(phase(service.id), ServicePhase::Ended);
}

TEST_P(ServicesTest, GivesItsModelToItsNodeOnlyAndFromAnyByteOn) {
    welcome();
    std::string weights(700'000, 'w');
    weights.back() = '!';
    NewService service = wanted();
    service.model_digest = digest_of(weights);
    service.model_bytes = std::ssize(weights);
    ASSERT_TRUE(
        objects_->put(model_object_name(service.model_digest), std::as_bytes(std::span(weights))));
    ASSERT_TRUE(start(service));
    dispatch(service.id);
    const auto fetch = [&](const core::Principal& who, std::string digest, std::int64_t offset) {
        return run(gate_->input(who, {service.id, 1}, std::move(digest), offset));
    };
    const auto read_all = [&](const OpenObject& object) {
        std::string all;
        while (const auto piece = run(object.stream->next())) {
            all += *piece;
        }
        return all;
    };
    const auto whole = fetch(agent_, service.model_digest, 0);
    ASSERT_TRUE(whole.has_value());
    EXPECT_EQ(whole->bytes, 700'000);
    EXPECT_EQ(read_all(*whole), weights);
    EXPECT_EQ(read_all(fetch(agent_, service.model_digest, 699'990).value()),
              weights.substr(699'990));
    EXPECT_EQ(read_all(fetch(agent_, service.model_digest, 700'000).value()), "");
    EXPECT_EQ(code_of(fetch(agent_, service.model_digest, 700'001)), "objects.bad_range");
    EXPECT_EQ(code_of(fetch(agent_, digest_of("other"), 0)), kUnknownArtifact.name);
    EXPECT_EQ(code_of(fetch(join(company_), service.model_digest, 0)), kForeignAttempt.name);
    // A job cannot name a model as its input, whoever's it is.
    NewJob job{{}, project_, test::example_spec()};
    job.spec.inputs = {{"model", service.model_digest, ""}};
    EXPECT_EQ(code_of(run(jobs_->submit(as("consumer"), job))), kUnknownArtifact.name);
}

TEST_P(ServicesTest, GoesToAnotherNodeWhenItsOwnIsLostOrStartsAnew) {
    welcome();
    const NewService service = wanted();
    ASSERT_TRUE(start(service));
    dispatch(service.id);
    ASSERT_TRUE(report(batch({ready(service.id, 1)})));
    ASSERT_TRUE(report(starts_anew("boot-2")));
    EXPECT_EQ(phase(service.id), ServicePhase::Queued);
    EXPECT_EQ(view(service.id).problem, "lost");
    clock().advance(seconds(1));
    EXPECT_EQ(plan().dispatched, 1);
    EXPECT_EQ(view(service.id).attempt, 2);
}

}  // namespace
}  // namespace kapok::compute
