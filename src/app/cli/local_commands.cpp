#include "app/cli/local_commands.h"

#include <array>
#include <set>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "app/cli/output.h"
#include "app/errors.h"
#include "app/explanation.h"
#include "app/limit_tables.h"
#include "app/settings.h"

namespace kapok::app::cli {
namespace {

namespace json = boost::json;

// Which flag is short for which setting.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kShortFlags{
    {{"data", "data.folder"},
     {"port", "server.port"},
     {"host", "server.host"},
     {"database", "database.url"},
     {"config", "config"}}};

int explain(const Invocation& invocation) {
    const std::string wanted = invocation.argument("CODE");
    if (wanted.empty()) {
        return print(explain_all(invocation.language), invocation, {"code", "http_status", "text"});
    }
    if (const auto found = explain_name(wanted, invocation.language)) {
        return print(*found, invocation);
    }
    return report(
        core::Error(kNoSuchCode, {{"code", wanted}, {"nearest", nearest_code(wanted)}}, {}),
        invocation);
}

// A database's URL may have a password in it: before the @, or in its query.
std::string shown(std::string_view setting, std::string value) {
    const auto scheme = value.find("://");
    if (setting != "database.url" || scheme == value.npos) {
        return value;
    }
    const auto colon = value.find(':', scheme + 3);
    const auto at = value.rfind('@');
    if (at != value.npos && colon < at) {
        value.replace(colon + 1, at - colon - 1, "…");
    }
    constexpr std::string_view kPassword = "password=";
    if (const auto query = value.find(kPassword); query != value.npos) {
        const auto from = query + kPassword.size();
        value.replace(from, value.find('&', from) - from, "…");
    }
    return value;
}

core::Result<std::map<std::string, std::string, std::less<>>> setting_flags(
    const Invocation& invocation) {
    std::map<std::string, std::string, std::less<>> flags;
    for (const auto& [flag, setting] : kShortFlags) {
        if (const auto value = invocation.option(flag)) {
            flags[std::string(setting)] = *value;
        }
    }
    std::set<std::string, std::less<>> named;
    for (const std::string& pair : invocation.all("set")) {
        const auto equals = pair.find('=');
        const std::string name = pair.substr(0, equals);
        if (equals == pair.npos || !named.insert(name).second) {
            return core::fail(
                kBadChoice,
                {{"name", "--set"}, {"expected", "NAME=VALUE, each NAME once"}, {"actual", pair}});
        }
        flags[name] = pair.substr(equals + 1);
    }
    return flags;
}

int show_config(const Invocation& invocation) {
    const auto config = config_of(invocation);
    if (!config) {
        return report(config.error(), invocation);
    }
    const bool zh = invocation.language == core::Language::Zh;
    json::array rows;
    for (const auto& entry : config->entries()) {
        rows.push_back(json::object{
            {"setting", entry.setting->name},
            {"value", shown(entry.setting->name, entry.value)},
            {"unit", entry.setting->unit},
            {"source", platform::config::kSourceNames[std::to_underlying(entry.source)]},
            {"meaning", zh ? entry.setting->zh : entry.setting->en}});
    }
    for (const core::LimitTable table : limit_tables()) {
        for (const core::Limit& limit : table) {
            rows.push_back(json::object{{"setting", limit.name},
                                        {"value", std::to_string(limit.value)},
                                        {"unit", limit.unit},
                                        {"source", "built in"},
                                        {"meaning", zh ? limit.zh : limit.en}});
        }
    }
    return print(rows, invocation);
}

}  // namespace

std::vector<Option> setting_options() {
    return {{"data", "DIR", {"Where state is kept", "数据目录"}, false, {}},
            {"database",
             "URL",
             {"postgres://… or sqlite:FILE", "postgres://… 或 sqlite:文件"},
             false,
             {}},
            {"config", "FILE", {"Settings as TOML", "TOML 配置文件"}, false, {}},
            {"set",
             "NAME=VALUE",
             {"Any setting, as often as wanted; `kapok config show` lists them",
              "任一设置，可多次给出；`kapok config show` 列出全部"},
             false,
             {},
             true}};
}

core::Result<platform::config::Config> config_of(const Invocation& invocation) {
    auto flags = setting_flags(invocation);
    if (!flags) {
        return std::unexpected(flags.error());
    }
    return load_config(*std::move(flags));
}

std::vector<Command> local_commands() {
    return {
        {"explain",
         "",
         {"What an error code means", "解释错误代码"},
         {},
         {{"CODE",
           {"Such as exchange.no_price; all codes if absent", "如 exchange.no_price；缺省列出全部"},
           false}},
         explain},
        {"config",
         "show",
         {"Every setting with its value and where that came from, and every limit that is built in",
          "列出每项设置的取值与来源，以及每项内置限额"},
         setting_options(),
         {},
         show_config},
    };
}

}  // namespace kapok::app::cli
