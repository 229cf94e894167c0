#include "compute/http/views.h"

#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "platform/http/json.h"

namespace kapok::compute {

namespace json = boost::json;
using platform::http::to_json;

namespace {

json::object demand_json(const Demand& demand) {
    return {{"cpu_milli", demand.cpu_milli},
            {"memory_bytes", demand.memory_bytes},
            {"accelerators", demand.accelerators}};
}

// A reason as it was kept, with its sentence. A code of a later program has none.
json::object reason_json(const json::object& kept, core::Language language) {
    json::object reason = kept;
    const auto* code = find_reason(std::string_view(kept.at("code").as_string()));
    std::string sentence(kept.at("code").as_string());
    if (code != nullptr) {
        // The names of facts live as long as the texts that use them.
        std::vector<core::Parameter> facts;
        for (const std::string_view name : core::parameters_of(code->en)) {
            if (const auto* value = kept.at("facts").as_object().if_contains(name)) {
                facts.push_back({name, std::string(value->as_string())});
            }
        }
        sentence = render(Reason(*code, std::move(facts)), language);
    }
    reason["text"] = sentence;
    return reason;
}

json::object attempt_json(const Attempt& attempt) {
    json::object object{{"attempt", attempt.number},
                        {"node_id", to_json(attempt.node)},
                        {"allocated", demand_json(attempt.demand)},
                        {"accelerator_model", attempt.accelerator_model},
                        {"dispatched_at", to_json(attempt.dispatched_at)},
                        {"started_at", to_json(attempt.started_at)},
                        {"ended_at", to_json(attempt.ended_at)},
                        {"log_removed_at", to_json(attempt.log_removed_at)}};
    if (attempt.exit) {
        object["exit"] = kExitClassNames[std::to_underlying(*attempt.exit)];
    }
    if (attempt.exit_code) {
        object["exit_code"] = *attempt.exit_code;
    }
    if (!attempt.problem.empty()) {
        object["problem"] = attempt.problem;
    }
    if (!attempt.usage.empty()) {
        object["usage"] = json::parse(attempt.usage);
    }
    return object;
}

}  // namespace

json::object summary_json(const Job& job) {
    json::object object{{"id", to_json(job.id)},
                        {"organization_id", to_json(job.organization)},
                        {"project_id", to_json(job.project)},
                        {"name", job.spec.name},
                        {"service", job.service},
                        {"state", kJobStateNames[std::to_underlying(job.status.state)]},
                        {"attempt", job.status.attempt},
                        {"cancel_requested", job.status.cancel_requested},
                        {"priority", job.spec.priority},
                        {"submitted_by", job.submitted_by},
                        {"created_at", to_json(job.created_at)},
                        {"updated_at", to_json(job.updated_at)},
                        {"finished_at", to_json(job.finished_at)},
                        {"version", job.version}};
    if (job.exit_code) {
        object["exit_code"] = *job.exit_code;
    }
    return object;
}

json::object job_json(const JobView& view, core::Language language) {
    json::object object = summary_json(view.job);
    object["spec"] = to_json(view.job.spec);
    json::array attempts;
    for (const Attempt& attempt : view.attempts) {
        attempts.push_back(attempt_json(attempt));
    }
    object["attempts"] = std::move(attempts);
    json::array outputs;
    for (const JobOutput& output : view.outputs) {
        outputs.push_back(
            {{"path", output.path}, {"digest", output.digest}, {"bytes", output.bytes}});
    }
    object["outputs"] = std::move(outputs);
    if (view.decision) {
        object["decision"] = decision_json(*view.decision, language);
    }
    return object;
}

json::object decision_json(const KeptDecision& decision, core::Language language) {
    const json::object body = json::parse(decision.body).as_object();
    json::array candidates;
    for (const auto& item : body.at("candidates").as_array()) {
        json::object candidate = item.as_object();
        candidate["reason"] = reason_json(candidate.at("reason").as_object(), language);
        candidates.push_back(std::move(candidate));
    }
    json::object object{{"verdict", decision.verdict},
                        {"reason", reason_json(body.at("reason").as_object(), language)},
                        {"decided_at", to_json(decision.decided_at)},
                        {"candidates", std::move(candidates)},
                        {"round", decision.round}};
    if (const auto* node = body.if_contains("node")) {
        object["node_id"] = *node;
    }
    if (const auto* time = body.if_contains("starts_at")) {
        object["starts_at"] = *time;
    }
    if (const auto* refused = body.if_contains("refused")) {
        object["reason"].as_object()["code"] = *refused;
    }
    return object;
}

json::object decision_record_json(const DecisionView& view, core::Language language) {
    json::object object = decision_json(view.decision, language);
    object["body"] = json::parse(view.decision.body);
    if (view.round) {
        object["snapshot"] = json::parse(view.round->snapshot);
        object["policy"] = json::parse(view.round->policy);
        object["job_opening"] = view.round->job_opening;
        object["organization_opening"] = view.round->organization_opening;
    }
    return object;
}

json::object artifact_json(const Artifact& artifact) {
    return {{"digest", artifact.digest},
            {"bytes", artifact.bytes},
            {"created_at", to_json(artifact.created_at)}};
}

json::object site_json(const Site& site) {
    return {{"id", to_json(site.id)},
            {"organization_id", to_json(site.organization)},
            {"name", site.name},
            {"region", site.region},
            {"created_at", to_json(site.created_at)},
            {"version", site.version}};
}

json::object node_json(const NodeView& view) {
    const Node& node = view.node;
    json::array pools;
    std::int64_t cards = 0;
    for (const AcceleratorPool& pool : node.accelerators) {
        pools.push_back({{"model", pool.model}, {"count", pool.count}});
        cards += pool.count;
    }
    json::object object{{"id", to_json(node.id)},
                        {"site_id", to_json(node.site)},
                        {"organization_id", to_json(node.organization)},
                        {"name", node.name},
                        {"state", kNodeStateNames[std::to_underlying(view.state)]},
                        {"wish", kNodeWishNames[std::to_underlying(node.wish)]},
                        {"capacity", demand_json({node.cpu_milli, node.memory_bytes, cards})},
                        {"used", demand_json(view.used)},
                        {"attempts", view.attempts},
                        {"accelerators", std::move(pools)},
                        {"isolation", node.isolation},
                        {"missing_isolation", node.missing_isolation},
                        {"public_key", node.public_key},
                        {"grade", node.grade_class},
                        {"standard_unit_ppm", node.standard_unit_ppm},
                        {"inventory", to_json(node.inventory)},
                        {"last_seen_at", to_json(node.last_seen_at)},
                        {"created_at", to_json(node.created_at)},
                        {"version", node.version}};
    if (node.measurement) {
        object["measurement_id"] = to_json(*node.measurement);
    }
    return object;
}

json::object measurement_json(const StoredMeasurement& measurement) {
    return {{"id", to_json(measurement.id)},
            {"node_id", to_json(measurement.node)},
            {"organization_id", to_json(measurement.organization)},
            {"document", json::parse(measurement.document)},
            {"document_text", measurement.document},
            {"signature", measurement.signature},
            {"public_key", measurement.public_key},
            {"grade", json::parse(measurement.grade)},
            {"measured_at", to_json(measurement.measured_at)},
            {"received_at", to_json(measurement.received_at)}};
}

}  // namespace kapok::compute
