#include "app/evidence/bundle_json.h"

#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "app/evidence/bill_json.h"
#include "app/evidence/fields.h"
#include "audit/checkpoint.h"

namespace kapok::app::evidence {
namespace {

namespace json = boost::json;

json::object header_json(const Header& header) {
    return {{"made_at", core::to_rfc3339(header.made_at)},
            {"origin", header.origin},
            {"public_key", header.public_key},
            {"organization_id", header.organization.text()},
            {"project_id", header.project.text()},
            {"from", core::to_rfc3339(header.from)},
            {"to", core::to_rfc3339(header.to)}};
}

Header read_header(JsonFields& fields) {
    Header header;
    header.made_at = read_time(fields, "made_at");
    header.origin = fields.text("origin");
    header.public_key = fields.text("public_key");
    header.organization = fields.id<core::OrganizationId>("organization_id");
    header.project = fields.id<core::ProjectId>("project_id");
    header.from = read_time(fields, "from");
    header.to = read_time(fields, "to");
    return header;
}

json::object measured_json(const Measured& measured) {
    return {{"document", json::parse(measured.document)},
            {"public_key", measured.public_key},
            {"signature", measured.signature},
            {"grade", json::parse(measured.grade)}};
}

Measured read_measured(JsonFields& fields) {
    return {read_document_text(fields, "document"), fields.text("public_key"),
            fields.text("signature"), read_document_text(fields, "grade")};
}

json::object round_json(const Round& round) {
    return {{"number", round.number},
            {"snapshot", json::parse(round.snapshot)},
            {"policy", json::parse(round.policy)},
            {"openings", list_json(round.openings, [](const Opening& each) {
                 return json::object{{"id", each.id}, {"opening", each.opening}};
             })}};
}

Round read_round(JsonFields& fields) {
    return {fields.integer("number"), read_document_text(fields, "snapshot"),
            read_document_text(fields, "policy"), fields.objects("openings", [](JsonFields& item) {
                return Opening{item.text("id"), item.text("opening")};
            })};
}

json::object decided_json(const Decided& decided) {
    return {{"job_id", decided.job.text()},
            {"attempt", decided.attempt},
            {"round", decided.round},
            {"verdict", decided.verdict},
            {"decision", json::parse(decided.body)},
            {"decided_at", core::to_rfc3339(decided.decided_at)}};
}

Decided read_decided(JsonFields& fields) {
    return {fields.id<compute::JobId>("job_id"),
            fields.integer("attempt"),
            fields.integer("round"),
            fields.text("verdict"),
            read_document_text(fields, "decision"),
            read_time(fields, "decided_at")};
}

json::array hashes_json(const audit::Proof& hashes) {
    json::array list;
    for (const audit::Digest& hash : hashes) {
        list.emplace_back(audit::to_base64(hash));
    }
    return list;
}

audit::Proof read_hashes(JsonFields& fields) {
    audit::Proof hashes;
    for (const std::string& text : fields.texts("hashes")) {
        const auto bytes = audit::from_base64(text);
        audit::Digest hash{};
        if (!bytes || bytes->size() != hash.size()) {
            fields.blame("hashes", "digests in base64");
            break;
        }
        std::ranges::copy(*bytes, hash.begin());
        hashes.push_back(hash);
    }
    return hashes;
}

json::object log_json(const Log& log) {
    json::object object{{"checkpoint", log.checkpoint},
                        {"events", list_json(log.events, [](const ProvenEvent& proven) {
                             return json::object{{"event", json::parse(proven.body)},
                                                 {"hashes", hashes_json(proven.hashes)}};
                         })}};
    if (log.earlier) {
        object["earlier"] = json::object{{"checkpoint", log.earlier->note},
                                         {"hashes", hashes_json(log.earlier->hashes)}};
    }
    return object;
}

Log read_log(JsonFields& fields) {
    Log log;
    log.checkpoint = fields.text("checkpoint");
    if (fields.has("earlier")) {
        log.earlier = fields.nested("earlier", [](JsonFields& item) {
            return EarlierCheckpoint{item.text("checkpoint"), read_hashes(item)};
        });
    }
    log.events = fields.objects("events", [](JsonFields& item) {
        return ProvenEvent{read_document_text(item, "event"), read_hashes(item)};
    });
    return log;
}

std::vector<std::string> read_rules(JsonFields& fields) {
    std::vector<std::string> rules;
    for (const json::value& item : fields.list("grade_rules")) {
        const auto text = audit::canonical_json(item);
        if (!text || !item.is_object()) {
            fields.blame("grade_rules", "rule sets");
            break;
        }
        rules.push_back(*text);
    }
    return rules;
}

Bundle read_bundle(JsonFields& fields) {
    Bundle bundle;
    bundle.version = fields.integer("version");
    if (bundle.version < 1 || bundle.version > Bundle::kVersion) {
        fields.blame("version", "1 or 2");
    }
    bundle.header = fields.nested("header", read_header);
    bundle.grade_rules = read_rules(fields);
    bundle.measurements = fields.objects("measurements", read_measured);
    bundle.rounds = fields.objects("rounds", read_round);
    bundle.decisions = fields.objects("decisions", read_decided);
    bundle.products = fields.objects("products", read_product);
    bundle.prices = fields.objects("prices", read_price);
    bundle.bills = fields.objects(
        "bills", [&bundle](JsonFields& item) { return read_bill(item, bundle.version); });
    bundle.trial_balance = fields.nested("trial_balance", read_trial_balance);
    bundle.log = fields.nested("log", read_log);
    return bundle;
}

}  // namespace

json::object to_json(const Bundle& bundle) {
    return {{"version", bundle.version},
            {"header", header_json(bundle.header)},
            {"grade_rules", list_json(bundle.grade_rules,
                                      [](const std::string& text) { return json::parse(text); })},
            {"measurements", list_json(bundle.measurements, measured_json)},
            {"rounds", list_json(bundle.rounds, round_json)},
            {"decisions", list_json(bundle.decisions, decided_json)},
            {"products", list_json(bundle.products, product_json)},
            {"prices", list_json(bundle.prices, price_json)},
            {"bills",
             list_json(bundle.bills,
                       [&bundle](const Bill& bill) { return bill_json(bill, bundle.version); })},
            {"trial_balance", trial_balance_json(bundle.trial_balance)},
            {"log", log_json(bundle.log)}};
}

core::Result<Bundle> bundle_from_json(const json::object& object) {
    return compute::read_document(object, read_bundle);
}

}  // namespace kapok::app::evidence
