#include "compute/planner.h"

#include <algorithm>
#include <set>
#include <utility>

#include <boost/asio/this_coro.hpp>
#include <boost/json/serialize.hpp>

#include "audit/api.h"
#include "compute/artifacts.h"
#include "compute/canonical_json.h"
#include "compute/jobs_change.h"
#include "compute/limits.h"
#include "compute/protocol.h"
#include "compute/scheduler/blinding.h"
#include "compute/services_store.h"
#include "compute/sites_store.h"
#include "compute/work_store.h"
#include "platform/db/bell.h"

namespace kapok::compute {

namespace asio = boost::asio;
namespace db = platform::db;

namespace {

constexpr std::string_view kLeaseName = "compute.planner";
constexpr std::chrono::seconds kLeaseTime{5};

PlannedNode planned(const Node& node, core::Timestamp now, const Policy& policy) {
    const std::chrono::milliseconds limit(policy.heartbeat_limit_ms);
    const auto age = std::chrono::floor<std::chrono::milliseconds>(now - node.last_seen_at);
    return {node.id,
            node.site,
            node.organization,
            state_of(node, now, limit),
            node.missing_isolation,
            node.cpu_milli,
            node.memory_bytes,
            node.accelerators,
            node.standard_unit_ppm,
            std::max<std::int64_t>(age.count(), 0)};
}

PlannedJob planned(const Job& job) {
    return {job.id,           job.number,         job.spec.priority,
            job.organization, job.spec.demand,    job.spec.accelerator_models,
            job.spec.site,    job.spec.time_limit};
}

// Whether the node still has room beside what is alive on it: only this loop adds to that.
bool has_room(const Node& node, const std::vector<Attempt>& live, const Demand& demand,
              const std::string& model) {
    Demand free{node.cpu_milli, node.memory_bytes, 0};
    for (const AcceleratorPool& pool : node.accelerators) {
        free.accelerators += pool.model == model ? pool.count : 0;
    }
    for (const Attempt& attempt : live) {
        free.cpu_milli -= attempt.demand.cpu_milli;
        free.memory_bytes -= attempt.demand.memory_bytes;
        free.accelerators -= attempt.accelerator_model == model ? attempt.demand.accelerators : 0;
    }
    return demand.cpu_milli <= free.cpu_milli && demand.memory_bytes <= free.memory_bytes &&
           demand.accelerators <= free.accelerators;
}

bool is_refusal(const core::Error& error) {
    const core::ErrorKind kind = error.code().kind;
    return kind == core::ErrorKind::LimitExceeded || kind == core::ErrorKind::Unprocessable ||
           kind == core::ErrorKind::NotFound || kind == core::ErrorKind::Conflict;
}

const core::Principal& planner_principal() {
    static const core::Principal kPlanner = core::Principal::system("planner");
    return kPlanner;
}

// What a round was decided from, in the log before anything is done about it. The log is also for
// people who must not see each other, so the snapshot is blinded.
core::Result<void> publish_round(db::Transaction& transaction, std::int64_t number,
                                 const Snapshot& snapshot, const Blinding& blinding,
                                 const std::string& policy_text) {
    const auto shown = to_canonical(to_json(blinded(snapshot, blinding)));
    if (!shown) {
        return std::unexpected(shown.error());
    }
    const audit::Event event{"compute.round_decided",
                             "round " + std::to_string(number),
                             {},
                             {},
                             {{"snapshot", digest_of(*shown)}, {"policy", digest_of(policy_text)}}};
    return audit::publish(transaction, planner_principal(), event);
}

core::Result<void> keep_decision(db::Transaction& transaction, core::OrganizationId organization,
                                 const KeptDecision& decision) {
    if (auto kept = store::insert_decision(transaction, decision); !kept) {
        return kept;
    }
    const audit::Event event{"compute.job_decided",
                             decision.job.text(),
                             organization,
                             {},
                             {{"attempt", decision.attempt},
                              {"round", decision.round},
                              {"verdict", decision.verdict},
                              {"decision", digest_of(decision.body)}}};
    return audit::publish(transaction, planner_principal(), event);
}

}  // namespace

core::Result<Snapshot> take_snapshot(db::Reader& reader, core::Timestamp now,
                                     const Policy& policy) {
    const auto jobs = store::queued_jobs(reader, now, static_cast<std::size_t>(policy.considered));
    if (!jobs) {
        return std::unexpected(jobs.error());
    }
    Snapshot snapshot{now, {}, {}, {}};
    if (jobs->empty()) {
        return snapshot;
    }
    const auto nodes = store::all_nodes(reader);
    if (!nodes) {
        return std::unexpected(nodes.error());
    }
    const auto live = store::live_attempts(reader, std::nullopt);
    if (!live) {
        return std::unexpected(live.error());
    }
    for (const Node& node : *nodes) {
        snapshot.nodes.push_back(planned(node, now, policy));
    }
    for (const Attempt& attempt : *live) {
        snapshot.attempts.push_back({attempt.job, attempt.number, attempt.node, attempt.demand,
                                     attempt.accelerator_model, attempt.ends_by});
    }
    for (const Job& job : *jobs) {
        snapshot.queue.push_back(planned(job));
    }
    return snapshot;
}

// What a dispatch does in its command. It owns all that it needs: a command may run twice.
struct Planner::Dispatching {
    db::Lease lease;
    Decision decision;
    std::int64_t round;
    core::Uuid hold;
    Billing* billing;

