#include "app/cli/nouns.h"

#include <algorithm>
#include <iostream>
#include <iterator>
#include <utility>

#include "app/agent/agent_commands.h"
#include "app/cli/api_commands.h"
#include "app/cli/backup_commands.h"
#include "app/cli/batch_commands.h"
#include "app/cli/chat_command.h"
#include "app/cli/deployment_commands.h"
#include "app/cli/doctor_command.h"
#include "app/cli/evidence_commands.h"
#include "app/cli/job_commands.h"
#include "app/cli/local_commands.h"
#include "app/cli/login_commands.h"
#include "app/cli/model_commands.h"
#include "app/cli/serve_command.h"
#include "app/server/routes.h"
#include "app/tour/tour_command.h"

namespace kapok::app::cli {
namespace {

void append(std::vector<Command>& commands, std::vector<Command> more) {
    std::ranges::move(more, std::back_inserter(commands));
}

Command completion_command() {
    return {"completion",
            "",
            {"Print a script that completes commands in bash or zsh",
             "输出 bash 或 zsh 的命令补全脚本"},
            {},
            {{"SHELL", {"bash or zsh", "bash 或 zsh"}, false}},
            [](const Invocation& invocation) {
                std::cout << completion_script(all_commands(), invocation.argument("SHELL"));
                return 0;
            }};
}

}  // namespace

std::vector<Noun> all_nouns() {
    std::vector<Noun> nouns{
        {"serve", {}},
        {"tour", {}},
        {"chat", {}},
        {"batch", {"Many calls of a model in one file", "批处理：一个文件中的多次模型调用"}},
        {"login", {}},
        {"password", {}},
        {"logout", {}},
        {"whoami", {}},
        {"config", {"Settings and where they come from", "设置及其来源"}},
        {"explain", {}},
        {"doctor", {}},
        {"verify", {}},
        {"admin", {"Work on an installation's own data", "维护本机安装的数据"}},
        {"completion", {}},
        {"org",
         {"Organizations: a tree of companies, labs and centres",
          "机构：由企业、实验室与中心组成的树"}},
        {"project", {"Projects: what work and money are counted by", "项目：工作与费用的归集单位"}},
        {"user", {"People who sign in, and their roles", "用户及其角色"}},
        {"session", {"Sessions of signed-in people", "登录会话"}},
        {"key", {"API keys of programs", "程序使用的密钥"}},
        {"agent", {"Agents of compute centres", "算力中心的代理"}},
        {"enrollment-token", {"One-time tokens with which agents join", "代理入网的一次性令牌"}},
        {"site", {"Compute centres", "算力中心"}},
        {"node", {"Machines of compute centres", "算力中心的节点"}},
        {"job", {"Jobs on compute", "作业"}},
        {"model", {"The catalogue of models", "模型目录"}},
        {"model-import", {"Weights on their way into the catalogue", "模型权重的导入"}},
        {"deployment", {"Where models are served", "模型部署"}},
        {"product", {"What can be bought", "产品"}},
        {"price", {"Price versions", "价目版本"}},
        {"wallet", {"What projects have paid in", "项目钱包"}},
        {"usage", {"Usage records and what each cost", "计量记录及其费用"}},
        {"statement", {"Bills", "对账单"}},
        {"ledger", {"Accounts, transfers and the trial balance", "账户、转账与试算平衡"}},
        {"metric", {"Metrics of the platform, as of any date", "平台指标，可查任意日期"}},
        {"event", {"The audit log", "审计日志"}},
        {"checkpoint", {"Signed states of the audit log", "审计日志的签名检查点"}},
        {"trust", {"Whose signature is under checkpoints and evidence", "检查点与证据由谁签名"}},
        {"evidence", {"Bundles that prove a bill and all behind it", "证明账单及其依据的证据包"}},
    };
    // A noun appears when it works; one that this list forgot still can be typed.
    const std::vector<Command> commands = all_commands();
    std::erase_if(nouns, [&](const Noun& noun) {
        return std::ranges::find(commands, noun.name, &Command::noun) == commands.end();
    });
    for (const Command& command : commands) {
        if (std::ranges::find(nouns, command.noun, &Noun::name) == nouns.end()) {
            nouns.push_back({command.noun, command.help});
        }
    }
    return nouns;
}

std::vector<Command> all_commands() {
    static const std::vector<const platform::http::Route*> kRoutes = all_routes();
    std::vector<Command> commands = server_commands();
    append(commands, backup_commands());
    append(commands, tour_commands());
    append(commands, agent_commands());
    append(commands, login_commands());
    append(commands, chat_commands());
    append(commands, batch_commands());
    append(commands, doctor_commands());
    append(commands, local_commands());
    append(commands, job_commands());
    append(commands, evidence_commands());
    append(commands, model_commands());
    append(commands, deployment_commands());
    // What is written by hand goes before what is made of a route.
    std::vector<Command> routes = api_commands(kRoutes);
    std::erase_if(routes, [&](const Command& route) {
        return std::ranges::any_of(commands, [&](const Command& command) {
            return command.noun == route.noun && command.verb == route.verb;
        });
    });
    append(commands, std::move(routes));
    commands.push_back(completion_command());
    return commands;
}

}  // namespace kapok::app::cli
