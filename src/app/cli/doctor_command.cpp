#include "app/cli/doctor_command.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "app/cli/local_commands.h"
#include "app/cli/output.h"
#include "app/cli/profile.h"
#include "app/cli/remote.h"
#include "app/doctor/database_checks.h"
#include "app/doctor/finding.h"
#include "app/doctor/host_checks.h"
#include "app/doctor/limits.h"
#include "app/server/foundation.h"
#include "app/settings.h"
#include "compute/agent/files.h"
#include "core/clock.h"
#include "core/random.h"
#include "platform/crypto/certificates.h"

namespace kapok::app::cli {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

using doctor::both;
using doctor::Finding;
using doctor::Findings;
using doctor::Health;
using platform::config::Config;
using platform::http::Method;

// Whether the server of the profile answers, and knows who asks.
bool check_server(Findings& findings, const Invocation& invocation) {
    const auto profile = load_profile(invocation);
    if (!profile) {
        findings.fail("profile", profile.error(), both("kapok login --url URL"));
        return false;
    }
    const auto ready = call(*profile, invocation, {Method::Get, "/readyz", ""});
    if (!ready || ready->status != 200) {
        const Text remedy{"start it: `kapok serve`, or look at its log (journalctl -u kapok)",
                          "请启动：`kapok serve`，或查看其日志（journalctl -u kapok）"};
        if (ready) {
            findings.fail("server", both(fmt::format("{}: HTTP {}", profile->url, ready->status)),
                          remedy);
        } else {
            findings.fail("server", ready.error(), remedy);
        }
        return false;
    }
    findings.ok("server", {profile->url + " is ready", profile->url + " 已就绪"});
    if (!profile->has_credential()) {
        findings.warn("credential", {"none", "没有凭据"}, both("kapok login"));
        return true;
    }
    const auto me = call(*profile, invocation, {Method::Get, "/api/v1/me", ""});
    if (me && me->status == 200) {
        findings.ok("credential", {"accepted", "有效"});
    } else {
        findings.fail("credential", {"not accepted any more", "已失效"}, both("kapok login"));
    }
    return true;
}

void check_journal(Findings& findings, const fs::path& folder) {
    std::error_code none;
    const auto bytes = fs::file_size(folder / "reports.jsonl", none);
    if (none) {
        return;
    }
    const bool much = bytes >= doctor::kJournalBytesWarn;
    const std::string size = fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
    findings.add("agent's journal", much ? Health::Warn : Health::Ok, both(size),
                 much ? Text{"the agent cannot report: is it running, and its line up?",
                             "代理无法上报：是否在运行、线路是否正常？"}
                      : Text{});
}

void check_agent(Findings& findings, const fs::path& folder, const core::Clock& clock) {
    const Text rejoin{"join again with a new token: `kapok agent join`",
                      "请用新令牌重新入网：`kapok agent join`"};
    if (!fs::exists(folder / compute::agent::kMembershipFile)) {
        findings.ok("agent", {"this host has not joined a site", "本机尚未入网"});
        return;
    }
    core::SystemRandom random;
    const auto files = compute::agent::AgentFiles::open(folder, clock, random);
    if (!files) {
        findings.fail("agent", files.error(), rejoin);
        return;
    }
    const auto& membership = files->membership();
    const auto certificate = platform::crypto::parse_certificate(
        membership ? membership->certificate_pem : std::string());
    if (!certificate) {
        findings.fail("agent", certificate.error(), rejoin);
        return;
    }
    doctor::check_expiry(findings, {"agent", certificate->not_after, clock.now(),
                                    doctor::kAgentCertificateSoon, rejoin});
    check_journal(findings, folder);
}

void look(Findings& findings, const Invocation& invocation, const Config& config) {
    const core::SystemClock clock;
    const fs::path data = data_folder(config);
    const bool serving = check_server(findings, invocation);
    std::error_code fault;
    if (fs::is_directory(data, fault)) {
        doctor::check_disk(findings, data);
        doctor::check_keys(findings, config, data);
        doctor::check_database(findings, config, data, clock, {serving, invocation.has("whole")});
        check_agent(findings, data / "agent", clock);
    } else {
        findings.warn("data folder", {data.string() + " is not there", data.string() + " 不存在"},
                      {"`kapok serve` makes it; another one is named with --data",
                       "由 `kapok serve` 创建；可用 --data 指定其他目录"});
    }
    doctor::check_clock(findings);
    doctor::check_ports(findings, config, serving);
    doctor::check_tls(findings, config, clock.now());
    doctor::check_engine(findings);
    doctor::check_isolation(findings);
}

void show(const Finding& finding, core::Language language) {
    std::string check = finding.check;
    check.resize(std::max<std::size_t>(check.size(), 26), ' ');
    std::cout << fmt::format(
        "{:<5} {} {}\n",
        doctor::kHealthNames.at(static_cast<std::size_t>(std::to_underlying(finding.health))),
        check, finding.found.in(language));
    if (!finding.remedy.in(language).empty()) {
        std::cout << fmt::format("{:33}→ {}\n", "", finding.remedy.in(language));
    }
}

int run_doctor(const Invocation& invocation) {
    const auto config = config_of(invocation);
    if (!config) {
        return report(config.error(), invocation);
    }
    Findings findings;
    look(findings, invocation, *config);
    json::array rows;
    bool failed = false;
    for (const Finding& finding : findings.all()) {
        failed = failed || finding.health == Health::Fail;
        if (invocation.output == Output::Table) {
            show(finding, invocation.language);
        }
        rows.push_back(json::object{{"check", finding.check},
                                    {"health", doctor::kHealthNames.at(static_cast<std::size_t>(
                                                   std::to_underlying(finding.health)))},
                                    {"found", finding.found.in(invocation.language)},
                                    {"remedy", finding.remedy.in(invocation.language)}});
    }
    if (invocation.output != Output::Table) {
        std::cout << format(rows, invocation.output);
    }
    return failed ? 1 : 0;
}

}  // namespace

std::vector<Command> doctor_commands() {
    std::vector<Option> options = setting_options();
    for (Option& option : remote_options()) {
        options.push_back(std::move(option));
    }
    options.push_back(
        {"whole",
         "",
         {"Read the audit log and the book from their beginnings, not only their ends",
          "从头核验审计日志与账簿，而不只是末段"},
         false,
         {}});
    return {{"doctor",
             "",
             {"Look at this host and its server: each thing is ok, warn or fail, and says what to "
              "do; exit code 1 if something fails",
              "检查本机与服务：逐项给出 ok、warn 或 fail 及处理办法；有 fail 时退出码为 1"},
             std::move(options),
             {},
             run_doctor}};
}

}  // namespace kapok::app::cli
