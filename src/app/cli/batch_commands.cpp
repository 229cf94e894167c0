#include "app/cli/batch_commands.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <expected>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "app/cli/caller.h"
#include "app/cli/json_text.h"
#include "app/cli/output.h"
#include "app/cli/profile.h"
#include "app/cli/remote.h"
#include "app/errors.h"
#include "core/random.h"
#include "platform/db/bell.h"

namespace kapok::app::cli {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
namespace http = platform::http;
namespace json = boost::json;

// A value, or the exit code of a command that has said why.
template <class T>
using Outcome = std::expected<T, int>;

constexpr int kLinesFailed = 20;  // The exit code where a batch did not do all that it was given.
constexpr std::chrono::milliseconds kLookPause{300};
constexpr std::string_view kChat = "/v1/chat/completions";
constexpr std::size_t kBarWidth = 30;
const std::vector<std::string> kColumns{"id", "status", "endpoint", "total", "completed", "failed"};

std::unexpected<int> failed(const core::Error& error, const Invocation& invocation) {
    return std::unexpected(report(error, invocation));
}

std::unexpected<int> failed(const core::ErrorCode& code, std::vector<core::Parameter> parameters,
                            const Invocation& invocation) {
    return failed({code, std::move(parameters), {}}, invocation);
}

Outcome<json::value> ask(const Profile& profile, const Invocation& invocation,
                         const RemoteCall& request) {
    auto answer = call(profile, invocation, request);
    if (!answer) {
        return failed(answer.error(), invocation);
    }
    if (answer->status >= 400) {
        return std::unexpected(report_refusal(*answer, invocation));
    }
    return std::move(answer->body);
}

Outcome<json::value> get_batch(const Profile& profile, const Invocation& invocation,
                               const std::string& id) {
    return ask(profile, invocation, {http::Method::Get, "/v1/batches/" + id, ""});
}

Outcome<std::string> read_all(const fs::path& file, const Invocation& invocation) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream || fs::is_directory(file)) {
        return failed(kNoFile, {{"file", file.string()}}, invocation);
    }
    return std::string(std::istreambuf_iterator<char>(stream), {});
}

std::string random_word() {
    core::SystemRandom random;
    std::array<std::byte, 16> bytes{};
    random.fill(bytes);
    std::string word;
    for (const std::byte byte : bytes) {
        word += fmt::format("{:02x}", std::to_integer<unsigned>(byte));
    }
    return word;
}

RemoteCall upload_of(const std::string& name, std::string_view lines) {
    const std::string boundary = "kapok-" + random_word();
    const auto part = [&](std::string_view head, std::string_view body) {
        return fmt::format("--{}\r\ncontent-disposition: form-data; {}\r\n\r\n{}\r\n", boundary,
                           head, body);
    };
    std::string shown = name;
    std::ranges::replace_if(
        shown, [](char c) { return c == '"' || c == '\\' || c == '\r' || c == '\n'; }, '_');
    return {http::Method::Post, "/v1/files",
            part("name=\"purpose\"", "batch") +
                part(fmt::format("name=\"file\"; filename=\"{}\"", shown), lines) +
                fmt::format("--{}--\r\n", boundary),
            "multipart/form-data; boundary=" + boundary};
}

// The endpoint that the first request names: a file is for one of them.
std::string endpoint_of(std::string_view lines) {
    boost::system::error_code fault;
    const json::value first = json::parse(lines.substr(0, lines.find('\n')), fault);
    const std::string url = fault ? "" : text_at(first, "/url");
    return url.empty() ? std::string(kChat) : url;
}

struct Requests {
    std::string name;
    std::string lines;
};

