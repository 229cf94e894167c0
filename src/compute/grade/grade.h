#pragma once

// The grade of a node, computed from its measurement by rules that are data. A threshold is met by
// the worse end of a reading's interval, so that nobody sells more than was shown; a suspect
// reading meets none.
//
// The standard unit makes nodes comparable: 1.0 is a core that sustains the rate which the rules
// name (by default 100 G operations/s of FP32 matrix products). For rules with terms t,
//
//     factor = sum over t of weight(t) x low(metric of t) / (cores x per_core(t))
//
// in parts per million, each term rounded down. A core-hour of a node with factor 1 500 000 ppm is
// 1.5 standard core-hours.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "compute/measurement/measurement.h"
#include "compute/reason.h"
#include "core/result.h"

namespace kapok::compute {

struct Threshold {
    Metric metric = Metric::Fp32Gemm;
    bool per_core = false;
    std::optional<std::int64_t> at_least;  // One of the two.
    std::optional<std::int64_t> at_most;
};

struct GradeClass {
    std::string name;  // "general-a"
    std::string en;
    std::string zh;
    std::vector<Threshold> thresholds;
};

struct UnitTerm {
    Metric metric = Metric::Fp32Gemm;
    std::int64_t weight_ppm = 0;
    std::int64_t per_core = 0;
};

struct GradeRules {
    std::string version;
    std::int64_t validity_days = 0;
    std::int64_t others_ppm_max = 0;
    std::vector<Metric> required;
    std::vector<UnitTerm> standard_unit;
    std::vector<GradeClass> classes;  // Best first; the first whose thresholds are met is granted.
};

// From a file in the form of data/grade_rules.json.
[[nodiscard]] core::Result<GradeRules> parse_grade_rules(std::string_view json);
[[nodiscard]] boost::json::object to_json(const GradeRules& rules);
// Those that are built in.
[[nodiscard]] const GradeRules& default_grade_rules();

struct Grade {
    std::string rules_version;
    std::string class_name;              // Empty: none.
    std::int64_t standard_unit_ppm = 0;  // Of one core.
    std::int64_t node_standard_units_ppm = 0;
    bool provisional = false;  // Suspect or disturbed: good for trying, not for selling.
    core::Timestamp valid_until;
    std::vector<Reason> reasons;  // Why this class, and why none of those above it.

    friend bool operator==(const Grade&, const Grade&) = default;
};

[[nodiscard]] Grade grade(const Measurement& measurement, const GradeRules& rules);
[[nodiscard]] boost::json::object to_json(const Grade& grade);

}  // namespace kapok::compute
