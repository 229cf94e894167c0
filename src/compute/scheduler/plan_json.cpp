#include <utility>

#include <boost/json/array.hpp>

#include "compute/json_fields.h"
#include "compute/scheduler/plan.h"
#include "core/timestamp.h"

namespace kapok::compute {

namespace {

template <class T, class ToJson>
boost::json::array list(const std::vector<T>& items, ToJson to_object) {
    boost::json::array all;
    for (const T& item : items) {
        all.push_back(to_object(item));
    }
    return all;
}

boost::json::array texts(const std::vector<std::string>& items) {
    return boost::json::array(items.begin(), items.end());
}

void add_demand(boost::json::object& object, const Demand& demand) {
    object["cpu_milli"] = demand.cpu_milli;
    object["memory_bytes"] = demand.memory_bytes;
    object["accelerators"] = demand.accelerators;
}

Demand read_demand(JsonFields& fields) {
    return {fields.integer("cpu_milli"), fields.integer("memory_bytes"),
            fields.integer("accelerators")};
}

boost::json::object node_json(const PlannedNode& node) {
    return {{"id", node.id.text()},
            {"site", node.site.text()},
            {"operated_by", node.operated_by.text()},
            {"state", kNodeStateNames[std::to_underlying(node.state)]},
            {"missing_isolation", node.missing_isolation},
            {"cpu_milli", node.cpu_milli},
            {"memory_bytes", node.memory_bytes},
            {"accelerators", list(node.accelerators,
                                  [](const AcceleratorPool& pool) {
                                      return boost::json::object{{"model", pool.model},
                                                                 {"count", pool.count}};
                                  })},
            {"standard_unit_ppm", node.standard_unit_ppm},
            {"heartbeat_age_ms", node.heartbeat_age_ms}};
}

PlannedNode read_node(JsonFields& fields) {
    PlannedNode node;
    node.id = fields.id<NodeId>("id");
    node.site = fields.id<SiteId>("site");
    node.operated_by = fields.id<core::OrganizationId>("operated_by");
    const std::string state = fields.text("state");
    const auto found = std::ranges::find(kNodeStateNames, state);
    if (found == kNodeStateNames.end()) {
        fields.blame("state", "up, draining, unreachable or down");
    } else {
        node.state = static_cast<NodeState>(found - kNodeStateNames.begin());
    }
    node.missing_isolation = fields.text("missing_isolation");
    node.cpu_milli = fields.integer("cpu_milli");
    node.memory_bytes = fields.integer("memory_bytes");
    node.accelerators = fields.objects("accelerators", [](JsonFields& item) {
        return AcceleratorPool{item.text("model"), item.integer("count")};
    });
    node.standard_unit_ppm = fields.integer("standard_unit_ppm");
    node.heartbeat_age_ms = fields.integer("heartbeat_age_ms");
    return node;
}

boost::json::object attempt_json(const PlannedAttempt& attempt) {
    boost::json::object object{{"job", attempt.job.text()},
                               {"attempt", attempt.attempt},
                               {"node", attempt.node.text()},
                               {"accelerator_model", attempt.accelerator_model},
                               {"ends_by", core::to_rfc3339(attempt.ends_by)}};
    add_demand(object, attempt.demand);
    return object;
}

core::Timestamp read_time(JsonFields& fields, std::string_view name) {
    const auto time = core::parse_rfc3339(fields.text(name));
    if (!time) {
        fields.blame(name, "an RFC 3339 time");
    }
    return time.value_or(core::Timestamp{});
}

PlannedAttempt read_attempt(JsonFields& fields) {
    PlannedAttempt attempt;
    attempt.job = fields.id<JobId>("job");
    attempt.attempt = fields.integer("attempt");
    attempt.node = fields.id<NodeId>("node");
    attempt.demand = read_demand(fields);
    attempt.accelerator_model = fields.text("accelerator_model");
    attempt.ends_by = read_time(fields, "ends_by");
    return attempt;
}

boost::json::object job_json(const PlannedJob& job) {
    boost::json::object object{{"id", job.id.text()},
                               {"sequence", job.sequence},
                               {"priority", job.priority},
                               {"organization", job.organization.text()},
                               {"accelerator_models", texts(job.accelerator_models)},
                               {"time_limit_ms", job.time_limit.count()}};
    if (job.site) {
        object["site"] = job.site->text();
    }
    add_demand(object, job.demand);
    return object;
}

PlannedJob read_job(JsonFields& fields) {
    PlannedJob job;
    job.id = fields.id<JobId>("id");
    job.sequence = fields.integer("sequence");
    job.priority = fields.integer("priority");
    job.organization = fields.id<core::OrganizationId>("organization");
    job.demand = read_demand(fields);
    job.accelerator_models = fields.texts("accelerator_models");
    job.time_limit = std::chrono::milliseconds(fields.integer("time_limit_ms"));
    if (fields.has("site")) {
        job.site = fields.id<SiteId>("site");
    }
    return job;
}

boost::json::object candidate_json(const Candidate& candidate) {
    return {{"node", candidate.node.text()},
            {"reason", to_json(candidate.reason)},
            {"terms", list(candidate.terms,
                           [](const ScoreTerm& term) {
                               return boost::json::object{{"name", term.name},
                                                          {"value_ppm", term.value_ppm},
                                                          {"weight", term.weight},
                                                          {"contribution", term.contribution}};
                           })},
            {"score", candidate.score}};
}

}  // namespace

boost::json::object to_json(const Snapshot& snapshot) {
    return {{"now", core::to_rfc3339(snapshot.now)},
            {"nodes", list(snapshot.nodes, node_json)},
            {"attempts", list(snapshot.attempts, attempt_json)},
            {"queue", list(snapshot.queue, job_json)}};
}

core::Result<Snapshot> snapshot_from_json(const boost::json::object& object) {
    return read_document(object, [](JsonFields& fields) {
        Snapshot snapshot;
        snapshot.now = read_time(fields, "now");
        snapshot.nodes = fields.objects("nodes", read_node);
        snapshot.attempts = fields.objects("attempts", read_attempt);
        snapshot.queue = fields.objects("queue", read_job);
        return snapshot;
    });
}

boost::json::object to_json(const Policy& policy) {
    return {
        {"version", policy.version},           {"reservations", policy.reservations},
        {"considered", policy.considered},     {"heartbeat_limit_ms", policy.heartbeat_limit_ms},
        {"weight_fit", policy.weight_fit},     {"weight_accelerators", policy.weight_accelerators},
        {"weight_speed", policy.weight_speed}, {"weight_freshness", policy.weight_freshness}};
}

core::Result<Policy> policy_from_json(const boost::json::object& object) {
    return read_document(object, [](JsonFields& fields) {
        Policy policy;
        policy.version = fields.text("version");
        policy.reservations = fields.integer("reservations");
        policy.considered = fields.integer("considered");
        policy.heartbeat_limit_ms = fields.integer("heartbeat_limit_ms");
        policy.weight_fit = fields.integer("weight_fit");
        policy.weight_accelerators = fields.integer("weight_accelerators");
        policy.weight_speed = fields.integer("weight_speed");
        policy.weight_freshness = fields.integer("weight_freshness");
        return policy;
    });
}

boost::json::object to_json(const Decision& decision) {
    boost::json::object object{{"job", decision.job.text()},
                               {"verdict", kVerdictNames[std::to_underlying(decision.verdict)]},
                               {"reason", to_json(decision.reason)},
                               {"candidates", list(decision.candidates, candidate_json)}};
    if (!decision.node.is_zero()) {
        object["node"] = decision.node.text();
        object["accelerator_model"] = decision.accelerator_model;
    }
    if (decision.starts_at) {
        object["starts_at"] = core::to_rfc3339(*decision.starts_at);
    }
    return object;
}

}  // namespace kapok::compute
