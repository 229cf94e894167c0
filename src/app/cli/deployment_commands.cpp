#include "app/cli/deployment_commands.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "app/cli/api_commands.h"
#include "app/cli/caller.h"
#include "app/cli/json_text.h"
#include "app/cli/output.h"
#include "app/cli/progress_bar.h"
#include "app/errors.h"
#include "models/http/models_handler.h"

namespace kapok::app::cli {
namespace {

namespace http = platform::http;
namespace json = boost::json;

using core::Result;

constexpr std::chrono::milliseconds kLookAgain{300};
constexpr std::chrono::seconds kWaitLimit{600};
constexpr int kModelsPage = 500;

// People know a model by its name.
Result<std::string> model_id(const Caller& caller, const std::string& model) {
    if (model.starts_with("mdl_")) {
        return model;
    }
    std::string cursor;
    do {
        std::string path = fmt::format("/api/v1/models?limit={}", kModelsPage);
        path += cursor.empty() ? "" : "&cursor=" + cursor;
        const auto page = caller.get(path);
        if (!page) {
            return std::unexpected(page.error());
        }
        for (const json::value& known : list_at(*page, "/items")) {
            if (text_at(known, "/name") == model) {
                return text_at(known, "/id");
            }
        }
        cursor = text_at(*page, "/next_cursor");
    } while (!cursor.empty());
    return core::fail(kNoSuchModel, {{"model", model}});
}

bool is_settled(const std::string& state) {
    return state == "ready" || state == "idle" || state == "failed" || state == "stopped";
}

// Where it is, in words: "starting: loading on its node".
std::string stage_of(const json::value& deployment) {
    const std::string detail = text_at(deployment, "/detail");
    const std::string phase = text_at(deployment, "/own_compute/phase");
    const std::string state = text_at(deployment, "/state");
    return state + (phase.empty() || phase == state ? "" : ", " + phase) +
           (detail.empty() ? "" : ": " + detail);
}

Result<json::value> wait_for(const Caller& caller, json::value deployment) {
    const core::Timestamp end = caller.clock.now() + kWaitLimit;
    ProgressBar bar(caller.invocation.language == core::Language::Zh ? "部署" : "deployment",
                    caller.clock);
    while (!is_settled(text_at(deployment, "/state"))) {
        if (caller.clock.now() > end) {
            return core::fail(kTookTooLong, {{"what", text_at(deployment, "/id")},
                                             {"seconds", std::to_string(kWaitLimit.count())},
                                             {"state", stage_of(deployment)}});
        }
        bar.say(stage_of(deployment));
        pause(kLookAgain);
        auto next = caller.get("/api/v1/deployments/" + text_at(deployment, "/id"));
        if (!next) {
            return next;
        }
        deployment = *std::move(next);
    }
    if (text_at(deployment, "/state") == "failed") {
        return core::fail(kServerRefused, {{"detail", stage_of(deployment)}});
    }
    return deployment;
}

Result<int> finish(const Caller& caller, Result<json::value> deployment) {
    if (deployment && caller.invocation.has("wait")) {
        deployment = wait_for(caller, *std::move(deployment));
    }
    return deployment ? print(*deployment, caller.invocation)
                      : Result<int>(std::unexpected(deployment.error()));
}

Result<int> create(const Profile& profile, const Invocation& typed) {
    Invocation invocation = typed;
    const Caller caller{profile, invocation};
    if (const auto model = typed.option("model")) {
        const auto id = model_id(caller, *model);
        if (!id) {
            return std::unexpected(id.error());
        }
        invocation.options["model"] = *id;
    }
    const auto body = route_body(models::kCreateDeployment, invocation);
    if (!body) {
        return std::unexpected(body.error());
    }
    RemoteCall request{http::Method::Post, "/api/v1/deployments", *body};
    request.headers = route_headers(models::kCreateDeployment, invocation);
    return finish(caller, caller.ask(request));
}

Result<int> stop(const Profile& profile, const Invocation& invocation) {
    const Caller caller{profile, invocation};
    const std::string path = fmt::format("/api/v1/deployments/{}/stop", invocation.argument("id"));
    return finish(caller, caller.ask({http::Method::Post, path, ""}));
}

// The route's command, which can wait and is done by `work`.
Command waiting(const http::Route& route, Text wait, RemoteWork work) {
    Command made = route_command(route);
    made.options.insert(made.options.begin(), {"wait", "", std::move(wait), false, {}});
    made.run = remote_command({}, work).run;
    return made;
}

}  // namespace

std::vector<Command> deployment_commands() {
    Command made = waiting(
        models::kCreateDeployment,
        {"Until it is ready, or rests until it is called", "等待就绪（或休眠待调用）后返回"},
        create);
    const auto model = std::ranges::find(made.options, "model", &Option::name);
    model->value = "NAME";
    model->help = {"Name or id of the model that is served", "模型名称或编号"};
    return {std::move(made), waiting(models::kStopDeployment,
                                     {"Until its calls under way have ended and its engine has",
                                      "等待进行中的调用与引擎结束后返回"},
                                     stop)};
}

}  // namespace kapok::app::cli
