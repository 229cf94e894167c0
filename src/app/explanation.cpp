#include "app/explanation.h"

#include <array>
#include <set>
#include <utility>
#include <vector>

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "app/error_tables.h"
#include "app/errors.h"
#include "core/nearest.h"
#include "models/gateway/openai_error.h"
#include "platform/http/problem.h"
#include "platform/http/status.h"

namespace kapok::app {
namespace {

namespace json = boost::json;

// Those that a call under /v1 can come to; what only the command line says has no other name.
std::vector<const core::ErrorCode*> codes_behind(std::string_view openai_code) {
    std::vector<const core::ErrorCode*> found;
    for (const core::ErrorTable table : error_tables()) {
        for (const core::ErrorCode* code : table) {
            const bool renamed = models::openai_words(*code).code != code->name;
            if (renamed && !code->name.starts_with("app.") &&
                models::openai_words(*code).code == openai_code) {
                found.push_back(code);
            }
        }
    }
    return found;
}

json::object explain_openai(std::string_view name, std::span<const core::ErrorCode* const> codes,
                            core::Language language) {
    const bool zh = language == core::Language::Zh;
    const core::ErrorCode& first = *codes.front();
    json::array names;
    std::string text;
    for (const core::ErrorCode* code : codes) {
        names.emplace_back(code->name);
        text += text.empty() ? "" : zh ? "；或：" : "; or: ";
        text += zh ? code->zh : code->en;
    }
    const int status = models::openai_status(first);
    return {{"code", name},
            {"type", models::openai_words(first).type},
            {"title", platform::http::title_of(static_cast<core::ErrorKind>(status), language)},
            {"http_status", status},
            {"exit_code", core::exit_code(static_cast<core::ErrorKind>(status))},
            {"text", text},
            {"stands_for", std::move(names)}};
}

std::string escaped(std::string_view text) {
    std::string safe;
    for (const char c : text) {
        switch (c) {
            case '&': safe += "&amp;"; break;
            case '<': safe += "&lt;"; break;
            case '>': safe += "&gt;"; break;
            default: safe += c;
        }
    }
    return safe;
}

std::string shown(const json::value& value) {
    return value.is_string() ? std::string(value.get_string()) : json::serialize(value);
}

}  // namespace

json::object explain_code(const core::ErrorCode& code, core::Language language) {
    const bool zh = language == core::Language::Zh;
    return {{"code", code.name},
            {"title", platform::http::title_of(code.kind, language)},
            {"http_status", platform::http::status_of(code)},
            {"exit_code", core::exit_code(code.kind)},
            {"text", zh ? code.zh : code.en}};
}

std::optional<json::object> explain_name(std::string_view name, core::Language language) {
    if (const core::ErrorCode* code = find_error(name)) {
        return explain_code(*code, language);
    }
    const auto codes = codes_behind(name);
    return codes.empty() ? std::nullopt : std::optional(explain_openai(name, codes, language));
}

json::array explain_all(core::Language language) {
    json::array all;
    for (const core::ErrorTable table : error_tables()) {
        for (const core::ErrorCode* code : table) {
            all.push_back(explain_code(*code, language));
        }
    }
    return all;
}

std::string nearest_code(std::string_view name) {
    std::set<std::string_view> names;
    for (const core::ErrorTable table : error_tables()) {
        for (const core::ErrorCode* code : table) {
            names.insert(code->name);
            names.insert(models::openai_words(*code).code);
        }
    }
    return std::string(core::nearest(name, names));
}

std::string explanation_page(const json::object& explanation, core::Language language) {
    const bool zh = language == core::Language::Zh;
    struct Row {
        std::string_view member;
        std::string_view en;
        std::string_view zh;
    };
    constexpr std::array<Row, 6> kRows{{{"title", "Kind", "类别"},
                                        {"text", "Meaning", "含义"},
                                        {"http_status", "HTTP status", "HTTP 状态码"},
                                        {"exit_code", "Exit code of kapok", "kapok 退出码"},
                                        {"type", "Type (OpenAI)", "类型（OpenAI）"},
                                        {"stands_for", "Stands for", "对应代码"}}};
    const std::string code = escaped(shown(explanation.at("code")));
    std::string rows;
    for (const auto& [member, en, name] : kRows) {
        if (const json::value* value = explanation.if_contains(member)) {
            rows += fmt::format("<dt>{}</dt><dd>{}</dd>\n", zh ? name : en, escaped(shown(*value)));
        }
    }
    return fmt::format(
        "<!doctype html>\n<html lang=\"{}\">\n<head><meta charset=\"utf-8\"><title>{} - Kapok"
        "</title></head>\n<body>\n<h1><code>{}</code></h1>\n<dl>\n{}</dl>\n</body>\n</html>\n",
        zh ? "zh" : "en", code, code, rows);
}

}  // namespace kapok::app
