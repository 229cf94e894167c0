#include "app/cli/evidence_commands.h"

#include <fstream>
#include <iostream>
#include <iterator>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include "app/cli/output.h"
#include "app/cli/profile.h"
#include "app/cli/remote.h"
#include "app/errors.h"
#include "app/evidence/errors.h"
#include "app/evidence/limits.h"
#include "core/timestamp.h"
#include "platform/http/query.h"

namespace kapok::app::cli {
namespace {

namespace http = platform::http;
namespace json = boost::json;

using platform::crypto::PublicKey;

core::Result<std::string> read_file(const std::string& name) {
    std::ifstream file(name, std::ios::binary);
    std::string content;
    // One byte more than a bundle has shows that there is more.
    content.resize(evidence::kBundleBytesMax + 1);
    file.read(content.data(), static_cast<std::streamsize>(content.size()));
    if (file.bad() || (!file.eof() && file.fail()) || !file.is_open()) {
        return core::fail(kNoFile, {{"file", name}});
    }
    content.resize(static_cast<std::size_t>(file.gcount()));
    return content;
}

std::string trimmed(std::string text) {
    const auto last = text.find_last_not_of(" \t\r\n");
    text.resize(last == text.npos ? 0 : last + 1);
    return text;
}

core::Result<PublicKey> key_in(const std::string& content) {
    if (content.starts_with("-----BEGIN")) {
        return PublicKey::from_pem(content);
    }
    boost::system::error_code fault;
    const json::value value = json::parse(content, fault);
    const auto* object = fault ? nullptr : value.if_object();
    const auto* key = object == nullptr ? nullptr : object->if_contains("public_key");
    return PublicKey::parse(key != nullptr && key->is_string() ? std::string(key->get_string())
                                                               : trimmed(content));
}

json::array checks_json(const evidence::Report& report, core::Language language) {
    json::array rows;
    for (const evidence::Check& check : report.checks) {
        const evidence::CheckInfo& info = evidence::info(check.name);
        rows.push_back(
            json::object{{"check", info.name},
                         {"what", language == core::Language::Zh ? info.zh : info.en},
                         {"count", check.count},
                         {"result", evidence::kOutcomeNames[std::to_underlying(check.outcome)]}});
    }
    return rows;
}

json::array faults_json(const evidence::Report& report, core::Language language) {
    json::array faults;
    for (const evidence::Check& check : report.checks) {
        for (const core::Error& error : check.shown) {
            faults.push_back(json::object{{"check", evidence::info(check.name).name},
                                          {"code", error.code().name},
                                          {"text", core::render(error, language)}});
        }
    }
    return faults;
}

std::string_view verdict_name(const evidence::Report& report) {
    return !report.passed() ? "failed" : report.signer_checked ? "trusted" : "consistent";
}

std::string verdict_text(const evidence::Report& report, bool zh) {
    if (!report.passed()) {
        return zh ? "核验未通过：此文件不能作为证据"
                  : "failed: this file is no evidence of what it says";
    }
    if (!report.signer_checked) {
        return zh ? "前后一致，但未核对签名者；请用 --trust 指定您所信任的公钥"
                  : "consistent, signer not checked; name the key that you trust with --trust";
    }
    return zh ? "核验通过，且由您所信任的公钥签名" : "passed, and signed by the key that you trust";
}

json::object header_json(const evidence::Header& header) {
    return {{"project_id", header.project.text()},
            {"from", core::to_rfc3339(header.from)},
            {"to", core::to_rfc3339(header.to)},
            {"made_at", core::to_rfc3339(header.made_at)},
            {"origin", header.origin},
            {"public_key", header.public_key}};
}

json::object report_json(const evidence::Report& report, core::Language language) {
    json::object object{{"verdict", verdict_name(report)},
                        {"passed", report.passed()},
                        {"signer_checked", report.signer_checked}};
    if (report.header) {
        object["bundle"] = header_json(*report.header);
    }
    object["checks"] = checks_json(report, language);
    object["faults"] = faults_json(report, language);
    return object;
}

int verify(const Invocation& invocation) {
    const std::string name = invocation.argument("FILE");
    const auto file = read_file(name);
    if (!file) {
        return report(file.error(), invocation);
    }
    std::optional<PublicKey> trusted;
    if (const auto given = invocation.option("trust")) {
        auto key = trusted_key(*given);
        if (!key) {
            return report(key.error(), invocation);
        }
        trusted = *std::move(key);
    }
    const evidence::Report result = evidence::verify(*file, trusted);
    std::cout << report_text(result, invocation);
    return result.passed() ? 0 : core::exit_code(core::ErrorKind::Unprocessable);
}

std::string path_of(const Invocation& invocation) {
    http::Fields query;
    for (const char* name : {"from", "to", "checkpoint"}) {
        if (const auto value = invocation.option(name)) {
            query[name] = *value;
        }
    }
    const std::string path =
        "/api/v1/evidence/" + http::percent_encode(invocation.option_or("project", ""));
    return query.empty() ? path : path + "?" + http::write_query(query);
}

core::Result<void> write_file(const std::string& name, const std::string& content) {
    std::ofstream file(name, std::ios::binary | std::ios::trunc);
    file << content << std::flush;
    return file ? core::Result<void>()
                : core::fail(kCannotWrite, {{"file", name}, {"reason", "write"}});
}

int export_bundle(const Invocation& invocation) {
    const auto profile = load_profile(invocation);
    if (!profile) {
        return report(profile.error(), invocation);
    }
    if (!profile->has_credential()) {
        return report(core::Error(kNotSignedIn, {{"url", profile->url}}, {}), invocation);
    }
    const auto answer = call(*profile, invocation, {http::Method::Get, path_of(invocation), ""});
    if (!answer) {
        return report(answer.error(), invocation);
    }
    if (answer->status >= 400) {
        return report_refusal(*answer, invocation);
    }
    const std::string out = invocation.option_or("out", "-");
    if (out == "-") {
        std::cout << answer->raw << std::flush;
        return 0;
    }
    if (const auto written = write_file(out, answer->raw); !written) {
        return report(written.error(), invocation);
    }
    const json::object done{{"file", out}, {"bytes", answer->raw.size()}};
    std::cout << format(done, invocation.output);
    return 0;
}

Command export_command() {
    std::vector<Option> options{
        {"project", "ID", {"Whose evidence", "项目"}, true, {}},
        {"from",
         "TIME",
         {"Start of the period; the beginning if absent", "账期开始；缺省为最早"},
         false,
         {}},
        {"to",
         "TIME",
         {"End of the period, exclusive; now if absent", "账期结束（不含）；缺省为现在"},
         false,
         {}},
        {"checkpoint",
         "SIZE",
         {"Prove that the log goes on from this checkpoint, which you have kept",
          "证明日志自您所保存的此检查点延续而来"},
         false,
         {}},
        {"out",
         "FILE",
         {"Where to write it; - is standard output", "输出文件；- 表示标准输出"},
         true,
         {}}};
    for (Option& option : remote_options()) {
        options.push_back(std::move(option));
    }
    return {"evidence",
            "export",
            {"Fetch the evidence bundle of a project and a period", "导出项目与账期的证据包"},
            std::move(options),
            {},
            export_bundle};
}

}  // namespace

core::Result<PublicKey> trusted_key(const std::string& given) {
    const auto bad = [&] {
        return core::fail(evidence::kBadTrust, {{"actual", given.substr(0, 128)}});
    };
    if (given.starts_with("ed25519:") || given.starts_with("sm2:")) {
        auto key = PublicKey::parse(given);
        return key ? std::move(key) : bad();
    }
    const auto content = read_file(given);
    if (!content) {
        return bad();
    }
    auto key = key_in(*content);
    return key ? std::move(key) : bad();
}

std::string report_text(const evidence::Report& report, const Invocation& invocation) {
    const core::Language language = invocation.language;
    if (invocation.output != Output::Table) {
        return format(report_json(report, language), invocation.output);
    }
    std::string text = format(checks_json(report, language), Output::Table);
    const json::array faults = faults_json(report, language);
    for (const json::value& fault : faults) {  // In full: a table would cut them.
        text += fmt::format("\n{}: {}\n", std::string_view(fault.at("check").get_string()),
                            std::string_view(fault.at("text").get_string()));
    }
    return text + "\n" + verdict_text(report, language == core::Language::Zh) + "\n";
}

std::vector<Command> evidence_commands() {
    return {export_command(),
            {"verify",
             "",
             {"Check an evidence bundle, offline", "离线核验证据包"},
             {{"trust",
               "KEY|FILE",
               {"The signer that you trust: its public key, or a file with it",
                "您所信任的签名者：公钥，或含公钥的文件"},
               false,
               {}}},
             {{"FILE", {"The bundle", "证据包文件"}, true}},
             verify}};
}

}  // namespace kapok::app::cli