    // True if the attempt was dispatched; false if the world has changed since the snapshot.
    core::Result<bool> operator()(db::Transaction& transaction) const {
        const auto kept = db::keep_lease(transaction, lease, kLeaseTime);
        if (!kept || !*kept) {
            return kept;
        }
        auto job = store::find_job(transaction, core::Scope::all(), decision.job);
        if (!job) {
            return std::unexpected(job.error());
        }
        const auto node = store::find_node(transaction, core::Scope::all(), decision.node);
        if (!node) {
            return std::unexpected(node.error());
        }
        const auto live = store::live_attempts(transaction, decision.node);
        if (!live) {
            return std::unexpected(live.error());
        }
        std::optional<Job>& queued = *job;
        const std::optional<Node>& place = *node;
        if (!queued || queued->status.state != JobState::Queued || !place ||
            place->wish != NodeWish::Up ||
            !has_room(*place, *live, queued->spec.demand, decision.accelerator_model)) {
            return false;
        }
        return give(transaction, *std::move(queued), *place);
    }

    core::Result<bool> give(db::Transaction& transaction, Job job, const Node& node) const {
        const core::Principal& actor = planner_principal();
        const AttemptBound bound{job.organization, job.project, job.spec.demand,
                                 job.spec.time_limit, attempt_name(job.id, job.status.attempt + 1)};
        if (!job.service) {  // A service's calls are sold, not its hours.
            if (auto held = billing->hold(transaction, actor, hold, node.id, bound); !held) {
                return std::unexpected(held.error());
            }
        }
        const auto found = store::find_service(transaction, job.id);
        if (!found) {
            return std::unexpected(found.error());
        }
        const auto& service = *found;
        if (auto effect = change_job(transaction, actor, job, Dispatch{}); !effect) {
            return std::unexpected(effect.error());
        }
        Attempt attempt;
        attempt.job = job.id;
        attempt.number = job.status.attempt;
        attempt.node = node.id;
        attempt.demand = job.spec.demand;
        attempt.accelerator_model = decision.accelerator_model;
        attempt.hold = job.service ? core::Uuid{} : hold;
        attempt.boot_id = node.boot_id;
        attempt.dispatched_at = transaction.now();
        attempt.ends_by = transaction.now() + job.spec.time_limit + kAttemptGrace;
        const protocol::Run run{{job.id, attempt.number},
                                job.organization,
                                job.project,
                                job.spec,
                                decision.accelerator_model,
                                job.organization == node.organization,
                                service ? std::optional(service->serving) : std::nullopt};
        const auto body = to_canonical(to_json(decision));
        if (!body) {
            return std::unexpected(body.error());
        }
        auto done = store::insert_attempt(transaction, attempt);
        if (done) {
            done = store::insert_command(
                transaction, {0, node.id, "run", boost::json::serialize(protocol::to_json(run)),
                              transaction.now()});
        }
        if (done) {
            done = keep_decision(
                transaction, job.organization,
                {0, job.id, attempt.number, round, "start", *body, transaction.now()});
        }
        transaction.ring(kOrdersBell);
        return done ? core::Result<bool>(true) : std::unexpected(done.error());
    }
};

Planner::Planner(db::Database& database, Billing& billing, PlannerSettings settings,
                 const core::Clock& clock, core::Random& random)
    : database_(database),
      billing_(billing),
      settings_(std::move(settings)),
      clock_(clock),
      random_(random) {}

asio::awaitable<void> Planner::run(std::function<void(const core::Error&)> report) {
    co_await asio::this_coro::throw_if_cancelled(false);
    db::Bell& bell = database_.bell(kQueueBell);
    for (;;) {
        const std::uint64_t seen = bell.count();
        const auto done = co_await round();
        if (!done) {
            report(done.error());
        }
        const auto state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none) {
            break;
        }
        co_await bell.wait(seen, settings_.interval);
    }
    co_await asio::this_coro::reset_cancellation_state();
    if (lease_) {
        auto leave = [lease = *lease_](db::Transaction& transaction) {
            return db::give_up_lease(transaction, lease);
        };
        static_cast<void>(co_await database_.write(std::move(leave)));
        lease_.reset();
    }
}

