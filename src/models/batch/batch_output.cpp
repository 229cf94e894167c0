#include "models/batch/batch_output.h"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <simdjson.h>

#include "models/errors.h"
#include "models/gateway/openai_error.h"

namespace kapok::models {
namespace {

namespace json = boost::json;

constexpr int kSuccess = 200;

// The body in one line, its numbers as they were written; what is no JSON becomes an error's text.
std::string one_line(const std::string& body) {
    simdjson::dom::parser parser;
    simdjson::dom::element document;
    if (parser.parse(body).get(document) != simdjson::SUCCESS) {
        return json::serialize(json::object{{"error",
                                             {{"message", body},
                                              {"type", "server_error"},
                                              {"param", nullptr},
                                              {"code", nullptr}}}});
    }
    std::string minified(body.size(), '\0');
    std::size_t size = 0;
    const auto failure = simdjson::minify(body.data(), body.size(), minified.data(), size);
    minified.resize(failure == simdjson::SUCCESS ? size : 0);
    return minified;
}

bool is_unpaid(const core::ErrorCode& code) {
    return openai_words(code).code == "insufficient_quota";
}

std::string code_of(const core::Error& error) {
    static constexpr std::array<std::pair<const core::ErrorCode*, std::string_view>, 7> kCodes{
        {{&kLineNotJson, "invalid_json_line"},
         {&kRepeatedCustomId, "duplicate_custom_id"},
         {&kNoModel, "model_not_found"},
         {&kNoLines, "empty_file"},
         {&kTooManyLines, "too_many_tasks"},
         {&kLineTooLong, "line_too_long"},
         {&kNoFile, "file_not_found"}}};
    for (const auto& [code, name] : kCodes) {
        if (error.code() == *code) {
            return std::string(name);
        }
    }
    const std::string param = error.pointer().value_or("");
    const bool absent = std::ranges::any_of(error.parameters(), [](const auto& parameter) {
        return parameter.name == "actual" && parameter.value == "absent";
    });
    if (absent) {
        return "missing_required_parameter";
    }
    return param == "/method" ? "invalid_method"
           : param == "/url"  ? "invalid_url"
                              : "invalid_request";
}

}  // namespace

bool is_transient(const core::Error& error) {
    switch (error.code().kind) {
        case core::ErrorKind::Unavailable:
        case core::ErrorKind::Timeout:
        case core::ErrorKind::Internal: return true;
        case core::ErrorKind::InvalidArgument:
        case core::ErrorKind::NotFound:
        case core::ErrorKind::Conflict:
        case core::ErrorKind::PreconditionFailed:
        case core::ErrorKind::TooLarge:
        case core::ErrorKind::Unprocessable:
        case core::ErrorKind::Unauthenticated:
        case core::ErrorKind::PermissionDenied:
        case core::ErrorKind::LimitExceeded: return false;
    }
    std::unreachable();
}

std::string error_text(const core::Error& error, core::Language language) {
    return json::serialize(json::object{{"code", openai_words(error.code()).code},
                                        {"message", core::render(error, language)}});
}

Line result_of(const core::Result<platform::http::Response>& reply, core::Language language) {
    Line line;
    line.state = LineState::Failed;
    if (reply) {
        line.status = reply->status;
        line.answer = one_line(reply->body);
        line.state = reply->status == kSuccess ? LineState::Succeeded : LineState::Failed;
        return line;
    }
    const core::Error& error = reply.error();
    if (is_unpaid(error.code())) {
        line.error = error_text(error, language);
        return line;
    }
    line.status = core::http_status(error.code().kind);
    line.answer = json::serialize(json::object{{"error", openai_error_object(error, language)}});
    return line;
}

bool is_good(const Line& line) {
    return line.state == LineState::Succeeded;
}

std::string output_text(const Line& line) {
    std::string response = "null";
    if (line.status != 0) {
        const LineKey key{line.batch, line.number, line.attempt};
        response = fmt::format(R"({{"status_code":{},"request_id":"{}","body":{}}})", line.status,
                               request_of(key), line.answer);
    }
    return fmt::format(R"({{"id":"{}","custom_id":{},"response":{},"error":{}}})"
                       "\n",
                       output_id_of(line.batch, line.number),
                       json::serialize(json::string(line.custom_id)), response,
                       line.error.empty() ? "null" : line.error);
}

LineFault fault_of(const core::Error& error, std::int64_t line) {
    std::string param = error.pointer().value_or("");
    param.erase(0, param.starts_with('/') ? 1 : 0);
    std::ranges::replace(param, '/', '.');
    return {code_of(error), line, std::move(param), core::render(error, core::Language::En),
            core::render(error, core::Language::Zh)};
}

std::string faults_text(std::span<const LineFault> faults) {
    json::array list;
    for (const LineFault& fault : faults) {
        list.push_back({{"code", fault.code},
                        {"line", fault.line},
                        {"param", fault.param},
                        {"en", fault.en},
                        {"zh", fault.zh}});
    }
    return json::serialize(list);
}

}  // namespace kapok::models