Outcome<Requests> requests_of(const Invocation& invocation) {
    const std::string file = invocation.argument("FILE");
    const auto prompts = invocation.option("prompts");
    const auto model = invocation.option("model");
    if (file.empty() == !prompts.has_value() || prompts.has_value() != model.has_value()) {
        return failed(
            kBadChoice,
            {{"name", "batch submit"},
             {"expected", "FILE | --prompts FILE --model NAME"},
             {"actual", file + (prompts ? " --prompts" : "") + (model ? " --model" : "")}},
            invocation);
    }
    if (!prompts) {
        auto lines = read_all(file, invocation);
        return lines ? Outcome<Requests>({fs::path(file).filename().string(), *std::move(lines)})
                     : std::unexpected(lines.error());
    }
    PromptWish wish{*model, invocation.option_or("system", ""), 0};
    if (const auto most = invocation.option("max-tokens")) {
        const auto number = whole_number(*most);
        if (!number) {
            return failed(kBadChoice,
                          {{"name", "--max-tokens"}, {"expected", "1, 2, …"}, {"actual", *most}},
                          invocation);
        }
        wish.max_tokens = *number;
    }
    const auto text = read_all(*prompts, invocation);
    return text ? Outcome<Requests>({fs::path(*prompts).filename().string() + ".jsonl",
                                     prompt_lines(*text, wish)})
                : std::unexpected(text.error());
}

bool is_over(const json::value& batch) {
    const std::string status = text_at(batch, "/status");
    return status == "completed" || status == "failed" || status == "expired" ||
           status == "cancelled";
}

std::size_t count_at(const json::value& batch, std::string_view name) {
    return static_cast<std::size_t>(number_at(batch, fmt::format("/request_counts/{}", name)));
}

void show_progress(const json::value& batch, const Invocation& invocation) {
    if (::isatty(STDERR_FILENO) == 0) {
        return;
    }
    const std::size_t failed = count_at(batch, "failed");
    std::cerr << "\r\x1b[K"
              << progress_line(count_at(batch, "completed") + failed, failed,
                               count_at(batch, "total"), invocation.language)
              << (is_over(batch) ? "\n" : "") << std::flush;
}

void pause() {
    asio::io_context io;
    asio::co_spawn(io, platform::db::pause(kLookPause), asio::detached);
    io.run();
}

Outcome<json::value> wait_for(const Profile& profile, const Invocation& invocation,
                              json::value batch) {
    const std::string id = text_at(batch, "/id");
    show_progress(batch, invocation);
    while (!is_over(batch)) {
        pause();
        auto now = get_batch(profile, invocation, id);
        if (!now) {
            return now;
        }
        batch = *std::move(now);
        show_progress(batch, invocation);
    }
    return batch;
}

// Its counts beside its other members, so that they are columns of a table.
json::value flat(const json::value& batch) {
    json::object row = batch.as_object();
    for (const std::string_view name : {"total", "completed", "failed"}) {
        row[name] = count_at(batch, name);
    }
    return row;
}

int print_batch(const json::value& batch, const Invocation& invocation) {
    return print(invocation.output == Output::Table ? flat(batch) : batch, invocation);
}

Outcome<int> submit(const Profile& profile, const Invocation& invocation) {
    const auto requests = requests_of(invocation);
    if (!requests) {
        return std::unexpected(requests.error());
    }
    const auto file = ask(profile, invocation, upload_of(requests->name, requests->lines));
    if (!file) {
        return std::unexpected(file.error());
    }
    const json::object wanted{
        {"input_file_id", text_at(*file, "/id")},
        {"endpoint", invocation.option_or("endpoint", endpoint_of(requests->lines))},
        {"completion_window", "24h"}};
    RemoteCall creation{http::Method::Post, "/v1/batches", json::serialize(wanted)};
    creation.headers["idempotency-key"] = random_word();
    auto batch = ask(profile, invocation, creation);
    if (!batch) {
        return std::unexpected(batch.error());
    }
    if (!invocation.has("wait")) {
        return print_batch(*batch, invocation);
    }
    batch = wait_for(profile, invocation, *std::move(batch));
    if (!batch) {
        return std::unexpected(batch.error());
    }
    print_batch(*batch, invocation);
    const bool good = text_at(*batch, "/status") == "completed" && count_at(*batch, "failed") == 0;
    return good ? 0 : kLinesFailed;
}

Outcome<int> list(const Profile& profile, const Invocation& invocation) {
    const auto page =
        ask(profile, invocation,
            {http::Method::Get, "/v1/batches?limit=" + invocation.option_or("limit", "20"), ""});
    if (!page) {
        return std::unexpected(page.error());
    }
    if (invocation.output != Output::Table) {
        return print(*page, invocation);
    }
    json::array rows;
    for (const json::value& batch : list_at(*page, "/data")) {
        rows.push_back(flat(batch));
    }
    return print(rows, invocation, kColumns);
}

