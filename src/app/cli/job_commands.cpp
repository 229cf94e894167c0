#include "app/cli/job_commands.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "app/cli/json_text.h"
#include "app/cli/output.h"
#include "app/errors.h"

namespace kapok::app::cli {
namespace {

namespace fs = std::filesystem;
namespace http = platform::http;
namespace json = boost::json;

using core::Result;

constexpr int kJobFailed = 20;  // The exit code of a command whose job did not succeed.

Result<std::string> read_all(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream || fs::is_directory(file)) {
        return core::fail(kNoFile, {{"file", file.string()}});
    }
    return std::string(std::istreambuf_iterator<char>(stream), {});
}

Result<RemoteAnswer> demand(Result<RemoteAnswer> answer) {
    if (answer && answer->status >= 400) {
        return std::unexpected(refusal_of(*answer));
    }
    return answer;
}

// Runs `work` with the profile; what went wrong becomes the exit code.
int with_profile(const Invocation& invocation,
                 const std::function<Result<int>(const Profile&)>& work) {
    const auto profile = load_profile(invocation);
    if (!profile) {
        return report(profile.error(), invocation);
    }
    const Result<int> done = work(*profile);
    return done ? *done : report(done.error(), invocation);
}

void show_log(std::string_view stream, std::string_view text) {
    (stream == "stderr" ? std::cerr : std::cout) << text << std::flush;
}

Result<json::value> get_job(const Profile& profile, const Invocation& invocation,
                            const std::string& job) {
    auto answer = demand(call(profile, invocation, {http::Method::Get, "/api/v1/jobs/" + job, ""}));
    return answer ? Result<json::value>(std::move(answer->body)) : std::unexpected(answer.error());
}

// Says how the job ended, and why if not well.
Result<int> conclude(const Profile& profile, const Invocation& invocation, const std::string& id) {
    const auto job = get_job(profile, invocation, id);
    if (!job) {
        return std::unexpected(job.error());
    }
    const std::string state = text_at(*job, "/state");
    const bool zh = invocation.language == core::Language::Zh;
    std::string problem;
    if (const auto* attempts = job->as_object().if_contains("attempts");
        attempts != nullptr && !attempts->as_array().empty()) {
        problem = text_at(attempts->as_array().back(), "/problem");
    }
    std::cerr << fmt::format("{} {}: {}{}\n", zh ? "作业" : "job", id, state,
                             problem.empty() ? "" : " (" + problem + ")");
    return state == "succeeded" ? 0 : kJobFailed;
}

Result<int> submit(const Profile& profile, const Invocation& invocation) {
    const fs::path file = invocation.argument("FILE");
    const auto yaml = read_all(file);
    if (!yaml) {
        return std::unexpected(yaml.error());
    }
    auto spec = compute::parse_job_yaml(*yaml);
    if (!spec) {
        return std::unexpected(spec.error());
    }
    const auto answer =
        demand(submit_job(profile, invocation, *std::move(spec), file.parent_path().string(),
                          invocation.option_or("project", "")));
    if (!answer) {
        return std::unexpected(answer.error());
    }
    if (!invocation.has("follow")) {
        return print(answer->body, invocation);
    }
    const std::string id = text_at(answer->body, "/id");
    if (const auto done = follow_job(profile, invocation, id, show_log); !done) {
        return std::unexpected(done.error());
    }
    return conclude(profile, invocation, id);
}

Result<int> logs(const Profile& profile, const Invocation& invocation) {
    const std::string id = invocation.argument("ID");
    if (const auto done = follow_job(profile, invocation, id, show_log); !done) {
        return std::unexpected(done.error());
    }
    return conclude(profile, invocation, id);
}

// A job names its outputs itself, so a path of it must not leave the folder.
std::optional<fs::path> place_in(const fs::path& folder, const std::string& path) {
    const fs::path relative = fs::path(path).lexically_normal();
    if (relative.empty() || relative.is_absolute() || *relative.begin() == "..") {
        return std::nullopt;
    }
    return folder / relative;
}

// An operator works for projects of other organizations too, where their artifacts are.
std::string artifacts_path(const std::string& digest, const std::string& project) {
    const std::string path = "/api/v1/artifacts" + (digest.empty() ? "" : "/" + digest);
    return project.empty() ? path : path + "?project_id=" + project;
}

Result<void> fetch_output(const Profile& profile, const Invocation& invocation,
                          const json::value& output, const std::string& project,
                          const fs::path& folder) {
    const std::string path = text_at(output, "/path");
    const auto target = place_in(folder, path);
    if (!target) {
        return core::fail(kCannotWrite, {{"file", path}, {"reason", "path"}});
    }
    const auto bytes =
        demand(call(profile, invocation,
                    {http::Method::Get, artifacts_path(text_at(output, "/digest"), project), ""}));
    if (!bytes) {
        return std::unexpected(bytes.error());
    }
    std::error_code fault;
    fs::create_directories(target->parent_path(), fault);
    std::ofstream stream(*target, std::ios::binary | std::ios::trunc);
    stream << bytes->raw;
    stream.close();
    if (!stream) {
        return core::fail(kCannotWrite, {{"file", target->string()}, {"reason", "write"}});
    }
    return {};
}

Result<int> outputs(const Profile& profile, const Invocation& invocation) {
    const auto job = get_job(profile, invocation, invocation.argument("ID"));
    if (!job) {
        return std::unexpected(job.error());
    }
    const auto* list = job->as_object().if_contains("outputs");
    const json::array none;
    const json::array& items = list != nullptr && list->is_array() ? list->get_array() : none;
    if (const auto folder = invocation.option("to")) {
        for (const json::value& output : items) {
            if (auto done = fetch_output(profile, invocation, output, text_at(*job, "/project_id"),
                                         *folder);
                !done) {
                return std::unexpected(done.error());
            }
        }
    }
    return print(items, invocation, {"path", "bytes", "digest"});
}

std::string explained(const json::value& decision, bool zh) {
    const json::object& body = decision.as_object();
    std::string text = fmt::format("{}  {}\n", text_at(decision, "/decided_at"),
                                   text_at(body.at("reason"), "/text"));
    const auto* candidates = body.if_contains("candidates");
    if (candidates == nullptr || !candidates->is_array()) {
        return text;
    }
    for (const json::value& candidate : candidates->get_array()) {
        const json::object& node = candidate.as_object();
        text += fmt::format("  {}  {}\n", text_at(candidate, "/node"),
                            text_at(node.at("reason"), "/text"));
        const auto* terms = node.if_contains("terms");
        if (terms == nullptr || terms->as_array().empty()) {
            continue;
        }
        text += zh ? "    得分" : "    score";
        for (const json::value& term : terms->as_array()) {
            text += fmt::format("  {} {}", text_at(term, "/name"),
                                term.as_object().at("contribution").to_number<std::int64_t>());
        }
        text += "\n";
    }
    return text;
}

Result<int> explain(const Profile& profile, const Invocation& invocation) {
    const std::string path = "/api/v1/jobs/" + invocation.argument("ID") + "/decisions";
    json::array decisions;
    std::string cursor;
    do {
        const std::string query = cursor.empty() ? "" : "?cursor=" + cursor;
        auto answer = demand(call(profile, invocation, {http::Method::Get, path + query, ""}));
        if (!answer) {
            return std::unexpected(answer.error());
        }
        cursor = text_at(answer->body, "/next_cursor");
        std::ranges::move(answer->body.as_object().at("decisions").as_array(),
                          std::back_inserter(decisions));
    } while (!cursor.empty());
    if (invocation.output != Output::Table) {
        std::cout << format(json::object{{"decisions", std::move(decisions)}}, invocation.output);
        return 0;
    }
    for (const json::value& decision : decisions) {
        std::cout << explained(decision, invocation.language == core::Language::Zh);
    }
    return 0;
}

Command command(std::string verb, Text help, std::vector<Option> more, std::vector<Argument> args,
                Result<int> (*work)(const Profile&, const Invocation&)) {
    std::vector<Option> options = remote_options();
    std::ranges::move(more, std::back_inserter(options));
    return {"job",
            std::move(verb),
            std::move(help),
            std::move(options),
            std::move(args),
            [work](const Invocation& invocation) {
                return with_profile(
                    invocation, [&](const Profile& profile) { return work(profile, invocation); });
            }};
}

}  // namespace

