#include "compute/agent_gate.h"

#include <algorithm>
#include <deque>
#include <utility>

#include <boost/json/serialize.hpp>

#include "compute/errors.h"
#include "compute/jobs_change.h"
#include "compute/limits.h"
#include "compute/reports.h"
#include "compute/services_store.h"
#include "compute/sites_store.h"
#include "compute/work_store.h"
#include "platform/db/bell.h"

namespace kapok::compute {

namespace asio = boost::asio;
using core::Principal;
using core::Result;
using platform::db::Reader;
using platform::db::Transaction;
using platform::http::ServerEvent;

namespace {

// An order's event: its number as id, its kind as type, its body as data.
class OrderSource final : public platform::http::EventSource {
public:
    OrderSource(platform::db::Database& database, NodeId node, std::int64_t after)
        : database_(database), node_(node), after_(after) {}

    asio::awaitable<std::optional<ServerEvent>> next() override {
        constexpr std::chrono::milliseconds kLookAgain{1'000};
        platform::db::Bell& bell = database_.bell(kOrdersBell);
        while (ready_.empty()) {
            const std::uint64_t seen = bell.count();
            auto read = [node = node_, after = after_](Reader& reader) {
                return store::open_commands(reader, node, {after, kOrdersMax});
            };
            auto commands = co_await database_.read(std::move(read));
            if (!commands) {
                co_return std::nullopt;  // The agent connects again.
            }
            ready_.assign(commands->begin(), commands->end());
            if (ready_.empty()) {
                co_await bell.wait(seen, kLookAgain);
            }
        }
        const NodeCommand command = std::move(ready_.front());
        ready_.pop_front();
        after_ = command.number;
        co_return ServerEvent{std::to_string(command.number), command.kind, command.body};
    }

private:
    platform::db::Database& database_;
    NodeId node_;
    std::int64_t after_;
    std::deque<NodeCommand> ready_;
};

}  // namespace

AgentGate::Answer<void> AgentGate::check_outputs(Principal agent, protocol::ReportBatch batch) {
    for (const protocol::Report& report : batch.reports) {
        const auto* ended = std::get_if<protocol::AttemptEnded>(&report.body);
        if (ended == nullptr || ended->outputs.empty()) {
            continue;
        }
        auto look = [this, agent, attempt = ended->attempt](Reader& reader) {
            return job_for(reader, agent, attempt);
        };
        const auto job = co_await context_.database.read(std::move(look));
        if (!job) {
            continue;  // Ended before, or not its own: taking the report in says which.
        }
        for (const protocol::Output& output : ended->outputs) {
            const auto there = co_await context_.artifacts.has(job->organization, output.digest);
            if (!there) {
                co_return std::unexpected(there.error());
            }
            if (!*there) {
                co_return core::fail(kUnknownArtifact, {{"digest", output.digest}});
            }
        }
    }
    co_return Result<void>();
}

AgentGate::Answer<protocol::ReportAnswer> AgentGate::report(Principal agent,
                                                            protocol::ReportBatch batch) {
    const auto checked = co_await check_outputs(agent, batch);
    if (!checked) {
        co_return std::unexpected(checked.error());
    }
    const SiteId site = SiteId::make(context_.clock, context_.random);
    auto command = [this, agent = std::move(agent), site,
                    batch = std::move(batch)](Transaction& transaction) {
        const ReportContext context{agent, site, context_.billing, context_.rules};
        return take_reports(transaction, context, batch);
    };
    auto answer = co_await context_.database.write(std::move(command));
    co_return answer;
}

AgentGate::Answer<std::shared_ptr<platform::http::EventSource>> AgentGate::orders(
    Principal agent, NodeId node, std::int64_t after) {
    auto look = [id = agent.id, node](Reader& reader) -> Result<void> {
        const auto found = store::find_node(reader, core::Scope::all(), node);
        if (!found) {
            return std::unexpected(found.error());
        }
        const auto& owned = *found;
        return owned && owned->agent == id ? Result<void>() : core::fail(kNodeUnknown);
    };
    const auto known = co_await context_.database.read(std::move(look));
    if (!known) {
        co_return std::unexpected(known.error());
    }
    co_return std::make_shared<OrderSource>(context_.database, node, after);
}

Result<Job> AgentGate::job_for(Reader& reader, const Principal& agent,
                               protocol::AttemptRef attempt) const {
    const auto found = store::find_attempt(reader, attempt.job, attempt.attempt);
    if (!found) {
        return std::unexpected(found.error());
    }
    const auto& known = *found;
    const auto foreign = [&] {
        return core::fail(kForeignAttempt,
                          {{"attempt", attempt_name(attempt.job, attempt.attempt)}});
    };
    if (!known || known->ended_at) {
        return foreign();
    }
    const auto found_node = store::find_node(reader, core::Scope::all(), known->node);
    if (!found_node) {
        return std::unexpected(found_node.error());
    }
    const auto& node = *found_node;
    if (!node || node->agent != agent.id) {
        return foreign();
    }
    auto found_job = store::find_job(reader, core::Scope::all(), attempt.job);
    if (!found_job) {
        return std::unexpected(found_job.error());
    }
    auto& job = *found_job;
    return job ? Result<Job>(*std::move(job)) : foreign();
}

Result<AgentGate::Input> AgentGate::find_input(Reader& reader, const Principal& agent,
                                               protocol::AttemptRef attempt,
                                               const std::string& digest) const {
    const auto job = job_for(reader, agent, attempt);
    if (!job) {
        return std::unexpected(job.error());
    }
    if (job->service) {
        const auto found = store::find_service(reader, job->id);
        if (!found) {
            return std::unexpected(found.error());
        }
        const auto& service = *found;
        if (service && service->serving.model_digest == digest) {
            return Input{job->organization, InputKind::Model};
        }
    }
    const auto& inputs = job->spec.inputs;
    if (std::ranges::find(inputs, digest, &JobInput::artifact) == inputs.end()) {
        return core::fail(kUnknownArtifact, {{"digest", digest}});
    }
    return Input{job->organization, InputKind::Artifact};
}

AgentGate::Answer<OpenObject> AgentGate::input(Principal agent, protocol::AttemptRef attempt,
                                               std::string digest, std::int64_t offset) {
    auto look = [this, agent = std::move(agent), attempt, digest](Reader& reader) {
        return find_input(reader, agent, attempt, digest);
    };
    const auto input = co_await context_.database.read(std::move(look));
    if (!input) {
        co_return std::unexpected(input.error());
    }
    if (input->kind == InputKind::Model) {
        auto model = co_await context_.artifacts.open_model(std::move(digest), offset);
        co_return model;
    }
    auto artifact =
        co_await context_.artifacts.open(input->organization, std::move(digest), offset);
    co_return artifact;
}

AgentGate::Answer<std::string> AgentGate::output(Principal agent, protocol::AttemptRef attempt,
                                                 std::string bytes) {
    auto look = [this, agent = std::move(agent), attempt](Reader& reader) {
        return job_for(reader, agent, attempt);
    };
    const auto job = co_await context_.database.read(std::move(look));
    if (!job) {
        co_return std::unexpected(job.error());
    }
    const auto stored = co_await context_.artifacts.put(job->organization, std::move(bytes));
    if (!stored) {
        co_return std::unexpected(stored.error());
    }
    co_return stored->digest;
}

}  // namespace kapok::compute