Outcome<int> get(const Profile& profile, const Invocation& invocation) {
    const auto batch = get_batch(profile, invocation, invocation.argument("ID"));
    return batch ? Outcome<int>(print_batch(*batch, invocation)) : std::unexpected(batch.error());
}

Outcome<int> cancel(const Profile& profile, const Invocation& invocation) {
    const auto batch =
        ask(profile, invocation,
            {http::Method::Post, "/v1/batches/" + invocation.argument("ID") + "/cancel", ""});
    return batch ? Outcome<int>(print_batch(*batch, invocation)) : std::unexpected(batch.error());
}

// Gives the bytes of an answer to `out` as they come: results may be larger than memory. A refusal
// comes back whole.
asio::awaitable<core::Result<RemoteAnswer>> copy(http::Client& client, http::Call request,
                                                 std::ostream& out) {
    core::Result<std::unique_ptr<http::AnswerStream>> answer =
        co_await client.open(std::move(request));
    if (!answer) {
        co_return std::unexpected(answer.error());
    }
    RemoteAnswer result{(*answer)->status(), {}, {}, {}};
    for (;;) {
        core::Result<std::optional<std::string>> piece = co_await (*answer)->next();
        if (!piece) {
            co_return std::unexpected(piece.error());
        }
        const auto& bytes = *piece;
        if (!bytes) {
            break;
        }
        if (result.status == 200) {
            out << *bytes;
        } else {
            result.raw += *bytes;
        }
    }
    boost::system::error_code fault;
    result.body = json::parse(result.raw, fault);
    co_return result;
}

Outcome<int> download(const Profile& profile, const Invocation& invocation, const std::string& file,
                      std::ostream& out) {
    const auto url = http::parse_url(profile.url);
    if (!url) {
        return failed(url.error(), invocation);
    }
    const auto client = http::Client::create(*url, {});
    if (!client) {
        return failed(client.error(), invocation);
    }
    http::Call request;
    request.path = "/v1/files/" + file + "/content";
    request.headers["authorization"] = "Bearer " + std::string(profile.token.reveal());
    request.headers["accept-language"] = invocation.language == core::Language::Zh ? "zh" : "en";
    asio::io_context io;
    auto pending = asio::co_spawn(io, copy(**client, std::move(request), out), asio::use_future);
    io.run();
    const core::Result<RemoteAnswer> answer = pending.get();
    if (!answer) {
        return failed(answer.error(), invocation);
    }
    return answer->status == 200 ? 0 : report_refusal(*answer, invocation);
}

Outcome<int> output(const Profile& profile, const Invocation& invocation) {
    const auto batch = get_batch(profile, invocation, invocation.argument("ID"));
    if (!batch) {
        return std::unexpected(batch.error());
    }
    const bool errors = invocation.has("errors");
    const std::string file = text_at(*batch, errors ? "/error_file_id" : "/output_file_id");
    if (file.empty()) {
        if (is_over(*batch)) {
            return 0;  // It ended, and nothing is of this kind.
        }
        return failed(
            kBadChoice,
            {{"name", "status"}, {"expected", "completed"}, {"actual", text_at(*batch, "/status")}},
            invocation);
    }
    const auto target = invocation.option("to");
    if (!target) {
        return download(profile, invocation, file, std::cout);
    }
    std::ofstream stream(*target, std::ios::binary | std::ios::trunc);
    const auto done = download(profile, invocation, file, stream);
    stream.close();
    if (!stream) {
        return failed(kCannotWrite, {{"file", *target}, {"reason", "write"}}, invocation);
    }
    return done;
}

Command command(std::string verb, Text help, std::vector<Option> more, std::vector<Argument> args,
                Outcome<int> (*work)(const Profile&, const Invocation&)) {
    std::vector<Option> options = remote_options();
    std::ranges::move(more, std::back_inserter(options));
    return {"batch",
            std::move(verb),
            std::move(help),
            std::move(options),
            std::move(args),
            [work](const Invocation& invocation) {
                const auto profile = load_profile(invocation);
                if (!profile) {
                    return report(profile.error(), invocation);
                }
                if (profile->token.empty()) {
                    return report(core::Error(kKeyNeeded, {}, {}), invocation);
                }
                const Outcome<int> done = work(*profile, invocation);
                return done ? *done : done.error();
            }};
}

