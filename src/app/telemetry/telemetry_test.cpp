// Goal: what an operator alerts on is true, cheap, in the format that Prometheus reads, under the
// names that the documentation promises, and for nobody else.

#include "app/telemetry/telemetry.h"

#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "app/evidence/evidence_world.h"
#include "models/gateway/call_metrics.h"

namespace kapok::app::telemetry {
namespace {

using evidence::cny;
using exchange::UsageSource;
using identity::code_of;

class TelemetryTest : public evidence::EvidenceWorld {
protected:
    void SetUp() override {
        EvidenceWorld::SetUp();
        if (IsSkipped() || HasFatalFailure()) {
            return;
        }
        telemetry_ = make(database());
    }

    std::unique_ptr<Telemetry> make(platform::db::Database& database) {
        return std::make_unique<Telemetry>(Telemetry::Setting{database, identity().directory(),
                                                              clock(), registry_,
                                                              compute_->context().heartbeat_limit});
    }

    std::string page() { return run(telemetry_->page(as("admin"))).value(); }

    // The same, looked up anew.
    std::string fresh_page() {
        clock().advance(kLookPause);
        return page();
    }

    // What stands behind `series`, or "none".
    static std::string value(const std::string& page, const std::string& series) {
        const auto at = page.find("\n" + series + " ");
        if (at == std::string::npos) {
            return "none";
        }
        const auto begin = at + series.size() + 2;
        return page.substr(begin, page.find('\n', begin) - begin);
    }

    // One of each, as a call makes them.
    void count_calls() {
        const models::CallMetrics calls(registry_);
        calls.refused(core::Error(exchange::kInsufficientFunds, {}, ""));
        calls.first_byte("small", std::chrono::milliseconds(40));
        calls.ended("small", {{7, 0, 5}, UsageSource::Provider, "finished"});
        calls.ended("small", {{3, 0, 1}, UsageSource::Partial, "client_left"});
    }

    void hold_without_an_end(std::int64_t tokens) {
        const exchange::HoldRequest request{.id = make_id<exchange::HoldId>(),
                                            .organization = company_,
                                            .project = project_,
                                            .product = sell_model().id,
                                            .most = {{"input_tokens", {core::Unit::Token, tokens}}},
                                            .reference = "req_2"};
        ASSERT_TRUE(write([&](Transaction& t) { return exchange::hold(t, boss(), request); }));
    }

