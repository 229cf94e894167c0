#include "app/cli/doctor_command.h"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>
#include <sys/stat.h>

#include "app/cli/local_commands.h"
#include "app/cli/output.h"
#include "app/cli/profile.h"
#include "app/cli/remote.h"
#include "app/settings.h"
#include "compute/agent/files.h"
#include "core/clock.h"
#include "core/timestamp.h"
#include "platform/crypto/certificates.h"
#include "platform/process/isolation.h"
#include "platform/process/spawn.h"

namespace kapok::app::cli {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

enum class Health : std::uint8_t { Well, Warning, Bad };
constexpr std::array<std::string_view, 3> kHealthNames{"ok", "warning", "bad"};

constexpr std::uintmax_t kFreeBytesMin = std::uintmax_t{2} << 30;

// What was looked at, how it is, and what was found or what helps.
struct Finding {
    std::string check;
    Health health = Health::Well;
    std::string text;
};

class Doctor {
public:
    explicit Doctor(const Invocation& invocation)
        : invocation_(invocation),
          zh_(invocation.language == core::Language::Zh),
          data_(invocation.option_or("data", default_data_folder())) {}

    std::vector<Finding> look() {
        look_at_data();
        look_at_server();
        look_at_agent();
        look_at_engine();
        look_at_isolation();
        return std::move(findings_);
    }

private:
    void add(std::string check, Health health, std::string text) {
        findings_.push_back({std::move(check), health, std::move(text)});
    }
    [[nodiscard]] std::string say(std::string en, std::string zh) const { return zh_ ? zh : en; }

    void look_at_data() {
        std::error_code fault;
        if (!fs::is_directory(data_, fault)) {
            add("data", Health::Warning,
                say(fmt::format("{} is not there yet; `kapok serve` makes it", data_.string()),
                    fmt::format("{} 尚不存在；kapok serve 会创建", data_.string())));
            return;
        }
        const auto space = fs::space(data_, fault);
        const bool enough = !fault && space.available >= kFreeBytesMin;
        const std::string free =
            fmt::format("{:.1f} GiB", static_cast<double>(space.available) / (1 << 30));
        add("disk", enough ? Health::Well : Health::Bad,
            enough ? say(free + " free", "可用 " + free)
                   : say(free + " free: make room, or move the data with --data",
                         "仅剩 " + free + "：请清理磁盘，或用 --data 更换目录"));
        look_at_key(data_ / "keys" / "master.key");
    }

    void look_at_key(const fs::path& file) {
        struct stat found{};
        if (::stat(file.c_str(), &found) != 0) {
            add("master key", Health::Warning,
                say(file.string() + " is not there; the server makes it at its first start",
                    file.string() + " 不存在；服务端首次启动时生成"));
            return;
        }
        const bool closed = (found.st_mode & (S_IRWXG | S_IRWXO)) == 0;
        add("master key", closed ? Health::Well : Health::Bad,
            closed ? say("only its owner may read it", "仅属主可读")
                   : say("others may read it: chmod 600 " + file.string(),
                         "他人可读：请执行 chmod 600 " + file.string()));
    }

    void look_at_server() {
        const auto profile = load_profile(invocation_);
        if (!profile) {
            add("profile", Health::Bad, core::render(profile.error(), invocation_.language));
            return;
        }
        const auto ready =
            call(*profile, invocation_, {platform::http::Method::Get, "/readyz", ""});
        if (!ready || ready->status != 200) {
            add("server", Health::Bad,
                ready ? fmt::format("{}: HTTP {}", profile->url, ready->status)
                      : core::render(ready.error(), invocation_.language));
            return;
        }
        add("server", Health::Well, say(profile->url + " is ready", profile->url + " 已就绪"));
        if (!profile->has_credential()) {
            add("credential", Health::Warning,
                say("none: `kapok login`", "没有凭据：请执行 kapok login"));
            return;
        }
        const auto me =
            call(*profile, invocation_, {platform::http::Method::Get, "/api/v1/me", ""});
        const bool good = me && me->status == 200;
        add("credential", good ? Health::Well : Health::Bad,
            good ? say("accepted", "有效")
                 : say("not accepted any more: `kapok login`", "已失效：请执行 kapok login"));
    }

    void look_at_agent() {
        const fs::path folder = data_ / "agent";
        const std::string outside = say("this host has not joined a site: `kapok agent join`",
                                        "本机尚未入网：请执行 kapok agent join");
        if (!fs::exists(folder / compute::agent::kMembershipFile)) {
            add("agent", Health::Warning, outside);
            return;
        }
        core::SystemRandom random;
        const auto files = compute::agent::AgentFiles::open(folder, clock_, random);
        if (!files) {
            add("agent", Health::Bad, core::render(files.error(), invocation_.language));
            return;
        }
        const auto& membership = files->membership();
        if (!membership) {
            add("agent", Health::Warning, outside);
            return;
        }
        const auto certificate = platform::crypto::parse_certificate(membership->certificate_pem);
        if (!certificate) {
            add("agent", Health::Bad, core::render(certificate.error(), invocation_.language));
            return;
        }
        const bool valid = clock_.now() < certificate->not_after;
        const std::string until = core::to_rfc3339(certificate->not_after);
        add("agent", valid ? Health::Well : Health::Bad,
            valid ? say("certificate until " + until, "证书有效期至 " + until)
                  : say("its certificate ended " + until + ": join again with a new token",
                        "证书已于 " + until + " 失效：请用新令牌重新入网"));
    }

    void look_at_engine() {
        const char* named = std::getenv("KAPOK_ENGINE");
        const auto found =
            platform::process::find_program(named != nullptr ? named : "llama-server");
        add("engine", found ? Health::Well : Health::Warning,
            found ? *found
                  : say("no llama-server in PATH or KAPOK_ENGINE; `tools/engine` builds one",
                        "PATH 与 KAPOK_ENGINE 中没有 llama-server；可用 tools/engine 构建"));
    }

    void look_at_isolation() {
        const auto isolation = platform::process::probe_isolation();
        for (const auto& state : isolation.features) {
            add(fmt::format("isolation: {}", platform::process::to_text(state.feature)),
                state.missing ? Health::Warning : Health::Well,
                state.missing ? core::render(*state.missing, invocation_.language)
                              : say("works", "可用"));
        }
    }

    const Invocation& invocation_;
    bool zh_;
    fs::path data_;
    core::SystemClock clock_;
    std::vector<Finding> findings_;
};

int doctor(const Invocation& invocation) {
    json::array rows;
    bool bad = false;
    for (const Finding& finding : Doctor(invocation).look()) {
        bad = bad || finding.health == Health::Bad;
        if (invocation.output == Output::Table) {
            std::cout << fmt::format("{:<8} {:<26} {}\n",
                                     kHealthNames[std::to_underlying(finding.health)],
                                     finding.check, finding.text);
        }
        rows.push_back(json::object{{"check", finding.check},
                                    {"health", kHealthNames[std::to_underlying(finding.health)]},
                                    {"found", finding.text}});
    }
    if (invocation.output != Output::Table) {
        std::cout << format(rows, invocation.output);
    }
    return bad ? 1 : 0;
}

}  // namespace

std::vector<Command> doctor_commands() {
    std::vector<Option> options = setting_options();
    for (Option& option : remote_options()) {
        options.push_back(std::move(option));
    }
    return {{"doctor",
             "",
             {"Look at this host and its server: what is well, and what helps where it is not",
              "检查本机与服务：哪些正常，异常时如何处理"},
             std::move(options),
             {},
             doctor}};
}

}  // namespace kapok::app::cli