std::vector<Option> submit_options() {
    return {
        {"endpoint",
         "PATH",
         {"What the requests call; as the first one says if absent",
          "请求所调用的接口；缺省时取自第一行"},
         false,
         {std::string(kChat), "/v1/completions", "/v1/embeddings"}},
        {"prompts",
         "FILE",
         {"Instead of FILE: one chat with each line of this one", "代替 FILE：逐行作为对话提示"},
         false,
         {}},
        {"model", "NAME", {"The model of --prompts", "--prompts 所用的模型"}, false, {}},
        {"system",
         "TEXT",
         {"Instructions before each prompt", "每个提示之前的系统提示"},
         false,
         {}},
        {"max-tokens", "N", {"The longest answer to a prompt", "单个回答的最大词元数"}, false, {}},
        {"wait", "", {"Show progress until it has ended", "显示进度并等待结束"}, false, {}}};
}

}  // namespace

std::string prompt_lines(std::string_view prompts, const PromptWish& wish) {
    std::string lines;
    for (std::size_t number = 1; !prompts.empty(); ++number) {
        const auto end = std::min(prompts.find('\n'), prompts.size());
        std::string_view prompt = prompts.substr(0, end);
        prompts.remove_prefix(std::min(end + 1, prompts.size()));
        prompt.remove_suffix(prompt.ends_with('\r') ? 1 : 0);
        if (prompt.find_first_not_of(" \t") == prompt.npos) {
            continue;
        }
        json::array messages;
        if (!wish.system.empty()) {
            messages.push_back({{"role", "system"}, {"content", wish.system}});
        }
        messages.push_back({{"role", "user"}, {"content", prompt}});
        json::object body{{"model", wish.model}, {"messages", std::move(messages)}};
        if (wish.max_tokens > 0) {
            body["max_tokens"] = wish.max_tokens;
        }
        lines += json::serialize(json::object{{"custom_id", fmt::format("line-{}", number)},
                                              {"method", "POST"},
                                              {"url", kChat},
                                              {"body", std::move(body)}}) +
                 "\n";
    }
    return lines;
}

std::string progress_line(std::size_t done, std::size_t failed, std::size_t total,
                          core::Language language) {
    const bool zh = language == core::Language::Zh;
    if (total == 0) {
        return zh ? "正在读取输入文件" : "reading the input";
    }
    const std::size_t filled = kBarWidth * std::min(done, total) / total;
    const std::string bar = std::string(filled, '#') + std::string(kBarWidth - filled, '.');
    const std::string bad =
        failed == 0 ? "" : fmt::format(fmt::runtime(zh ? "，失败 {}" : ", {} failed"), failed);
    return fmt::format("[{}] {}/{}{}", bar, done, total, bad);
}

std::vector<Command> batch_commands() {
    const Argument batch{"ID", {"Id of the batch", "批处理编号"}, true};
    return {
        command("submit", {"Upload a file of requests and have them made", "上传请求文件并执行"},
                submit_options(),
                {{"FILE", {"One request a line, as JSON", "每行一个 JSON 请求"}, false}}, submit),
        command("list", {"Batches of the key's project", "列出密钥所属项目的批处理"},
                {{"limit", "N", {"How many; 20 if absent", "数量，缺省为 20"}, false, {}}}, {},
                list),
        command("get", {"How far a batch has come", "查看批处理"}, {}, {batch}, get),
        command("cancel", {"Begin no more of its requests", "取消批处理，不再执行后续请求"}, {},
                {batch}, cancel),
        command("output", {"What came of its requests, one a line", "取回结果，每行一个"},
                {{"errors", "", {"Those that failed instead", "改为取回失败的请求"}, false, {}},
                 {"to", "FILE", {"Into this file", "写入该文件"}, false, {}}},
                {batch}, output),
    };
}

}  // namespace kapok::app::cli
