// Goal: the class and the factor follow from the rules alone, by the worse end of each interval.

#include "compute/grade/grade.h"

#include <algorithm>

#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "compute/errors.h"

namespace kapok::compute {

extern const std::string_view kGradeRulesText;

namespace {

Reading reading(Metric metric, std::int64_t value) {
    Reading made;
    made.metric = metric;
    made.estimate = estimate({value}, 0);
    return made;
}

// A node of two cores that just reaches class A.
Measurement just_class_a() {
    Measurement measurement;
    measurement.cores = 2;
    measurement.readings = {
        reading(Metric::Fp32Gemm, 300'000'000'000), reading(Metric::Int8Gemm, 800'000'000'000),
        reading(Metric::MemoryTriad, 20'000'000'000), reading(Metric::DiskLatency, 2'000'000),
        reading(Metric::DiskThroughput, 100'000'000)};
    return measurement;
}

bool has_reason(const Grade& found, const ReasonCode& code) {
    return std::ranges::any_of(found.reasons,
                               [&](const Reason& reason) { return reason.code == &code; });
}

TEST(Grade, IsTheBestClassWhoseThresholdsAreMet) {
    const GradeRules& rules = default_grade_rules();
    Measurement measurement = just_class_a();
    const Grade best = grade(measurement, rules);
    EXPECT_EQ(best.class_name, "general-a");
    EXPECT_EQ(best.standard_unit_ppm, 1'500'000);
    EXPECT_EQ(best.node_standard_units_ppm, 3'000'000);
    EXPECT_FALSE(best.provisional);
    measurement.readings[3] = reading(Metric::DiskLatency, 2'000'001);
    const Grade second = grade(measurement, rules);
    EXPECT_EQ(second.class_name, "general-b");
    EXPECT_TRUE(has_reason(second, kReadingTooHigh));
    measurement.readings[0] = reading(Metric::Fp32Gemm, 99'999'999'999);
    const Grade third = grade(measurement, rules);
    EXPECT_EQ(third.class_name, "general-c");
    EXPECT_EQ(render(third.reasons.front(), core::Language::En),
              "for class general-a fp32_gemm must be at least 150000000000, and it is 49999999999");
    EXPECT_EQ(third.standard_unit_ppm, 499'999);
}

TEST(Grade, CountsTheWorseEndOfTheInterval) {
    Measurement measurement = just_class_a();
    measurement.readings[0].estimate.low -= 2;
    EXPECT_EQ(grade(measurement, default_grade_rules()).class_name, "general-b");
}

TEST(Grade, OfAnIncompleteMeasurementIsNone) {
    Measurement measurement = just_class_a();
    measurement.readings.pop_back();
    const Grade found = grade(measurement, default_grade_rules());
    EXPECT_EQ(found.class_name, "");
    EXPECT_EQ(found.standard_unit_ppm, 0);
    EXPECT_TRUE(has_reason(found, kReadingMissing));
    EXPECT_TRUE(has_reason(found, kNoClass));
}

TEST(Grade, OfASuspectOrDisturbedMeasurementIsProvisional) {
    Measurement measurement = just_class_a();
    measurement.conditions.others_ppm = 200'001;
    EXPECT_TRUE(grade(measurement, default_grade_rules()).provisional);
    measurement = just_class_a();
    measurement.readings[3].suspect = true;  // A disk in memory.
    const Grade found = grade(measurement, default_grade_rules());
    EXPECT_TRUE(found.provisional);
    EXPECT_EQ(found.class_name, "general-c");
}

TEST(GradeRules, ReadBackWhatTheyPublish) {
    const auto published = to_json(default_grade_rules());
    const auto again = parse_grade_rules(boost::json::serialize(published));
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(to_json(*again), published);
}

TEST(GradeRules, RefuseWhatTheyCannotMean) {
    const auto refused_at = [](std::string_view from, std::string_view to) {
        std::string text(kGradeRulesText);
        const auto at = text.find(from);
        EXPECT_NE(at, text.npos) << from;
        text.replace(at, from.size(), to);
        const auto rules = parse_grade_rules(text);
        return rules ? std::string("accepted") : rules.error().pointer().value_or("");
    };
    EXPECT_EQ(refused_at("2026.1", "2026.2"), "accepted");
    EXPECT_EQ(refused_at("\"per\": \"core\"", "\"per\": \"rack\""), "/classes/0/thresholds/0/per");
    EXPECT_EQ(refused_at("\"at_least\"", "\"exactly\""), "/classes/0/thresholds/0/at_least");
    EXPECT_EQ(refused_at("\"fp32_gemm\", ", "\"fp16_gemm\", "), "/required");
    EXPECT_EQ(refused_at("\"weight_ppm\": 1000000", "\"weight_ppm\": 999999"), "/standard_unit");
    EXPECT_EQ(refused_at("\"per_core\": 100000000000", "\"per_core\": 0"),
              "/standard_unit/0/per_core");
    EXPECT_EQ(refused_at("\"validity_days\"", "\"valid_days\""), "/validity_days");
    EXPECT_EQ(parse_grade_rules("[").error().code(), kBadDocument);
}

}  // namespace
}  // namespace kapok::compute