Result<RemoteAnswer> submit_job(const Profile& profile, const Invocation& invocation,
                                compute::JobSpec spec, const std::string& folder,
                                const std::string& project) {
    for (compute::JobInput& input : spec.inputs) {
        if (input.source.empty()) {
            continue;
        }
        auto bytes = read_all(fs::path(folder) / input.source);
        if (!bytes) {
            return std::unexpected(bytes.error());
        }
        const auto kept = demand(call(profile, invocation,
                                      {http::Method::Post, artifacts_path("", project),
                                       *std::move(bytes), "application/octet-stream"}));
        if (!kept) {
            return std::unexpected(kept.error());
        }
        input.artifact = text_at(kept->body, "/digest");
        input.source.clear();
    }
    json::object body = compute::to_json(spec);
    if (!project.empty()) {
        body["project_id"] = project;
    }
    return call(profile, invocation, {http::Method::Post, "/api/v1/jobs", json::serialize(body)});
}

namespace {

std::string told_removed(core::Language language, const std::string& time) {
    return language == core::Language::Zh
               ? fmt::format("该日志已到期，于 {} 删除\n", time)
               : fmt::format("This log was removed on {}, when its time was over.\n", time);
}

}  // namespace

Result<void> follow_job(const Profile& profile, const Invocation& invocation,
                        const std::string& job,
                        const std::function<void(std::string_view, std::string_view)>& show) {
    std::string position;
    bool ended = false;
    for (int failures = 0; !ended;) {
        RemoteCall request{http::Method::Get, "/api/v1/jobs/" + job + "/logs", ""};
        if (!position.empty()) {
            request.headers["last-event-id"] = position;
        }
        const auto take = [&](const http::ServerEvent& event) {
            position = event.id.empty() ? position : event.id;
            ended = event.type == "end";
            if (event.type == "log") {
                boost::system::error_code fault;
                const json::value data = json::parse(event.data, fault);
                show(text_at(data, "/stream"), text_at(data, "/text"));
                failures = 0;
            } else if (event.type == "removed") {
                boost::system::error_code fault;
                const json::value data = json::parse(event.data, fault);
                show("stderr", told_removed(invocation.language, text_at(data, "/removed_at")));
            }
            return !ended;
        };
        const auto answer = demand(follow(profile, invocation, request, take));
        // The line may break; the log goes on where it was.
        if (!answer && (answer.error().code() != kUnreachable || ++failures > 5)) {
            return std::unexpected(answer.error());
        }
    }
    return {};
}

std::vector<Command> job_commands() {
    const Argument job{"ID", {"Id of the job", "作业编号"}, true};
    const Option project{"project",
                         "ID",
                         {"Who pays; else the project of the key", "付费项目，缺省为密钥所属项目"},
                         false,
                         {}};
    return {
        command("submit",
                {"Submit the job of a job.yaml, with its input files",
                 "按 job.yaml 提交作业并上传输入"},
                {project,
                 {"follow", "", {"Show its log until it ends", "显示日志直至结束"}, false, {}}},
                {{"FILE", {"The job.yaml", "job.yaml 文件"}, true}}, submit),
        command("logs", {"Show a job's log as it grows, until it ends", "实时显示作业日志直至结束"},
                {}, {job}, logs),
        command("outputs", {"List a job's outputs, and fetch them", "列出并取回作业产出"},
                {{"to", "DIR", {"Fetch them into this folder", "取回到该目录"}, false, {}}}, {job},
                outputs),
        command("explain",
                {"Why a job runs where it does, or waits", "解释作业为何在此运行或仍在等待"}, {},
                {job}, explain),
    };
}

}  // namespace kapok::app::cli
