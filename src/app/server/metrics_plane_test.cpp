// The catalogue as the platform wires it, and the dashboard that is made for it: every name on the
// dashboard is exported, every metric is on the dashboard.

#include "app/server/metrics_plane.h"

#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace kapok::app {
namespace {

std::set<std::string> exported_names() {
    // What the server counts besides, for each process by itself.
    std::set<std::string> names{"kapok_http_requests_total",
                                "kapok_http_request_duration_seconds_bucket"};
    for (const registry::Metric& metric : all_metrics().all()) {
        names.emplace(metric.info.prometheus);
    }
    return names;
}

std::set<std::string> names_in(const std::string& text) {
    static const std::regex kName("kapok_[a-z0-9_]+");
    return {std::sregex_token_iterator(text.begin(), text.end(), kName),
            std::sregex_token_iterator()};
}

TEST(Metrics, AreAtLeastTenAndEachHasBothLanguages) {
    const auto catalogue = all_metrics();
    EXPECT_GE(catalogue.all().size(), 10U);
    for (const registry::Metric& metric : catalogue.all()) {
        EXPECT_NE(metric.info.title.en, metric.info.title.zh) << metric.info.name;
        EXPECT_NE(metric.info.description.en, metric.info.description.zh) << metric.info.name;
        EXPECT_GT(metric.info.freshness.count(), 0) << metric.info.name;
    }
}

TEST(Metrics, AreTheNamesOnTheDashboard) {
    std::ifstream file("docs/grafana/kapok.json", std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    boost::system::error_code fault;
    const auto dashboard = boost::json::parse(text, fault);
    ASSERT_FALSE(fault) << fault.message();
    std::set<std::string> shown;
    for (const auto& panel : dashboard.at("panels").as_array()) {
        ASSERT_FALSE(panel.at("targets").as_array().empty());
        for (const auto& target : panel.at("targets").as_array()) {
            const auto names = names_in(std::string(target.at("expr").as_string()));
            EXPECT_FALSE(names.empty()) << target.at("expr").as_string();
            shown.insert(names.begin(), names.end());
        }
    }
    const auto exported = exported_names();
    for (const std::string& name : shown) {
        EXPECT_TRUE(exported.contains(name)) << name;
    }
    for (const registry::Metric& metric : all_metrics().all()) {
        EXPECT_TRUE(shown.contains(std::string(metric.info.prometheus))) << metric.info.prometheus;
    }
}

TEST(RequestMeter, LosesNothingThatWasNotWrittenDown) {
    RequestMeter meter;
    for (const int status : {200, 204, 304, 400, 404, 500, 503}) {
        meter.count(status);
    }
    const auto counts = meter.take();
    EXPECT_EQ(counts, (RequestMeter::Counts{3, 2, 2}));
    EXPECT_EQ(meter.take(), RequestMeter::Counts{});
    meter.give_back(counts);
    meter.count(200);
    EXPECT_EQ(meter.take(), (RequestMeter::Counts{4, 2, 2}));
}

}  // namespace
}  // namespace kapok::app
