#include "app/evidence/verify_compute.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include <boost/json/parse.hpp>

#include "app/evidence/errors.h"
#include "audit/canonical.h"
#include "compute/artifacts.h"
#include "compute/canonical_json.h"
#include "compute/grade/grade.h"
#include "compute/measurement/measurement.h"
#include "compute/protocol.h"
#include "compute/scheduler/blinding.h"
#include "compute/scheduler/plan.h"
#include "core/timestamp.h"
#include "platform/crypto/encoding.h"
#include "platform/crypto/keys.h"

namespace kapok::app::evidence {
namespace {

namespace crypto = platform::crypto;
namespace json = boost::json;

std::unexpected<core::Error> refused(std::string subject, std::string reason) {
    return core::fail(kRefused, {{"subject", std::move(subject)}, {"reason", std::move(reason)}});
}
std::unexpected<core::Error> refused(std::string subject, const core::Error& error) {
    return refused(std::move(subject), core::render(error, core::Language::En));
}

bool in_range(std::int64_t value, std::int64_t max) {
    return value >= 0 && value <= max;
}

// Measurements.

core::Result<compute::Measurement> read_measurement(const Measured& measured) {
    const auto value = compute::parse_canonical(measured.document);
    if (!value || !value->is_object()) {
        return refused("measurement", "not canonical");
    }
    auto measurement = compute::measurement_from_json(value->get_object());
    if (!measurement) {
        return refused("measurement", measurement.error());
    }
    const bool plausible =
        in_range(measurement->cores, kCoresMax) &&
        std::ranges::all_of(measurement->readings, [](const compute::Reading& reading) {
            return std::ranges::all_of(reading.estimate.samples, [](std::int64_t sample) {
                return in_range(sample, kRateMax);
            });
        });
    if (!plausible) {
        return refused(measurement->id.text(), "numbers that no machine has");
    }
    return measurement;
}

core::Result<void> check_signature(const Measured& measured, const std::string& subject) {
    const auto key = crypto::PublicKey::parse(measured.public_key);
    const auto signature = crypto::from_base64url(measured.signature);
    const std::string message =
        std::string(compute::protocol::kMeasurementLabel) + measured.document;
    if (!key || !signature || !key->verify(crypto::bytes_of(message), *signature)) {
        return core::fail(kBadSignature,
                          {{"key", subject + " " + measured.public_key.substr(0, 128)}});
    }
    return {};
}

// The log has the node's key from when it joined, and the measurement from when it was made.
core::Result<void> check_measured(const Measured& measured, const LogView& log) {
    const auto measurement = read_measurement(measured);
    if (!measurement) {
        return std::unexpected(measurement.error());
    }
    const std::string node = measurement->node.text();
    if (auto right = check_signature(measured, measurement->id.text()); !right) {
        return right;
    }
    const auto joined =
        log.demand("compute.node_joined", node, {{"public_key", measured.public_key}});
    if (!joined) {
        return std::unexpected(joined.error());
    }
    const auto reported = log.demand("compute.node_measured", node,
                                     {{"measurement", measurement->id.text()},
                                      {"document", compute::digest_of(measured.document)}});
    return reported ? core::Result<void>() : std::unexpected(reported.error());
}

// Grades.

struct Rules {
    compute::GradeRules rules;
    std::string digest;
};

core::Result<std::map<std::string, Rules>> read_rules(const Bundle& bundle) {
    std::map<std::string, Rules> found;
    for (const std::string& text : bundle.grade_rules) {
        auto rules = compute::parse_grade_rules(text);
        if (!rules) {
            return refused("grade_rules", rules.error());
        }
        std::string version = rules->version;
        found.emplace(std::move(version), Rules{*std::move(rules), compute::digest_of(text)});
    }
    return found;
}

// So that the factor of the standard unit cannot overflow.
bool is_plausible(const compute::Measurement& measurement, const compute::GradeRules& rules) {
    __extension__ using Int128 = __int128;
    Int128 sum = 0;
    for (const compute::UnitTerm& term : rules.standard_unit) {
        if (!in_range(term.weight_ppm, 1'000'000)) {
            return false;
        }
        if (const auto* reading = measurement.find(term.metric)) {
            sum += Int128{reading->estimate.low} * term.weight_ppm / term.per_core;
        }
    }
    return sum <= kRateMax;
}

core::Result<void> check_grade(const Measured& measured, const std::map<std::string, Rules>& known,
                               const LogView& log) {
    const auto measurement = read_measurement(measured);
    if (!measurement) {
        return std::unexpected(measurement.error());
    }
    const std::string id = measurement->id.text();
    const json::value given = json::parse(measured.grade);
    const auto rules = known.find(std::string(text_of(given.as_object(), "rules_version")));
    if (rules == known.end()) {
        return core::fail(kAbsent, {{"subject", id}, {"what", "grade_rules"}});
    }
    if (!is_plausible(*measurement, rules->second.rules)) {
        return refused(id, "numbers that no machine has");
    }
    const compute::Grade grade = compute::grade(*measurement, rules->second.rules);
    const auto expected = audit::canonical_json(to_json(grade));
    if (!expected || *expected != measured.grade) {
        return core::fail(kDiffers, {{"subject", id},
                                     {"field", "grade"},
                                     {"actual", measured.grade},
                                     {"expected", expected.value_or("-")}});
    }
    const auto reported = log.demand("compute.node_measured", measurement->node.text(),
                                     {{"measurement", id},
                                      {"class", grade.class_name},
                                      {"standard_unit_ppm", grade.standard_unit_ppm},
                                      {"rules", grade.rules_version},
                                      {"rules_digest", rules->second.digest}});
    return reported ? core::Result<void>() : std::unexpected(reported.error());
}

// Decisions.

bool is_plausible(const compute::Demand& demand) {
    return in_range(demand.cpu_milli, kPlannedAmountMax) &&
           in_range(demand.memory_bytes, kPlannedAmountMax) &&
           in_range(demand.accelerators, kPlannedAmountMax);
}

bool is_plausible(const compute::Snapshot& snapshot) {
    const auto good_node = [](const compute::PlannedNode& node) {
        return in_range(node.cpu_milli, kPlannedAmountMax) &&
               in_range(node.memory_bytes, kPlannedAmountMax) &&
               in_range(node.standard_unit_ppm, kRateMax) &&
               in_range(node.heartbeat_age_ms, kRateMax) &&
               std::ranges::all_of(node.accelerators, [](const compute::AcceleratorPool& pool) {
                   return in_range(pool.count, kPlannedAmountMax);
               });
    };
    const auto good_job = [](const compute::PlannedJob& job) {
        return is_plausible(job.demand) && in_range(job.time_limit.count(), kTimeLimitMsMax);
    };
    return snapshot.nodes.size() <= kPlannedItemsMax &&
           snapshot.attempts.size() <= kPlannedItemsMax &&
           snapshot.queue.size() <= kPlannedItemsMax &&
           std::ranges::all_of(snapshot.nodes, good_node) &&
           std::ranges::all_of(snapshot.attempts,
                               [](const compute::PlannedAttempt& attempt) {
                                   return is_plausible(attempt.demand);
                               }) &&
           std::ranges::all_of(snapshot.queue, good_job);
}

bool is_plausible(const compute::Policy& policy) {
    return in_range(policy.reservations, kPolicyNumberMax) &&
           in_range(policy.considered, kPolicyNumberMax) &&
           in_range(policy.heartbeat_limit_ms, kPolicyNumberMax) &&
           in_range(policy.weight_fit, kPolicyNumberMax) &&
           in_range(policy.weight_accelerators, kPolicyNumberMax) &&
           in_range(policy.weight_speed, kPolicyNumberMax) &&
           in_range(policy.weight_freshness, kPolicyNumberMax);
}

std::string name_of(const Round& round) {
    return "round " + std::to_string(round.number);
}

// A round, decided again.
using Replayed = std::map<compute::JobId, compute::Decision>;

core::Result<Replayed> replay(const Round& round, const LogView& log) {
    const auto logged = log.demand("compute.round_decided", name_of(round),
                                   {{"snapshot", compute::digest_of(round.snapshot)},
                                    {"policy", compute::digest_of(round.policy)}});
    if (!logged) {
        return std::unexpected(logged.error());
    }
    const auto snapshot = compute::snapshot_from_json(json::parse(round.snapshot).as_object());
    const auto policy = compute::policy_from_json(json::parse(round.policy).as_object());
    if (!snapshot || !policy) {
        return refused(name_of(round), snapshot ? policy.error() : snapshot.error());
    }
    if (!is_plausible(*snapshot) || !is_plausible(*policy)) {
        return refused(name_of(round), "numbers that no machine has");
    }
    Replayed replayed;
    for (compute::Decision& decision : compute::plan(*snapshot, *policy)) {
        const compute::JobId job = decision.job;
        replayed.emplace(job, std::move(decision));
    }
    return replayed;
}

// What the round decided about the job, under the job's own name.
core::Result<std::string> decision_text(const Decided& decided, const Round& round,
                                        const Replayed& replayed) {
    const std::string id = decided.job.text();
    const auto opening = std::ranges::find(round.openings, id, &Opening::id);
    const auto found =
        opening == round.openings.end()
            ? replayed.end()
            : replayed.find(compute::JobId(compute::substitute(id, opening->opening)));
    if (found == replayed.end()) {
        return core::fail(kAbsent, {{"subject", id}, {"what", name_of(round)}});
    }
    compute::Decision decision = found->second;
    decision.job = decided.job;
    json::object body = to_json(decision);
    if (decided.verdict ==
        "refused") {  // It would start, had its owner money, or the node a price.
        const json::value given = json::parse(decided.body);
        body["refused"] = json::string(text_of(given.as_object(), "refused"));
    }
    return audit::canonical_json(body);
}

core::Result<void> check_decision(const Decided& decided, const Round& round,
                                  const Replayed& replayed, const LogView& log) {
    const std::string id = decided.job.text();
    const auto expected = decision_text(decided, round, replayed);
    if (!expected) {
        return std::unexpected(expected.error());
    }
    const json::value value = json::parse(*expected);
    const std::string replayed_verdict(text_of(value.as_object(), "verdict"));
    const std::string wanted = decided.verdict == "refused" ? "start" : decided.verdict;
    if (*expected != decided.body || replayed_verdict != wanted) {
        return core::fail(kDiffers, {{"subject", id},
                                     {"field", "decision"},
                                     {"actual", decided.body},
                                     {"expected", *expected}});
    }
    const auto logged = log.demand("compute.job_decided", id,
                                   {{"attempt", decided.attempt},
                                    {"round", decided.round},
                                    {"verdict", decided.verdict},
                                    {"decision", compute::digest_of(decided.body)}});
    if (!logged) {
        return std::unexpected(logged.error());
    }
    const std::string time(text_of(**logged, "time"));
    if (time != core::to_rfc3339(decided.decided_at)) {
        return core::fail(kDiffers, {{"subject", id},
                                     {"field", "decided_at"},
                                     {"actual", core::to_rfc3339(decided.decided_at)},
                                     {"expected", time}});
    }
    return {};
}

}  // namespace

Check check_measurements(const Bundle& bundle, const LogView& log) {
    Check check{.name = CheckName::Measurements};
    for (const Measured& measured : bundle.measurements) {
        check.judge(check_measured(measured, log));
    }
    return check;
}

Check check_grades(const Bundle& bundle, const LogView& log) {
    Check check{.name = CheckName::Grades};
    const auto rules = read_rules(bundle);
    if (!rules) {
        check.blame(rules.error());
        return check;
    }
    for (const Measured& measured : bundle.measurements) {
        check.judge(check_grade(measured, *rules, log));
    }
    return check;
}

Check check_decisions(const Bundle& bundle, const LogView& log) {
    Check check{.name = CheckName::Decisions};
    std::map<std::int64_t, std::pair<const Round*, core::Result<Replayed>>> rounds;
    for (const Round& round : bundle.rounds) {
        const auto [at, added] =
            rounds.try_emplace(round.number, std::pair(&round, replay(round, log)));
        if (!added) {
            check.blame(core::Error(kUnexplained, {{"subject", name_of(round)}}, {}));
        } else if (!at->second.second) {
            check.blame(at->second.second.error());
        }
    }
    for (const Decided& decided : bundle.decisions) {
        const auto round = rounds.find(decided.round);
        if (round == rounds.end()) {
            check.judge(core::fail(kAbsent, {{"subject", decided.job.text()}, {"what", "round"}}));
        } else if (const auto& [of, replayed] = round->second; replayed) {
            check.judge(check_decision(decided, *of, *replayed, log));
        }
    }
    return check;
}

}  // namespace kapok::app::evidence
