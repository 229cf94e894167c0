// The steps that concern money and proof: a project that pays, its bill, the books, the evidence.

#include <utility>

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include "app/cli/json_text.h"
#include "app/errors.h"
#include "app/tour/tour.h"
#include "core/id.h"
#include "core/money.h"
#include "core/timestamp.h"
#include "platform/http/query.h"

namespace kapok::app::tour {

namespace http = platform::http;
namespace json = boost::json;

using cli::text_at;
using core::Result;

namespace {

constexpr std::string_view kCompany = "Tour company 体验企业";
constexpr std::string_view kProject = "tour";
constexpr std::int64_t kEnoughMicros = 20'000'000;
constexpr std::string_view kTopUp = "50";

bool is_enough(const json::value& wallet) {
    const auto available = core::parse_money(text_at(wallet, "/available/amount"),
                                             text_at(wallet, "/available/currency"));
    return available && available->micros() >= kEnoughMicros;
}

}  // namespace

Result<void> Tour::top_up() {
    const Answer wallet = ask(http::Method::Get, "/api/v1/wallets/" + project_);
    if (wallet && is_enough(*wallet)) {
        return {};
    }
    const Answer paid = ask(
        http::Method::Post, "/api/v1/wallets/" + project_ + "/top-ups",
        json::object{{"amount", {{"amount", kTopUp}, {"currency", "CNY"}}}, {"reference", "tour"}});
    return paid ? Result<void>() : std::unexpected(paid.error());
}

// A company of its own where the node keeps tenants fully apart; else the node's operator itself,
// for others' jobs would be refused.
Outcome Tour::open_project() {
    const Answer node = read_node();
    if (!node) {
        return std::unexpected(node.error());
    }
    std::string owner = organization_;
    if (text_at(*node, "/isolation") == "full") {
        Answer company = find_in("/api/v1/organizations", "name", kCompany);
        if (company && company->is_null()) {
            company =
                ask(http::Method::Post, "/api/v1/organizations",
                    json::object{
                        {"parent_id", organization_}, {"name", kCompany}, {"kind", "company"}});
        }
        if (!company) {
            return std::unexpected(company.error());
        }
        owner = text_at(*company, "/id");
    }
    Answer project = find_in("/api/v1/projects?organization_id=" + owner, "name", kProject);
    if (project && project->is_null()) {
        project = ask(http::Method::Post, "/api/v1/projects",
                      json::object{{"organization_id", owner}, {"name", kProject}});
    }
    if (!project) {
        return std::unexpected(project.error());
    }
    project_ = text_at(*project, "/id");
    if (const auto paid = top_up(); !paid) {
        return std::unexpected(paid.error());
    }
    const Answer key =
        ask(http::Method::Post, "/api/v1/keys",
            json::object{{"project_id", project_},
                         {"organization_id", owner},
                         {"name", "tour"},
                         {"scopes", json::array{"gateway:call"}},
                         {"expires_at", core::to_rfc3339(clock_.now() + std::chrono::hours(24))}});
    if (!key) {
        return std::unexpected(key.error());
    }
    project_profile_ = cli::Profile{operator_.url, core::Secret(text_at(*key, "/key")), {}, {}};
    const Answer wallet = ask(http::Method::Get, "/api/v1/wallets/" + project_);
    if (!wallet) {
        return std::unexpected(wallet.error());
    }
    return json::object{{"organization", owner},
                        {"project", project_},
                        {"key", text_at(*key, "/id")},
                        {"available", wallet->at("available")}};
}

Outcome Tour::bill() {
    const Answer statement = ask(http::Method::Get, "/api/v1/statements/" + project_);
    if (!statement) {
        return std::unexpected(statement.error());
    }
    return statement->as_object();
}

Outcome Tour::balance() {
    const Answer trial = ask(http::Method::Get, "/api/v1/trial-balance");
    if (!trial) {
        return std::unexpected(trial.error());
    }
    if (!cli::flag_at(*trial, "/balanced")) {
        return core::fail(kBooksOff);
    }
    return trial->as_object();
}

}  // namespace kapok::app::tour
