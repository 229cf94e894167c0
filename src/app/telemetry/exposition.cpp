#include "app/telemetry/exposition.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "platform/db/group_duration.h"

namespace kapok::app::telemetry {
namespace {

using platform::metrics::Exposition;
using platform::metrics::label;
using Kind = Exposition::Kind;

std::int64_t age_us(core::Timestamp now, std::optional<core::Timestamp> since) {
    return since ? std::max<std::int64_t>((now - *since).count(), 0) : 0;
}

std::string job_state(std::size_t state) {
    return label("state", compute::kJobStateNames.at(state));
}

void describe_jobs(const Counts& counts, core::Timestamp now, Exposition& text) {
    text.family("kapok_jobs", "Jobs that have not ended.", Kind::Gauge);
    const compute::Fleet& fleet = counts.fleet;
    for (std::size_t i = 0; i < fleet.jobs.size(); ++i) {
        if (!is_final(static_cast<compute::JobState>(i))) {
            text.sample(fleet.jobs.at(i), job_state(i));
        }
    }
    text.family("kapok_job_queue_oldest_wait_seconds",
                "How long the job waits that has waited longest.", Kind::Gauge);
    text.sample_micros(age_us(now, fleet.waits_since));
    text.family("kapok_jobs_ended_total", "Jobs that ended, by how.", Kind::Counter);
    for (std::size_t i = 0; i < fleet.jobs.size(); ++i) {
        if (is_final(static_cast<compute::JobState>(i))) {
            const auto ended = counts.running.events.find(
                "compute.job_" + std::string(compute::kJobStateNames.at(i)));
            text.sample(ended == counts.running.events.end() ? std::int64_t{0} : ended->second,
                        job_state(i));
        }
    }
}

void describe_nodes(const Counts& counts, core::Timestamp now, Exposition& text) {
    const std::vector<compute::NodeSign>& nodes = counts.fleet.nodes;
    text.family("kapok_nodes", "Nodes by state.", Kind::Gauge);
    for (std::size_t i = 0; i < compute::kNodeStateNames.size(); ++i) {
        const auto state = static_cast<compute::NodeState>(i);
        text.sample(std::int64_t{std::ranges::count(nodes, state, &compute::NodeSign::state)},
                    label("state", compute::kNodeStateNames.at(i)));
    }
    text.family("kapok_node_heartbeat_age_seconds", "Since the node's agent was last heard.",
                Kind::Gauge);
    for (std::size_t i = 0; i < std::min(nodes.size(), kNodesShownMax); ++i) {
        const compute::NodeSign& node = nodes[i];
        text.sample_micros(age_us(now, node.last_seen_at), label("node_id", node.id.text()) + "," +
                                                               label("node", node.name) + "," +
                                                               label("site", node.site));
    }
}

void describe_models(const Counts& counts, Exposition& text) {
    text.family("kapok_model_calls_open", "Calls under way.", Kind::Gauge);
    text.sample(counts.models.calls_open);
    text.family("kapok_model_deployments", "Deployments by state.", Kind::Gauge);
    for (std::size_t i = 0; i < counts.models.deployments.size(); ++i) {
        text.sample(counts.models.deployments.at(i),
                    label("state", models::kDeploymentStateNames.at(i)));
    }
}

// Of every currency, and of other units where something is held.
std::vector<ledger::HeldSum> held_sums(const Counts& counts) {
    std::vector<ledger::HeldSum> sums = counts.held;
    for (std::size_t i = 0; i < core::kCurrencyNames.size(); ++i) {
        const auto unit = ledger::Unit::of(static_cast<core::Currency>(i));
        if (std::ranges::find(sums, unit, &ledger::HeldSum::unit) == sums.end()) {
            sums.push_back({unit, 0, 0});
        }
    }
    return sums;
}

void describe_money(const Counts& counts, Exposition& text) {
    const std::vector<ledger::HeldSum> sums = held_sums(counts);
    text.family("kapok_holds_open", "Holds that are open.", Kind::Gauge);
    for (const ledger::HeldSum& sum : sums) {
        text.sample(sum.holds, label("unit", sum.unit.text()));
    }
    text.family("kapok_held_amount", "What the open holds reserve together.", Kind::Gauge);
    for (const ledger::HeldSum& sum : sums) {
        if (sum.unit.currency()) {
            text.sample_micros(sum.amount, label("unit", sum.unit.text()));
        } else {
            text.sample(sum.amount, label("unit", sum.unit.text()));
        }
    }
    const auto charged = [&counts](std::size_t currency) {
        const auto found = counts.running.charges.find(static_cast<core::Currency>(currency));
        return found == counts.running.charges.end() ? exchange::ChargeSum{} : found->second;
    };
    text.family("kapok_charges_total", "Usage records that were charged.", Kind::Counter);
    for (std::size_t i = 0; i < core::kCurrencyNames.size(); ++i) {
        text.sample(charged(i).charges, label("currency", core::kCurrencyNames.at(i)));
    }
    text.family("kapok_charged_amount_total", "What they came to.", Kind::Counter);
    for (std::size_t i = 0; i < core::kCurrencyNames.size(); ++i) {
        text.sample_micros(charged(i).micros, label("currency", core::kCurrencyNames.at(i)));
    }
    text.family("kapok_ledger_transfers_total", "Transfers in the ledger, since it began.",
                Kind::Counter);
    text.sample(counts.transfers);
}

void describe_audit(const Counts& counts, core::Timestamp now, Exposition& text) {
    text.family("kapok_audit_events_total", "Events numbered in the audit log.", Kind::Counter);
    for (const auto& [type, count] : counts.running.events) {
        text.sample(count, label("type", type));
    }
    text.family("kapok_audit_checkpoint_lag_entries", "Events that no checkpoint covers yet.",
                Kind::Gauge);
    text.sample(counts.backlog.events);
    text.family("kapok_audit_checkpoint_lag_seconds", "Age of the oldest of them.", Kind::Gauge);
    text.sample_micros(age_us(now, counts.backlog.since));
}

}  // namespace

void describe(const Counts& counts, core::Timestamp now, Exposition& text) {
    describe_jobs(counts, now, text);
    describe_nodes(counts, now, text);
    describe_models(counts, text);
    describe_money(counts, text);
    describe_audit(counts, now, text);
}

void describe(const platform::db::Database& database, Exposition& text) {
    const platform::db::Statistics statistics = database.statistics();
    text.family("kapok_database_commands_total", "Commands of the writer.", Kind::Counter);
    text.sample(statistics.commands - statistics.failed, label("outcome", "done"));
    text.sample(statistics.failed, label("outcome", "failed"));
    text.family("kapok_database_commands_waiting", "Length of the writer's queue.", Kind::Gauge);
    text.sample(std::uint64_t{statistics.commands_waiting});
    text.family("kapok_database_commits_total", "Groups of commands that were committed.",
                Kind::Counter);
    text.sample(statistics.groups);
    text.family("kapok_database_commits_redone_total", "Groups that were undone and run again.",
                Kind::Counter);
    text.sample(statistics.redone);
    text.family("kapok_database_group_duration_seconds", "A group, from its begin to its commit.",
                Kind::Histogram);
    text.sample(platform::db::group_duration(database), platform::metrics::kDurationBoundsUs);
    text.family("kapok_database_reads_total", "Reads by the pool.", Kind::Counter);
    text.sample(statistics.reads);
    text.family("kapok_database_reads_waiting", "Reads that wait for a connection.", Kind::Gauge);
    text.sample(std::uint64_t{statistics.reads_waiting});
}

}  // namespace kapok::app::telemetry