    platform::metrics::Registry registry_;
    std::unique_ptr<Telemetry> telemetry_;
};

TEST_P(TelemetryTest, TellsWhatThePlatformDid) {
    EXPECT_EQ(value(page(), "kapok_charges_total{currency=\"CNY\"}"), "0");
    live();
    const std::string text = fresh_page();
    EXPECT_EQ(value(text, "kapok_database_up"), "1");
    EXPECT_EQ(value(text, "kapok_database_snapshot_age_seconds"), "0.000000");
    EXPECT_EQ(value(text, "kapok_jobs{state=\"queued\"}"), "0");
    EXPECT_EQ(value(text, "kapok_jobs_ended_total{state=\"succeeded\"}"), "2");
    EXPECT_EQ(value(text, "kapok_jobs_ended_total{state=\"lost\"}"), "0");
    EXPECT_EQ(value(text, "kapok_nodes{state=\"up\"}"), "1");
    EXPECT_EQ(value(text, "kapok_charges_total{currency=\"CNY\"}"), "9");
    const auto charges = database().read_blocking([](platform::db::Reader& reader) {
        return exchange::list_charges(reader, core::Scope::all(), {}, {});
    });
    core::Money charged = cny(0);
    for (const exchange::Charge& charge : charges->items) {
        charged = core::add(charged, charge.amount).value();
    }
    EXPECT_EQ(value(text, "kapok_charged_amount_total{currency=\"CNY\"}"),
              core::to_decimal(charged));
    EXPECT_EQ(value(text, "kapok_audit_events_total{type=\"compute.node_joined\"}"), "1");
    EXPECT_EQ(value(text, "kapok_audit_checkpoint_lag_entries"), "0");
    EXPECT_EQ(value(text, "kapok_audit_checkpoint_lag_seconds"), "0.000000");
    EXPECT_EQ(value(text, "kapok_holds_open{unit=\"CNY\"}"), "0");
    EXPECT_NE(value(text, "kapok_ledger_transfers_total"), "0");
    EXPECT_EQ(value(fresh_page(), "kapok_charges_total{currency=\"CNY\"}"), "9")
        << "what was counted is not counted again";
}

TEST_P(TelemetryTest, TellsWhatWaits) {
    const exchange::Product model = sell_model();
    pay(project_, company_, 50'000'000);
    join_node();
    clock().advance(std::chrono::seconds(3));
    submit("consumer", project_, 3);
    hold_without_an_end(1'000);
    clock().advance(std::chrono::seconds(50));
    const std::string text = fresh_page();
    EXPECT_EQ(value(text, "kapok_jobs{state=\"queued\"}"), "1");
    EXPECT_NE(value(text, "kapok_job_queue_oldest_wait_seconds").find("55."), std::string::npos);
    EXPECT_EQ(value(text, "kapok_nodes{state=\"up\"}"), "0");
    EXPECT_EQ(value(text, "kapok_nodes{state=\"unreachable\"}"), "1") << "its agent is silent";
    EXPECT_EQ(value(text, "kapok_holds_open{unit=\"CNY\"}"), "1");
    EXPECT_EQ(value(text, "kapok_held_amount{unit=\"CNY\"}"), "0.000500");
    EXPECT_EQ(value(text, "kapok_held_amount{unit=\"USD\"}"), "0.000000");
    EXPECT_NE(value(text, "kapok_audit_checkpoint_lag_entries"), "0");
    EXPECT_NE(value(text, "kapok_audit_checkpoint_lag_seconds"), "0.000000");
    const std::string series = "kapok_node_heartbeat_age_seconds{node_id=\"" + node_.text() +
                               "\",node=\"n1\",site=\"Nansha\"}";
    EXPECT_NE(value(text, series).find("58."), std::string::npos) << value(text, series);
    cover();
    EXPECT_EQ(value(fresh_page(), "kapok_audit_checkpoint_lag_entries"), "0");
}

TEST_P(TelemetryTest, LooksAtMostOnceInFiveSeconds) {
    const std::string age = "kapok_database_snapshot_age_seconds";
    const std::string paid = "kapok_ledger_transfers_total";
    EXPECT_EQ(value(page(), paid), "0");
    pay(project_, company_, 1'000'000);
    clock().advance(std::chrono::milliseconds(4'996));  // And 3 ms for the payment.
    EXPECT_EQ(value(page(), age), "4.999000");
    EXPECT_EQ(value(page(), paid), "0") << "as it was";
    clock().advance(std::chrono::milliseconds(1));
    EXPECT_EQ(value(page(), age), "0.000000");
    EXPECT_EQ(value(page(), paid), "1");
}

TEST_P(TelemetryTest, IsForOperatorsOfTheRootOnly) {
    person("watcher", root_, core::Role::Auditor);
    EXPECT_EQ(code_of(run(telemetry_->page(as("boss")))), "identity.not_found");
    EXPECT_EQ(code_of(run(telemetry_->page(as("consumer")))), "identity.not_found");
    EXPECT_EQ(code_of(run(telemetry_->page(as("watcher")))), "identity.root_role_missing");
    EXPECT_EQ(code_of(run(telemetry_->page({}))), "identity.sign_in_required");
    const auto with = [this](std::string scope, core::Role role) {
        const auto made = key("admin", root_, {std::move(scope)}, role);
        return code_of(run(telemetry_->page(**show(*made.text))));
    };
    EXPECT_EQ(with("platform:read", core::Role::Operator), "") << "as Prometheus would";
    EXPECT_EQ(with("job:read", core::Role::Operator), "identity.scope_missing");
    EXPECT_EQ(with("platform:read", core::Role::Auditor), "identity.root_role_missing");
    EXPECT_EQ(with("platform:read", core::Role::Consumer), "identity.not_found");
}

TEST_P(TelemetryTest, SaysSoWhenTheDatabaseDoesNotAnswer) {
    platform::db::Options options;
    options.url = "sqlite::memory:";  // Without a table.
    const auto empty = platform::db::Database::open(options, clock()).value();
    telemetry_ = make(*empty);
    const std::string text = page();
    EXPECT_EQ(value("\n" + text, "kapok_database_up"), "0");
    EXPECT_EQ(value(text, "kapok_nodes{state=\"up\"}"), "none");
    EXPECT_NE(value(text, "process_open_fds"), "none");
    EXPECT_NE(value(text, "kapok_database_commands_waiting"), "none");
}

TEST_P(TelemetryTest, CountsCallsAndTokensByModelAndOutcome) {
    count_calls();
    const std::string text = page();
    EXPECT_EQ(value(text, "kapok_model_calls_total{model=\"small\",outcome=\"finished\"}"), "1");
    EXPECT_EQ(value(text, "kapok_model_calls_total{model=\"small\",outcome=\"client_left\"}"), "1");
    EXPECT_EQ(
        value(text,
              "kapok_model_tokens_total{model=\"small\",outcome=\"finished\",kind=\"input\"}"),
        "7");
    EXPECT_EQ(
        value(text,
              "kapok_model_tokens_total{model=\"small\",outcome=\"client_left\",kind=\"output\"}"),
        "1");
    EXPECT_EQ(value(text, "kapok_model_calls_refused_total{code=\"exchange.insufficient_funds\"}"),
              "1");
    EXPECT_EQ(value(text, "kapok_model_first_byte_seconds_bucket{model=\"small\",le=\"0.05\"}"),
              "1");
}

// Every line is one that Prometheus takes, each sample stands below the head of its family, and
// none is there twice.
TEST_P(TelemetryTest, IsWellFormed) {
    live();
    count_calls();
    const std::regex head("# (HELP|TYPE) ([a-z_]+) .+");
    const std::regex sample(
        R"(([a-z_]+)(\{([a-z_]+="([^"\\]|\\.)*",?)*\})? (-?[0-9]+(\.[0-9]+)?))");
    std::set<std::string> families;
    std::set<std::string> series;
    std::string family;
    std::istringstream lines(fresh_page());
    for (std::string line; std::getline(lines, line);) {
        std::smatch found;
        if (std::regex_match(line, found, head)) {
            if (found[1] == "HELP") {
                family = found[2];
                EXPECT_TRUE(families.insert(family).second) << family;
            }
            EXPECT_EQ(found[2], family);
            continue;
        }
        ASSERT_TRUE(std::regex_match(line, found, sample)) << line;
        EXPECT_TRUE(found[1].str().starts_with(family)) << line;
        EXPECT_TRUE(series.insert(found[1].str() + found[2].str()).second) << line;
    }
    EXPECT_GE(families.size(), 30U);
}

// The first column of the table in a page of docs/.
std::set<std::string> promised(const std::string& file) {
    std::ifstream page("docs/" + file);
    std::set<std::string> names;
    const std::regex row(R"(\| `((kapok|process)_[a-z_]+)` \|.*)");
    std::smatch found;
    for (std::string line; std::getline(page, line);) {
        if (std::regex_match(line, found, row)) {
            names.insert(found[1]);
        }
    }
    return names;
}

TEST_P(TelemetryTest, HasTheNamesThatTheDocumentationPromises) {
    live();
    count_calls();
    const std::string text = fresh_page();
    // The listeners count these.
    std::set<std::string> names{"kapok_http_requests_total", "kapok_http_request_duration_seconds"};
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("# TYPE ")) {
            names.insert(line.substr(7, line.find(' ', 7) - 7));
        }
    }
    EXPECT_EQ(promised("metrics.md"), names);
    EXPECT_EQ(promised("metrics.zh.md"), names);
}

INSTANTIATE_KAPOK_DATABASES(TelemetryTest);

}  // namespace
}  // namespace kapok::app::telemetry