asio::awaitable<core::Result<bool>> Planner::hold_lease() {
    auto command = [lease = lease_, holder = settings_.holder](
                       db::Transaction& transaction) -> core::Result<std::optional<db::Lease>> {
        if (lease) {
            const auto kept = db::keep_lease(transaction, *lease, kLeaseTime);
            if (!kept) {
                return std::unexpected(kept.error());
            }
            if (*kept) {
                return lease;
            }
        }
        return db::take_lease(transaction, std::string(kLeaseName), holder, kLeaseTime);
    };
    auto lease = co_await database_.write(std::move(command));
    if (!lease) {
        co_return std::unexpected(lease.error());
    }
    const std::optional<db::Lease>& taken = *lease;
    if (!lease_ || !taken || lease_->epoch != taken->epoch) {
        told_.clear();
    }
    lease_ = *std::move(lease);
    co_return lease_.has_value();
}

core::Result<Snapshot> Planner::read_snapshot(db::Reader& reader) const {
    auto snapshot = take_snapshot(reader, clock_.now(), settings_.policy);
    if (snapshot) {
        std::erase_if(snapshot->queue, [&](const PlannedJob& job) {
            const auto refused = refused_until_.find(job.id);
            return refused != refused_until_.end() && refused->second > snapshot->now;
        });
    }
    return snapshot;
}

asio::awaitable<core::Result<RoundReport>> Planner::round() {
    const auto leading = co_await hold_lease();
    if (!leading) {
        co_return std::unexpected(leading.error());
    }
    RoundReport report{*leading, 0, 0, 0};
    if (!*leading) {
        co_return report;
    }
    auto look = [this](db::Reader& reader) { return read_snapshot(reader); };
    auto snapshot = co_await database_.read(std::move(look));
    if (!snapshot) {
        co_return std::unexpected(snapshot.error());
    }
    report.considered = snapshot->queue.size();
    if (snapshot->queue.empty()) {
        co_return report;
    }
    std::vector<Decision> decisions = plan(*snapshot, settings_.policy);
    keep_news(*snapshot, decisions);
    if (decisions.empty()) {
        co_return report;
    }
    const auto number = co_await keep_records(*std::move(snapshot), decisions);
    if (!number) {
        co_return std::unexpected(number.error());
    }
    for (const Decision& decision : decisions) {
        if (decision.verdict != Verdict::Start) {
            continue;
        }
        const auto done = co_await dispatch(decision, *number);
        if (!done && !is_refusal(done.error())) {
            co_return std::unexpected(done.error());
        }
        report.dispatched += done && *done ? 1 : 0;
        report.refused += done ? 0 : 1;
    }
    co_return report;
}

// A decision depends on the jobs before it only, so those behind the last one that is kept need not
// be kept either: a long queue does not make long records.
void Planner::keep_news(Snapshot& snapshot, std::vector<Decision>& decisions) {
    std::set<JobId> needed;
    std::vector<JobId> before;
    std::vector<Decision> news;
    for (Decision& decision : decisions) {
        before.push_back(decision.job);
        if (is_news(decision)) {
            needed.insert(before.begin(), before.end());
            before.clear();
            news.push_back(std::move(decision));
        }
    }
    std::erase_if(snapshot.queue, [&](const PlannedJob& job) { return !needed.contains(job.id); });
    decisions = std::move(news);
}

