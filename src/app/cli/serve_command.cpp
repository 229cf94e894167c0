#include "app/cli/serve_command.h"

#include <algorithm>
#include <iostream>
#include <memory>
#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "app/cli/end_signals.h"
#include "app/cli/local_commands.h"
#include "app/cli/output.h"
#include "app/cli/own_data.h"
#include "app/cli/profile.h"
#include "app/cli/service_notice.h"
#include "app/errors.h"
#include "app/server/foundation.h"
#include "app/server/platform_server.h"
#include "core/clock.h"
#include "core/random.h"
#include "models/errors.h"
#include "models/gateway/server_watch.h"
#include "models/limits.h"

namespace kapok::app::cli {
namespace {

namespace json = boost::json;

using platform::log::Level;
using platform::log::Log;

Level level_of(const platform::config::Config& config) {
    const auto& names = platform::log::kLevelNames;  // The setting's choices.
    return static_cast<Level>(std::ranges::find(names, config.text("log.level")) - names.begin());
}

// What the caller of `kapok serve` reads: one JSON line for programs, sentences for people. The log
// is on stderr.
void announce(const PlatformServer& server, const Invocation& invocation) {
    const auto password = server.first_password();
    if (invocation.output == Output::Json) {
        json::object line{{"url", server.url()}, {"data", server.data_folder()}};
        if (password) {
            line["admin"] = {{"user", "admin"}, {"password", password->reveal()}};
        }
        std::cout << json::serialize(line) << '\n' << std::flush;
        return;
    }
    const bool zh = invocation.language == core::Language::Zh;
    std::cout << fmt::format(fmt::runtime(zh ? "Kapok 已启动：{}\n" : "Kapok is serving at {}\n"),
                             server.url());
    if (password) {
        std::cout << fmt::format(
            fmt::runtime(zh ? "首位管理员 admin 的密码（仅显示这一次，首次登录须修改）：{}\n"
                            : "Password of the first administrator, admin (shown this once, to be "
                              "changed at the first sign-in): {}\n"),
            password->reveal());
    }
    std::cout << std::flush;
}

int serve(const Invocation& invocation) {
    const EndSignals signals;
    const auto config = config_of(invocation);
    if (!config) {
        return report(config.error(), invocation);
    }
    const core::SystemClock clock;
    core::SystemRandom random;
    Log log(STDERR_FILENO, level_of(*config), clock);
    const auto server = PlatformServer::start(*config, clock, random, log);
    if (!server) {
        return report(server.error(), invocation);
    }
    announce(**server, invocation);
    tell_service_manager("READY=1\nSTATUS=serving at " + (*server)->url());
    signals.wait();
    tell_service_manager("STOPPING=1\nSTATUS=letting requests under way finish");
    (*server)->stop();
    return 0;
}

int admin_make_key(const Invocation& invocation) {
    OwnData data;
    if (const auto opened = data.open(invocation); !opened) {
        return report(opened.error(), invocation);
    }
    const std::string user =
        invocation.argument("USER").empty() ? "admin" : invocation.argument("USER");
    const auto key = data.make_key(user, invocation.option_or("name", "command line"));
    if (!key) {
        return report(key.error(), invocation);
    }
    const auto profile = invocation.option("save");
    if (!profile) {
        return print(json::object{{"user", user}, {"key", key->reveal()}}, invocation);
    }
    const auto saved = save_profile(
        *profile, Profile{invocation.option_or("url", "http://127.0.0.1:8420"), *key, {}, {}});
    return saved ? 0 : report(saved.error(), invocation);
}

int reset_password(const Invocation& invocation) {
    OwnData data;
    if (const auto opened = data.open(invocation); !opened) {
        return report(opened.error(), invocation);
    }
    const std::string user =
        invocation.argument("USER").empty() ? "admin" : invocation.argument("USER");
    const auto password = data.identity().reset_password(user);
    if (!password) {
        return report(password.error(), invocation);
    }
    return print(json::object{{"user", user}, {"password", password->reveal()}}, invocation);
}

// What a server that died left under way is settled, from a host that can reach the database.
int replay_journal(const Invocation& invocation) {
    const std::string folder = invocation.argument("DIR");
    const auto server = known_server_id(folder);
    if (!server) {
        return report(core::Error(kNoServerId, {{"folder", folder}}, {}), invocation);
    }
    OwnData data;
    if (const auto opened = data.open(invocation); !opened) {
        return report(opened.error(), invocation);
    }
    const auto settled = data.database().write_blocking(
        [&](auto& transaction) { return models::settle_for_dead(transaction, *server); });
    if (!settled) {
        return report(settled.error(), invocation);
    }
    const std::optional<std::size_t>& count = *settled;
    if (!count) {
        const auto seconds = std::to_string(models::kServerLease.count());
        return report(
            core::Error(models::kServerLives, {{"server", *server}, {"seconds", seconds}}, {}),
            invocation);
    }
    return print(json::object{{"server", *server}, {"settled", *count}}, invocation);
}

std::vector<Option> make_key_options() {
    std::vector<Option> options = setting_options();
    options.push_back({"name", "NAME", {"Of the key", "密钥名称"}, false, {}});
    options.push_back({"save",
                       "PROFILE",
                       {"Keep it in this profile instead of showing it", "存入该配置名，而不显示"},
                       false,
                       {}});
    options.push_back(
        {"url", "URL", {"With --save: of the server", "与 --save 同用：服务器地址"}, false, {}});
    return options;
}

std::vector<Option> serve_options() {
    std::vector<Option> options = setting_options();
    options.push_back(
        {"host",
         "ADDRESS",
         {"Address to listen on; other than loopback needs TLS", "监听地址；非回环地址须启用 TLS"},
         false,
         {}});
    options.push_back({"port",
                       "N",
                       {"Port (default 8420; 0: a free one)", "端口（默认 8420；0 为任选）"},
                       false,
                       {}});
    return options;
}

}  // namespace

std::vector<Command> server_commands() {
    return {
        {"serve",
         "",
         {"Start the platform: console, API and gateway in one process",
          "启动平台：控制台、API 与网关在同一进程"},
         serve_options(),
         {},
         serve},
        {"admin",
         "reset-password",
         {"Give a user a new password, shown once", "为用户生成新密码，仅显示一次"},
         setting_options(),
         {{"USER", {"Name of the user; admin if absent", "用户名，缺省为 admin"}, false}},
         reset_password},
        {"admin",
         "make-key",
         {"Make an API key with all rights of a user, for work on this host",
          "为本机操作生成一个拥有该用户全部权限的密钥"},
         make_key_options(),
         {{"USER", {"Name of the user; admin if absent", "用户名，缺省为 admin"}, false}},
         admin_make_key},
        {"admin",
         "journal replay",
         {"Settle the calls that a server left when it died, if no other server has done so",
          "结算已退出的服务器遗留的调用（若其他服务器尚未结算）"},
         setting_options(),
         {{"DIR", {"Data folder of the server that died", "已退出服务器的数据目录"}, true}},
         replay_journal},
    };
}

}  // namespace kapok::app::cli
