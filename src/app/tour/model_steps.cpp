// The steps that concern models: import, deployment, calls plain and streamed, and a batch.

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "app/cli/json_text.h"
#include "app/errors.h"
#include "app/tour/tour.h"
#include "core/id.h"

namespace kapok::app::tour {

namespace fs = std::filesystem;
namespace http = platform::http;
namespace json = boost::json;

using cli::list_at;
using cli::number_at;
using cli::text_at;
using core::Result;

namespace {

constexpr std::chrono::seconds kImportLimit{600};
constexpr std::chrono::seconds kReadyLimit{300};
constexpr std::chrono::seconds kBatchLimit{600};
constexpr std::string_view kModelName = "smollm2-135m-instruct";
constexpr std::string_view kEmbeddingsName = "smollm2-135m-embeddings";
// A small model rambles if nobody tells it not to.
constexpr std::string_view kSystem = "You are a helpful assistant. Answer in one short sentence.";
constexpr std::string_view kEnglish = "What is the capital of France?";
constexpr std::string_view kChinese = "法国的首都是哪里？";

struct Asked {
    std::string_view language;
    std::string_view text;
};
constexpr std::array<Asked, 2> kQuestions{{{"en", kEnglish}, {"zh", kChinese}}};

constexpr std::array<std::string_view, 20> kPlaces{
    "France", "Japan",   "Italy", "Egypt",  "Canada", "Brazil", "China",
    "India",  "Spain",   "Kenya", "Norway", "Poland", "Greece", "Mexico",
    "Turkey", "Germany", "Peru",  "Sweden", "Chile",  "Vietnam"};

json::object question(std::string_view model, std::string_view text, bool stream) {
    json::object body{
        {"model", model},
        {"messages", json::array{json::object{{"role", "system"}, {"content", kSystem}},
                                 json::object{{"role", "user"}, {"content", text}}}},
        {"max_tokens", 48},
        {"temperature", 0}};
    if (stream) {
        body["stream"] = true;
        body["stream_options"] = json::object{{"include_usage", true}};
    }
    return body;
}

cli::RemoteCall completion(const json::object& body) {
    return {http::Method::Post, "/v1/chat/completions", json::serialize(body)};
}

// One line a prompt, as the batch interface reads it.
std::string batch_lines(std::string_view model) {
    std::string lines;
    for (std::size_t i = 0; i < kPlaces.size(); ++i) {
        const json::object line{
            {"custom_id", fmt::format("capital-{:02}", i + 1)},
            {"method", "POST"},
            {"url", "/v1/chat/completions"},
            {"body",
             question(model, fmt::format("What is the capital of {}?", kPlaces[i]), false)}};
        lines += json::serialize(line) + "\n";
    }
    return lines;
}

cli::RemoteCall upload_of(const std::string& lines) {
    constexpr std::string_view kBoundary = "kapok-tour-8f2c1d";
    const auto part = [&](std::string_view head, std::string_view body) {
        return fmt::format("--{}\r\ncontent-disposition: form-data; {}\r\n\r\n{}\r\n", kBoundary,
                           head, body);
    };
    return {http::Method::Post, "/v1/files",
            part("name=\"purpose\"", "batch") +
                part("name=\"file\"; filename=\"tour.jsonl\"", lines) +
                fmt::format("--{}--\r\n", kBoundary),
            fmt::format("multipart/form-data; boundary={}", kBoundary)};
}

bool is_over(const json::value& batch) {
    const std::string status = text_at(batch, "/status");
    return status == "completed" || status == "failed" || status == "expired" ||
           status == "cancelled";
}

}  // namespace

// Makes the weights reachable for the server, whose inbox is on this host, and has them imported.
Result<std::string> Tour::import_model(std::string_view name, std::string_view capability) {
    const fs::path inbox = options_.data / "models" / "inbox";
    const fs::path file = inbox / options_.model.filename();
    std::error_code fault;
    fs::create_directories(inbox, fault);
    fs::create_hard_link(options_.model, file, fault);
    if (fault && fault != std::errc::file_exists) {
        fault.clear();
        fs::copy_file(options_.model, file, fs::copy_options::skip_existing, fault);
        if (fault) {
            return core::fail(kCannotWrite, {{"file", file.string()}, {"reason", fault.message()}});
        }
    }
    const Answer begun = ask(http::Method::Post, "/api/v1/model-imports",
                             json::object{{"name", name},
                                          {"capability", capability},
                                          {"source", "file:" + file.filename().string()},
                                          {"license", "Apache-2.0"},
                                          {"description", "SmolLM2-135M-Instruct"}});
    if (!begun) {
        return std::unexpected(begun.error());
    }
    const Answer done =
        wait_for("/api/v1/model-imports/" + text_at(*begun, "/id"), kImportLimit,
                 [](const json::value& now) {
                     const std::string state = text_at(now, "/state");
                     return state == "done" || state == "failed" || state == "cancelled";
                 });
    if (!done) {
        return std::unexpected(done.error());
    }
    if (text_at(*done, "/state") != "done") {
        return core::fail(kServerRefused, {{"detail", text_at(*done, "/problem")}});
    }
    return text_at(*done, "/model");
}

// The deployment of a model on this platform's own compute, made if there is none.
Tour::Answer Tour::deployment_of(const std::string& model, std::string_view input_price,
                                 std::string_view output_price) {
    const auto price = [](std::string_view amount) {
        return json::object{{"amount", amount}, {"currency", "CNY"}};
    };
    const Answer list = ask(http::Method::Get, "/api/v1/deployments?limit=100");
    if (!list) {
        return list;
    }
    for (const json::value& deployment : list_at(*list, "/items")) {
        const std::string state = text_at(deployment, "/state");
        if (text_at(deployment, "/model") == model && state != "stopped" && state != "failed" &&
            state != "draining") {
            return deployment;
        }
    }
    return ask(http::Method::Post, "/api/v1/deployments",
               json::object{{"model", model},
                            {"input_price", price(input_price)},
                            {"output_price", price(output_price)}});
}

Tour::Answer Tour::ensure_model(std::string_view name, std::string_view capability,
                                bool& imported) {
    Answer model = find_in("/api/v1/models", "name", name);
    imported = model && model->is_null();
    if (imported) {
        const auto made = import_model(name, capability);
        if (!made) {
            return std::unexpected(made.error());
        }
        model = ask(http::Method::Get, "/api/v1/models/" + *made);
    }
    return model;
}

Outcome Tour::deploy() {
    bool imported = false;
    const Answer model = ensure_model(kModelName, "chat", imported);
    if (!model) {
        return std::unexpected(model.error());
    }
    bool again = false;
    const Answer embeddings = ensure_model(kEmbeddingsName, "embeddings", again);
    if (!embeddings) {
        return std::unexpected(embeddings.error());
    }
    const Answer second = deployment_of(text_at(*embeddings, "/id"), "0.10", "0.10");
    if (!second) {
        return std::unexpected(second.error());
    }
    model_ = text_at(*model, "/name");
    const Answer begun = deployment_of(text_at(*model, "/id"), "0.50", "2.00");
    if (!begun) {
        return std::unexpected(begun.error());
    }
    const auto settled = [](const json::value& now) {
        const std::string state = text_at(now, "/state");
        return state == "ready" || state == "idle" || state == "failed" || state == "stopped";
    };
    const Answer ready =
        wait_for("/api/v1/deployments/" + text_at(*begun, "/id"), kReadyLimit, settled);
    if (!ready) {
        return std::unexpected(ready.error());
    }
    if (text_at(*ready, "/state") == "failed" || text_at(*ready, "/state") == "stopped") {
        return core::fail(kServerRefused, {{"detail", text_at(*ready, "/detail")}});
    }
    return json::object{{"model", model_},
                        {"imported_now", imported},
                        {"revision", text_at(*model, "/revision")},
                        {"license", text_at(*model, "/license")},
                        {"context_window", number_at(*model, "/context_window")},
                        {"deployment", text_at(*ready, "/id")},
                        {"state", text_at(*ready, "/state")},
                        {"detail", text_at(*ready, "/detail")},
                        {"embeddings", text_at(*embeddings, "/name")}};
}

Outcome Tour::chat() {
    json::array answers;
    for (const Asked& asked : kQuestions) {
        const Answer reply = ask_as_project(completion(question(model_, asked.text, false)));
        if (!reply) {
            return std::unexpected(reply.error());
        }
        answers.push_back({{"language", asked.language},
                           {"asked", asked.text},
                           {"answered", text_at(*reply, "/choices/0/message/content")},
                           {"input_tokens", number_at(*reply, "/usage/prompt_tokens")},
                           {"output_tokens", number_at(*reply, "/usage/completion_tokens")}});
    }
    return json::object{{"answers", std::move(answers)}};
}

Outcome Tour::stream() {
    json::array answers;
    for (const Asked& asked : kQuestions) {
        std::string text;
        std::int64_t chunks = 0;
        std::int64_t tokens = 0;
        const auto take = [&](const http::ServerEvent& event) {
            boost::system::error_code fault;
            const json::value chunk = json::parse(event.data, fault);
            if (!fault) {
                const std::string piece = text_at(chunk, "/choices/0/delta/content");
                text += piece;
                chunks += piece.empty() ? 0 : 1;
                tokens = std::max(tokens, number_at(chunk, "/usage/completion_tokens"));
            }
            return event.data != "[DONE]";
        };
        const auto answer = cli::follow(project_profile_, invocation_,
                                        completion(question(model_, asked.text, true)), take);
        if (!answer) {
            return std::unexpected(answer.error());
        }
        if (answer->status >= 400) {
            return core::fail(kServerRefused,
                              {{"detail", text_at(answer->body, "/error/message")}});
        }
        answers.push_back({{"language", asked.language},
                           {"asked", asked.text},
                           {"answered", text},
                           {"chunks", chunks},
                           {"output_tokens", tokens}});
    }
    return json::object{{"answers", std::move(answers)}};
}

Outcome Tour::run_batch() {
    const Answer file = ask_as_project(upload_of(batch_lines(model_)));
    if (!file) {
        return std::unexpected(file.error());
    }
    const json::object wanted{{"input_file_id", text_at(*file, "/id")},
                              {"endpoint", "/v1/chat/completions"},
                              {"completion_window", "24h"}};
    Answer batch = ask_as_project({http::Method::Post, "/v1/batches", json::serialize(wanted)});
    const core::Timestamp end = clock_.now() + kBatchLimit;
    while (batch && !is_over(*batch)) {
        if (clock_.now() > end) {
            return core::fail(kTookTooLong, {{"what", text_at(*batch, "/id")},
                                             {"seconds", std::to_string(kBatchLimit.count())},
                                             {"state", text_at(*batch, "/status")}});
        }
        pause(std::chrono::milliseconds(200));
        batch = ask_as_project({http::Method::Get, "/v1/batches/" + text_at(*batch, "/id"), ""});
    }
    if (!batch) {
        return std::unexpected(batch.error());
    }
    if (text_at(*batch, "/status") != "completed" ||
        number_at(*batch, "/request_counts/failed") > 0) {
        return core::fail(kServerRefused, {{"detail", json::serialize(*batch)}});
    }
    return json::object{{"batch", text_at(*batch, "/id")},
                        {"lines", number_at(*batch, "/request_counts/total")},
                        {"completed", number_at(*batch, "/request_counts/completed")},
                        {"output_file", text_at(*batch, "/output_file_id")}};
}

}  // namespace kapok::app::tour