bool Planner::is_news(const Decision& decision) {
    if (decision.verdict == Verdict::Start) {
        told_.erase(decision.job);
        return true;
    }
    std::string said(decision.reason.code->name);
    if (decision.verdict == Verdict::Reserve) {
        said += decision.node.text() + std::to_string(core::to_micros(*decision.starts_at));
    }
    return std::exchange(told_[decision.job], said) != said;
}

// What was decided about the jobs that don't start; those that do have their decision kept with
// their attempt.
core::Result<void> Planner::keep_waiting(db::Transaction& transaction, std::int64_t round,
                                         const Snapshot& snapshot,
                                         const std::vector<Decision>& decisions) {
    for (const Decision& decision : decisions) {
        if (decision.verdict == Verdict::Start) {
            continue;
        }
        const auto body = to_canonical(to_json(decision));
        if (!body) {
            return std::unexpected(body.error());
        }
        const auto job = std::ranges::find(snapshot.queue, decision.job, &PlannedJob::id);
        const std::string verdict(kVerdictNames[std::to_underlying(decision.verdict)]);
        const auto kept =
            keep_decision(transaction, job->organization,
                          {0, decision.job, 0, round, verdict, *body, transaction.now()});
        if (!kept) {
            return kept;
        }
    }
    return {};
}

// The round with its snapshot, and what it decided about the jobs that don't start.
asio::awaitable<core::Result<std::int64_t>> Planner::keep_records(Snapshot snapshot,
                                                                  std::vector<Decision> decisions) {
    const auto snapshot_text = to_canonical(to_json(snapshot));
    const auto policy_text = to_canonical(to_json(settings_.policy));
    if (!snapshot_text || !policy_text) {
        co_return std::unexpected((snapshot_text ? policy_text : snapshot_text).error());
    }
    auto command = [lease = lease_.value_or(db::Lease{}), snapshot = std::move(snapshot),
                    snapshot_text = *snapshot_text, policy_text = *policy_text,
                    blinding = Blinding::make(random_), decisions = std::move(decisions)](
                       db::Transaction& transaction) -> core::Result<std::int64_t> {
        const auto number = store::insert_round(
            transaction,
            {0, lease.epoch, snapshot_text, policy_text, transaction.now(), blinding.text()});
        if (!number) {
            return number;
        }
        auto done = publish_round(transaction, *number, snapshot, blinding, policy_text);
        if (done) {
            done = keep_waiting(transaction, *number, snapshot, decisions);
        }
        if (!done) {
            return std::unexpected(done.error());
        }
        transaction.ring(kJobsBell);
        return number;
    };
    auto number = co_await database_.write(std::move(command));
    co_return number;
}

asio::awaitable<core::Result<bool>> Planner::dispatch(Decision decision, std::int64_t round) {
    const JobId job = decision.job;
    Dispatching command{lease_.value_or(db::Lease{}), std::move(decision), round,
                        core::make_uuid(clock_, random_), &billing_};
    auto refused = command.decision;
    auto done = co_await database_.write(std::move(command));
    if (done || !is_refusal(done.error())) {
        refused_until_.erase(job);
        co_return done;
    }
    // It has room but no money, or no price: it is passed over for a while, and its owner sees why.
    refused_until_[job] = clock_.now() + settings_.refused_wait;
    auto body = to_json(refused);
    body["refused"] = done.error().code().name;
    auto keep = [job, round, text = to_canonical(body).value_or("{}")](
                    db::Transaction& transaction) -> core::Result<void> {
        const auto found = store::find_job(transaction, core::Scope::all(), job);
        if (!found) {
            return std::unexpected(found.error());
        }
        const auto& owner = *found;
        if (!owner) {
            return {};
        }
        return keep_decision(transaction, owner->organization,
                             {0, job, 0, round, "refused", text, transaction.now()});
    };
    static_cast<void>(co_await database_.write(std::move(keep)));
    co_return done;
}

}  // namespace kapok::compute
