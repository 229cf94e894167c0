#include "app/cli/profile.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sstream>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

#include "app/errors.h"

namespace kapok::app::cli {
namespace {

std::filesystem::path profile_file() {
    const char* config = std::getenv("XDG_CONFIG_HOME");
    if (config != nullptr && *config != '\0') {
        return std::filesystem::path(config) / "kapok" / "config.toml";
    }
    const char* home = std::getenv("HOME");
    return std::filesystem::path(home == nullptr ? "." : home) / ".config" / "kapok" /
           "config.toml";
}

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
}

core::Result<toml::table> read_all() {
    const std::filesystem::path file = profile_file();
    if (!std::filesystem::exists(file)) {
        return toml::table();
    }
    toml::parse_result parsed = toml::parse_file(file.string());
    if (!parsed) {
        return core::fail(kNoFile, {{"file", file.string()}});
    }
    return std::move(parsed).table();
}

Profile read_one(const toml::table& all, std::string_view name) {
    Profile profile;
    const auto text = [&](std::string_view key) { return all[name][key].value_or(std::string()); };
    const std::string url = text("url");
    profile.url = url.empty() ? profile.url : url;
    profile.token = core::Secret(text("token"));
    profile.session = core::Secret(text("session"));
    profile.csrf = core::Secret(text("csrf"));
    return profile;
}

}  // namespace

std::vector<Option> remote_options() {
    return {
        {"url",
         "URL",
         {"Server; else KAPOK_URL, else the profile's", "服务地址；缺省用 KAPOK_URL 或配置文件"},
         false,
         {}},
        {"profile",
         "NAME",
         {"Profile of ~/.config/kapok/config.toml (default: local)",
          "~/.config/kapok/config.toml 中的配置名（默认 local）"},
         false,
         {}}};
}

core::Result<Profile> load_profile(const Invocation& invocation) {
    const auto all = read_all();
    if (!all) {
        return std::unexpected(all.error());
    }
    Profile profile = read_one(*all, invocation.option_or("profile", "local"));
    const std::string kept = profile.url;
    const std::string wanted = invocation.option("url").value_or(variable("KAPOK_URL"));
    profile.url = wanted.empty() ? profile.url : wanted;
    if (const std::string token = variable("KAPOK_TOKEN"); !token.empty()) {
        profile.token = core::Secret(token);
        profile.session = core::Secret();
    } else if (profile.url != kept) {  // A credential goes to no other server than its own.
        profile = Profile{profile.url, {}, {}, {}};
    }
    return profile;
}

core::Result<void> save_profile(std::string_view name, const Profile& profile) {
    auto all = read_all();
    if (!all) {
        return std::unexpected(all.error());
    }
    toml::table entry;
    entry.insert("url", profile.url);
    const auto keep = [&](std::string_view key, const core::Secret& secret) {
        if (!secret.empty()) {
            entry.insert(key, std::string(secret.reveal()));
        }
    };
    keep("token", profile.token);
    keep("session", profile.session);
    keep("csrf", profile.csrf);
    all->insert_or_assign(name, entry);
    std::ostringstream text;
    text << *all << '\n';
    const std::filesystem::path file = profile_file();
    std::error_code fault;
    std::filesystem::create_directories(file.parent_path(), fault);
    const std::string fresh = file.string() + ".new";
    const int descriptor = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const std::string content = text.str();
    const bool written =
        descriptor >= 0 && ::fchmod(descriptor, 0600) == 0 &&
        ::write(descriptor, content.data(), content.size()) == std::ssize(content) &&
        ::fsync(descriptor) == 0;
    const int reason = errno;
    if (descriptor >= 0) {
        ::close(descriptor);
    }
    if (!written || ::rename(fresh.c_str(), file.c_str()) != 0) {
        return core::fail(kCannotWrite,
                          {{"file", file.string()}, {"reason", std::strerror(reason)}});
    }
    return {};
}

}  // namespace kapok::app::cli
