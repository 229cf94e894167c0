#include "compute/grade/grade.h"

#include <algorithm>
#include <cassert>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "compute/json_fields.h"
#include "core/timestamp.h"

namespace kapok::compute {

// The text of data/grade_rules.json.
extern const std::string_view kGradeRulesText;

namespace {

constexpr std::int64_t kPpm = 1'000'000;

__extension__ using Int128 = __int128;

Metric read_metric(JsonFields& fields, std::string_view name) {
    const auto metric = parse_metric(fields.text(name));
    if (!metric) {
        fields.blame(name, "a known metric");
    }
    return metric.value_or(Metric::Fp32Gemm);
}

Threshold read_threshold(JsonFields& fields) {
    Threshold threshold;
    threshold.metric = read_metric(fields, "metric");
    const std::string per = fields.text("per");
    if (per != "core" && per != "node") {
        fields.blame("per", "core or node");
    }
    threshold.per_core = per == "core";
    if (fields.has("at_least") == fields.has("at_most")) {
        fields.blame("at_least", "there, or else at_most");
    } else if (fields.has("at_least")) {
        threshold.at_least = fields.integer("at_least");
    } else {
        threshold.at_most = fields.integer("at_most");
    }
    return threshold;
}

UnitTerm read_term(JsonFields& fields) {
    UnitTerm term{read_metric(fields, "metric"), fields.integer("weight_ppm"),
                  fields.integer("per_core")};
    if (term.per_core <= 0) {
        fields.blame("per_core", "positive");
    }
    return term;
}

GradeRules read_rules(JsonFields& fields) {
    GradeRules rules;
    rules.version = fields.text("version");
    rules.validity_days = fields.integer("validity_days");
    if (rules.validity_days < 1 || rules.validity_days > 3'650) {
        fields.blame("validity_days", "1 to 3650");
    }
    rules.others_ppm_max = fields.integer("others_ppm_max");
    for (const std::string& name : fields.texts("required")) {
        if (const auto metric = parse_metric(name)) {
            rules.required.push_back(*metric);
        } else {
            fields.blame("required", "known metrics");
        }
    }
    rules.standard_unit = fields.objects("standard_unit", read_term);
    std::int64_t weights = 0;
    for (const UnitTerm& term : rules.standard_unit) {
        weights += term.weight_ppm;
    }
    if (weights != kPpm) {
        fields.blame("standard_unit", "terms whose weights add up to 1000000");
    }
    rules.classes = fields.objects("classes", [](JsonFields& item) {
        return GradeClass{item.text("class"), item.text("en"), item.text("zh"),
                          item.objects("thresholds", read_threshold)};
    });
    return rules;
}

// The end of the interval that is worse for who sells: the low one of a rate, the high one of a
// delay.
std::int64_t worse_end(const Reading& reading, const Threshold& threshold, std::int64_t cores) {
    const std::int64_t end = threshold.at_least ? reading.estimate.low : reading.estimate.high;
    return threshold.per_core ? end / std::max<std::int64_t>(cores, 1) : end;
}

// Why a threshold is not met; nothing if it is.
std::optional<Reason> shortfall(const Measurement& measurement, const GradeClass& wanted,
                                const Threshold& threshold) {
    const std::string metric(to_text(threshold.metric));
    const Reading* reading = measurement.find(threshold.metric);
    if (reading == nullptr) {
        return Reason(kReadingMissing, {{"metric", metric}});
    }
    if (reading->suspect) {
        return Reason(kReadingSuspect, {{"metric", metric}});
    }
    const std::int64_t actual = worse_end(*reading, threshold, measurement.cores);
    const auto facts = [&](std::int64_t limit) {
        return std::vector<core::Parameter>{{"class", wanted.name},
                                            {"metric", metric},
                                            {"wanted", std::to_string(limit)},
                                            {"actual", std::to_string(actual)}};
    };
    if (threshold.at_least && actual < *threshold.at_least) {
        return Reason(kReadingTooLow, facts(*threshold.at_least));
    }
    if (threshold.at_most && actual > *threshold.at_most) {
        return Reason(kReadingTooHigh, facts(*threshold.at_most));
    }
    return std::nullopt;
}

std::int64_t standard_unit(const Measurement& measurement, const GradeRules& rules) {
    Int128 factor = 0;
    for (const UnitTerm& term : rules.standard_unit) {
        if (const Reading* reading = measurement.find(term.metric)) {
            factor += static_cast<Int128>(std::max<std::int64_t>(reading->estimate.low, 0)) *
                      term.weight_ppm / term.per_core /
                      std::max<std::int64_t>(measurement.cores, 1);
        }
    }
    return static_cast<std::int64_t>(factor);
}

void add_once(std::vector<Reason>& reasons, Reason reason) {
    if (std::ranges::find(reasons, reason) == reasons.end()) {
        reasons.push_back(std::move(reason));
    }
}

// The first class without a shortfall; the shortfalls of those above it are the reasons.
void choose_class(const Measurement& measurement, const GradeRules& rules, Grade& result) {
    for (const GradeClass& wanted : rules.classes) {
        bool met = true;
        for (const Threshold& threshold : wanted.thresholds) {
            if (auto reason = shortfall(measurement, wanted, threshold)) {
                add_once(result.reasons, *std::move(reason));
                met = false;
            }
        }
        if (met) {
            result.class_name = wanted.name;
            result.reasons.emplace_back(kClassGranted,
                                        std::vector<core::Parameter>{{"class", wanted.name}});
            return;
        }
    }
    result.reasons.emplace_back(kNoClass);
}

}  // namespace

core::Result<GradeRules> parse_grade_rules(std::string_view json) {
    boost::system::error_code code;
    const auto value = boost::json::parse(json, code);
    if (code) {
        return core::fail(kBadDocument, {{"field", "the rule file"}, {"expected", "JSON"}}, "");
    }
    return read_document(value, read_rules);
}

boost::json::object to_json(const GradeRules& rules) {
    boost::json::array required;
    for (const Metric metric : rules.required) {
        required.emplace_back(to_text(metric));
    }
    boost::json::array terms;
    for (const UnitTerm& term : rules.standard_unit) {
        terms.push_back({{"metric", to_text(term.metric)},
                         {"weight_ppm", term.weight_ppm},
                         {"per_core", term.per_core}});
    }
    boost::json::array classes;
    for (const GradeClass& one : rules.classes) {
        boost::json::array thresholds;
        for (const Threshold& threshold : one.thresholds) {
            boost::json::object object{{"metric", to_text(threshold.metric)},
                                       {"per", threshold.per_core ? "core" : "node"}};
            object[threshold.at_least ? "at_least" : "at_most"] =
                threshold.at_least ? *threshold.at_least : threshold.at_most.value_or(0);
            thresholds.push_back(std::move(object));
        }
        classes.push_back({{"class", one.name},
                           {"en", one.en},
                           {"zh", one.zh},
                           {"thresholds", std::move(thresholds)}});
    }
    return {{"version", rules.version},
            {"validity_days", rules.validity_days},
            {"others_ppm_max", rules.others_ppm_max},
            {"required", std::move(required)},
            {"standard_unit", std::move(terms)},
            {"classes", std::move(classes)}};
}

const GradeRules& default_grade_rules() {
    static const GradeRules kRules = parse_grade_rules(kGradeRulesText).value();
    return kRules;
}

Grade grade(const Measurement& measurement, const GradeRules& rules) {
    Grade result;
    result.rules_version = rules.version;
    result.valid_until = measurement.ended_at + std::chrono::days(rules.validity_days);
    bool complete = true;
    for (const Metric metric : rules.required) {
        const Reading* reading = measurement.find(metric);
        const std::vector<core::Parameter> facts{{"metric", std::string(to_text(metric))}};
        if (reading == nullptr) {
            complete = false;
            add_once(result.reasons, Reason(kReadingMissing, facts));
        } else if (reading->suspect) {
            result.provisional = true;
            add_once(result.reasons, Reason(kReadingSuspect, facts));
        }
    }
    if (measurement.conditions.others_ppm > rules.others_ppm_max) {
        result.provisional = true;
        result.reasons.emplace_back(
            kNotQuiet, std::vector<core::Parameter>{
                           {"actual", std::to_string(measurement.conditions.others_ppm)},
                           {"wanted", std::to_string(rules.others_ppm_max)}});
    }
    if (!complete) {
        result.reasons.emplace_back(kNoClass);
        return result;
    }
    choose_class(measurement, rules, result);
    result.standard_unit_ppm = standard_unit(measurement, rules);
    result.node_standard_units_ppm = result.standard_unit_ppm * measurement.cores;
    return result;
}

boost::json::object to_json(const Grade& grade) {
    boost::json::array reasons;
    for (const Reason& reason : grade.reasons) {
        reasons.push_back(to_json(reason));
    }
    return {{"rules_version", grade.rules_version},
            {"class", grade.class_name},
            {"standard_unit_ppm", grade.standard_unit_ppm},
            {"node_standard_units_ppm", grade.node_standard_units_ppm},
            {"provisional", grade.provisional},
            {"valid_until", core::to_rfc3339(grade.valid_until)},
            {"reasons", std::move(reasons)}};
}

}  // namespace kapok::compute
