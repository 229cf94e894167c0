#include "app/cli/login_commands.h"

#include <iostream>
#include <string>
#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "app/cli/json_text.h"
#include "app/cli/profile.h"
#include "app/cli/remote.h"
#include "app/cli/typed.h"
#include "app/errors.h"

namespace kapok::app::cli {
namespace {

namespace json = boost::json;

int keep(const Profile& profile, const Invocation& invocation) {
    const std::string name = invocation.option_or("profile", "local");
    if (const auto saved = save_profile(name, profile); !saved) {
        return report(saved.error(), invocation);
    }
    const bool zh = invocation.language == core::Language::Zh;
    std::cerr << fmt::format(
        fmt::runtime(zh ? "已登录 {}，配置名 {}\n" : "Signed in to {}, profile {}\n"), profile.url,
        name);
    return 0;
}

int login(const Invocation& invocation) {
    const bool zh = invocation.language == core::Language::Zh;
    auto profile = load_profile(invocation);
    if (!profile) {
        return report(profile.error(), invocation);
    }
    if (invocation.has("key")) {
        profile->token = core::Secret(ask(zh ? "密钥：" : "API key: ", true));
        profile->session = core::Secret();
        return keep(*profile, invocation);
    }
    std::string user = invocation.option_or("user", "");
    if (user.empty()) {
        user = ask(zh ? "用户名：" : "User: ", false);
    }
    const core::Secret password(ask(zh ? "密码：" : "Password: ", true));
    const json::object body{{"user_name", user}, {"password", password.reveal()}};
    const auto answer =
        call(Profile{profile->url, {}, {}, {}}, invocation,
             {platform::http::Method::Post, "/api/v1/sign-in", json::serialize(body)});
    if (!answer) {
        return report(answer.error(), invocation);
    }
    if (answer->status >= 400) {
        return report_refusal(*answer, invocation);
    }
    const auto cookie = answer->headers.find("set-cookie");
    const std::string text = cookie == answer->headers.end() ? "" : cookie->second;
    profile->token = core::Secret();
    profile->session = core::Secret(text.substr(0, text.find(';')));
    profile->csrf = core::Secret(text_at(answer->body, "/csrf_token"));
    return keep(*profile, invocation);
}

int logout(const Invocation& invocation) {
    auto profile = load_profile(invocation);
    if (!profile) {
        return report(profile.error(), invocation);
    }
    if (!profile->session.empty()) {
        const auto answer =
            call(*profile, invocation, {platform::http::Method::Post, "/api/v1/sign-out", ""});
        if (!answer) {
            return report(answer.error(), invocation);
        }
    }
    const auto saved =
        save_profile(invocation.option_or("profile", "local"), Profile{profile->url, {}, {}, {}});
    return saved ? 0 : report(saved.error(), invocation);
}

// Asks, so that no password stands in the shell's history.
int change_password(const Invocation& invocation) {
    const bool zh = invocation.language == core::Language::Zh;
    const auto profile = load_profile(invocation);
    if (!profile) {
        return report(profile.error(), invocation);
    }
    if (profile->session.empty()) {
        return report(core::Error(kNotSignedIn, {{"url", profile->url}}, {}), invocation);
    }
    const std::string present = ask(zh ? "当前密码：" : "Present password: ", true);
    const std::string fresh = ask(zh ? "新密码：" : "New password: ", true);
    if (ask(zh ? "再输一次新密码：" : "New password again: ", true) != fresh) {
        return report(core::Error(kPasswordsDiffer, {}, {}), invocation);
    }
    const json::object body{{"present_password", present}, {"new_password", fresh}};
    const auto answer =
        call(*profile, invocation,
             {platform::http::Method::Post, "/api/v1/me/password", json::serialize(body)});
    if (!answer) {
        return report(answer.error(), invocation);
    }
    if (answer->status >= 400) {
        return report_refusal(*answer, invocation);
    }
    std::cerr << (zh ? "密码已修改\n" : "The password is changed\n");
    return 0;
}

}  // namespace

std::vector<Command> login_commands() {
    std::vector<Option> options = remote_options();
    options.push_back(
        {"user", "NAME", {"User; asked for if absent", "用户名，缺省时询问"}, false, {}});
    options.push_back(
        {"key",
         "",
         {"Keep an API key instead of signing in with a password", "保存密钥，而不用密码登录"},
         false,
         {}});
    return {{"login",
             "",
             {"Sign in and keep the session in a profile", "登录并保存到配置文件"},
             std::move(options),
             {},
             login},
            {"password",
             "",
             {"Change your password; asks for it", "修改自己的密码（交互输入）"},
             remote_options(),
             {},
             change_password},
            {"logout",
             "",
             {"End the session and forget it", "退出登录并清除会话"},
             remote_options(),
             {},
             logout}};
}

}  // namespace kapok::app::cli
