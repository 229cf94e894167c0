#include "app/cli/api_commands.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <iostream>
#include <iterator>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "app/cli/output.h"
#include "app/cli/profile.h"
#include "app/cli/remote.h"
#include "app/errors.h"

namespace kapok::app::cli {
namespace {

namespace http = platform::http;
namespace json = boost::json;

using http::Field;
using http::Presence;
using http::Route;
using http::Type;

constexpr std::size_t kColumnsMax = 7;  // Of a table; -o json has all.

// Words of operation ids whose command is shorter.
constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kShorter{
    {{"organization", "org"}, {"usage-record", "usage"}}};

// Routes that belong to a thing which their id does not begin or end with.
struct Placed {
    std::string_view id;
    std::string_view noun;
    std::string_view verb;
};
constexpr std::array<Placed, 22> kPlaced{{{"get_metric", "metric", "show"},
                                          {"get_metric_value", "metric", "value"},
                                          {"get_metric_series", "metric", "series"},
                                          {"get_me", "whoami", ""},
                                          {"change_my_password", "password", ""},
                                          {"get_agents_listener", "agent", "listener"},
                                          {"list_scopes", "key", "scopes"},
                                          {"set_user_roles", "user", "set-roles"},
                                          {"reset_user_password", "user", "reset-password"},
                                          {"get_latest_checkpoint", "checkpoint", "latest"},
                                          {"prove_consistency", "checkpoint", "prove"},
                                          {"list_accounts", "ledger", "accounts"},
                                          {"get_account", "ledger", "account"},
                                          {"list_entries", "ledger", "entries"},
                                          {"get_transfer", "ledger", "transfer"},
                                          {"get_trial_balance", "ledger", "trial-balance"},
                                          {"set_credit_limit", "wallet", "set-credit-limit"},
                                          {"declare_node_lost", "node", "declare-lost"},
                                          {"list_measurements", "node", "measurements"},
                                          {"get_measurement", "node", "measurement"},
                                          {"get_grade_rules", "node", "grade-rules"},
                                          {"list_job_decisions", "job", "decisions"}}};

std::string dashed(std::string_view name) {
    std::string text(name);
    std::ranges::replace(text, '_', '-');
    return text;
}

std::string singular(std::string text) {
    if (text.ends_with("ies")) {
        return text.substr(0, text.size() - 3) + "y";
    }
    const bool plural = text.ends_with('s') && !text.ends_with("ss");
    return plural ? text.substr(0, text.size() - 1) : text;
}

// "list_usage_records" is `usage list`; "top_up_wallet" is `wallet top-up`.
struct Name {
    std::string noun;
    std::string verb;
};

Name name_of(std::string_view id) {
    if (const auto* placed = std::ranges::find(kPlaced, id, &Placed::id); placed != kPlaced.end()) {
        return {std::string(placed->noun), std::string(placed->verb)};
    }
    std::string verb(id.substr(0, id.find('_')));
    std::string rest(id.substr(std::min(id.size(), id.find('_') + 1)));
    if (id.starts_with("top_up_")) {
        verb = "top-up";
        rest = id.substr(7);
    }
    std::string noun = singular(dashed(rest));
    for (const auto& [word, shorter] : kShorter) {
        noun = noun == word ? std::string(shorter) : noun;
    }
    return {std::move(noun), std::move(verb)};
}

std::string value_name(const Field& field) {
    switch (field.type) {
        case Type::Integer: return "N";
        case Type::Number: return "NUMBER";
        case Type::Boolean: return "true|false";
        case Type::Money: return "\"12.50 CNY\"";
        case Type::Time: return "TIME";
        case Type::Id: return fmt::format("{}_…", field.id_prefix);
        case Type::List: return "A,B,…";
        case Type::Object:
        case Type::Any: return "JSON";
        case Type::String: return "TEXT";
    }
    std::unreachable();
}

Option option_of(const Field& field, bool required) {
    Option option;
    option.name = dashed(field.name);
    option.value = value_name(field);
    option.help = {std::string(field.en), std::string(field.zh)};
    option.required = required;
    if (field.type == Type::String) {
        option.choices.assign(field.choices.begin(), field.choices.end());
    }
    return option;
}

// What was typed, as JSON of the field's type. What does not fit stays text: the server says what
// would be right.
json::value to_json(const Field& field, const std::string& text) {
    switch (field.type) {
        case Type::Integer: {
            std::int64_t number = 0;
            const auto [end, fault] =
                std::from_chars(text.data(), text.data() + text.size(), number);
            const bool whole = fault == std::errc() && end == text.data() + text.size();
            return whole ? json::value(number) : json::value(text);
        }
        case Type::Boolean:
            return text == "true" || text == "false" ? json::value(text == "true")
                                                     : json::value(text);
        case Type::Money: {
            const auto space = text.find(' ');
            return json::object{{"amount", text.substr(0, space)},
                                {"currency", space == text.npos ? "CNY" : text.substr(space + 1)}};
        }
        case Type::List: {
            json::array list;
            for (std::size_t begin = 0; begin <= text.size();) {
                const auto comma = std::min(text.find(',', begin), text.size());
                list.emplace_back(text.substr(begin, comma - begin));
                begin = comma + 1;
            }
            const bool structured = field.item == Type::Object || text.starts_with('[');
            boost::system::error_code fault;
            json::value parsed = structured ? json::parse(text, fault) : json::value(list);
            return fault ? json::value(text) : parsed;
        }
        case Type::Number:
        case Type::Object:
        case Type::Any: {
            boost::system::error_code fault;
            json::value parsed = json::parse(text, fault);
            return fault ? json::value(text) : parsed;
        }
        case Type::String:
        case Type::Time:
        case Type::Id: return json::value(text);
    }
    std::unreachable();
}

std::string percent_encoded(std::string_view text) {
    std::string encoded;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '~';
        encoded +=
            plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return encoded;
}

std::string path_of(const Route& route, const Invocation& invocation) {
    std::string path(route.path);
    for (const Field& field : route.path_parameters) {
        const std::string place = fmt::format("{{{}}}", field.name);
        const auto at = path.find(place);
        path.replace(at, place.size(), percent_encoded(invocation.argument(dashed(field.name))));
    }
    std::string query;
    const auto add = [&](std::string_view name, const std::optional<std::string>& value) {
        if (value) {
            query +=
                fmt::format("{}{}={}", query.empty() ? "?" : "&", name, percent_encoded(*value));
        }
    };
    for (const Field& field : route.query) {
        add(field.name, invocation.option(dashed(field.name)));
    }
    if (route.reply == http::Reply::Page) {
        add("limit", invocation.option("limit"));
        add("cursor", invocation.option("cursor"));
    }
    return path + query;
}

// --body FILE (or - for stdin) is the whole body; options add to it.
core::Result<std::string> body_of(const Route& route, const Invocation& invocation) {
    json::object body;
    if (const auto file = invocation.option("body")) {
        std::string text;
        if (*file == "-") {
            text.assign(std::istreambuf_iterator<char>(std::cin), {});
        } else {
            std::ifstream stream(*file, std::ios::binary);
            if (!stream) {
                return core::fail(kNoFile, {{"file", *file}});
            }
            text.assign(std::istreambuf_iterator<char>(stream), {});
        }
        boost::system::error_code fault;
        json::value parsed = json::parse(text, fault);
        if (fault || !parsed.is_object()) {
            return core::fail(kBadChoice,
                              {{"name", "--body"}, {"expected", "JSON object"}, {"actual", *file}});
        }
        body = std::move(parsed.get_object());
    }
    for (const Field& field : route.request) {
        if (const auto value = invocation.option(dashed(field.name))) {
            body[field.name] = to_json(field, *value);
        }
    }
    return json::serialize(body);
}

std::vector<std::string> columns_of(const Route& route) {
    std::vector<std::string> columns;
    for (const Field& field : route.response) {
        const bool nested =
            field.type == Type::Object || field.type == Type::List || field.type == Type::Any;
        if (!nested && columns.size() < kColumnsMax) {
            columns.emplace_back(field.name);
        }
    }
    return columns;
}

int run(const Route& route, const Invocation& invocation) {
    const auto profile = load_profile(invocation);
    if (!profile) {
        return report(profile.error(), invocation);
    }
    if (!profile->has_credential() && route.scope != http::kPublic) {
        return report(core::Error(kNotSignedIn, {{"url", profile->url}}, {}), invocation);
    }
    RemoteCall request{route.method, path_of(route, invocation), ""};
    request.headers = route_headers(route, invocation);
    if (route.body == http::Body::Json) {
        auto body = body_of(route, invocation);
        if (!body) {
            return report(body.error(), invocation);
        }
        request.body = *std::move(body);
    }
    const auto answer = call(*profile, invocation, request);
    if (!answer) {
        return report(answer.error(), invocation);
    }
    if (answer->status >= 400) {
        return report_refusal(*answer, invocation);
    }
    if (!answer->body.is_null()) {
        const bool page = route.reply == http::Reply::Page;
        return print(answer->body, invocation,
                     page ? columns_of(route) : std::vector<std::string>());
    }
    return 0;
}

}  // namespace

Command route_command(const Route& route) {
    const Name name = name_of(route.id);
    Command command{name.noun, name.verb, {std::string(route.en), std::string(route.zh)},
                    {},        {},        {}};
    for (const Field& field : route.path_parameters) {
        command.arguments.push_back(
            {dashed(field.name), {std::string(field.en), std::string(field.zh)}, true});
    }
    for (const Field& field : route.query) {
        command.options.push_back(option_of(field, field.presence == Presence::Required));
    }
    if (route.reply == http::Reply::Page) {
        command.options.push_back(
            {"limit", "N", {"Rows of a page, 1 to 500", "每页行数，1 到 500"}, false, {}});
        command.options.push_back(
            {"cursor", "TEXT", {"Where the next page starts", "下一页的起点"}, false, {}});
    }
    for (const Field& field : route.request) {
        command.options.push_back(option_of(field, false));
    }
    for (const Field& field : route.headers) {
        command.options.push_back(option_of(field, field.presence == Presence::Required));
    }
    if (route.body == http::Body::Json) {
        command.options.push_back({"body",
                                   "FILE",
                                   {"The whole body as JSON; - reads it from standard input",
                                    "整个请求体（JSON）；- 表示标准输入"},
                                   false,
                                   {}});
    }
    for (Option& option : remote_options()) {
        if (std::ranges::find(command.options, option.name, &Option::name) ==
            command.options.end()) {
            command.options.push_back(std::move(option));
        }
    }
    command.run = [&route](const Invocation& invocation) { return run(route, invocation); };
    return command;
}

core::Result<std::string> route_body(const Route& route, const Invocation& invocation) {
    return body_of(route, invocation);
}

http::Fields route_headers(const Route& route, const Invocation& invocation) {
    http::Fields headers;
    for (const Field& field : route.headers) {
        if (auto value = invocation.option(dashed(field.name))) {
            headers[std::string(field.name)] = *std::move(value);
        }
    }
    return headers;
}

std::vector<Command> api_commands(std::span<const Route* const> routes) {
    std::vector<Command> commands;
    for (const Route* route : routes) {
        const bool plain = route->reply == http::Reply::Json || route->reply == http::Reply::Page ||
                           route->reply == http::Reply::Empty;
        const bool signing =
            route->id == "sign_in" || route->id == "sign_out";  // kapok login, logout
        if (plain && !signing && route->path.starts_with("/api/v1/") &&
            (route->body == http::Body::None || route->body == http::Body::Json)) {
            commands.push_back(route_command(*route));
        }
    }
    return commands;
}

}  // namespace kapok::app::cli
