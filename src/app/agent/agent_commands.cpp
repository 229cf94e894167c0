#include "app/agent/agent_commands.h"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include <boost/json/object.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "app/cli/end_signals.h"
#include "app/cli/json_text.h"
#include "app/cli/output.h"
#include "app/cli/profile.h"
#include "app/cli/remote.h"
#include "app/cli/service_notice.h"
#include "app/errors.h"
#include "app/program.h"
#include "app/settings.h"
#include "compute/agent/agent.h"
#include "compute/inventory/probe.h"
#include "compute/measurement/kernels/measure.h"
#include "core/clock.h"
#include "core/random.h"
#include "platform/log/log.h"
#include "platform/process/files.h"
#include "platform/process/isolation.h"

namespace kapok::app::cli {
namespace {

namespace agents = compute::agent;
namespace fs = std::filesystem;
namespace json = boost::json;

using core::Result;
using platform::log::Level;
using platform::log::Log;

constexpr std::string_view kPlatformFile = "platform-url";

fs::path folder_of(const Invocation& invocation) {
    const auto named = invocation.option("data");
    return named ? fs::path(*named) : fs::path(default_data_folder()) / "agent";
}

// Where the platform's agents connect, and whom to trust there.
struct Platform {
    std::string url;
    std::string authority_pem;
};

// The platform's public address tells both, over its own TLS or on this host.
Result<Platform> ask_platform(const Invocation& invocation, const std::string& server) {
    const auto answer = call(Profile{server, {}, {}, {}}, invocation,
                             {platform::http::Method::Get, "/api/v1/agents-listener", ""});
    if (!answer) {
        return std::unexpected(answer.error());
    }
    Platform found{text_at(answer->body, "/url"), text_at(answer->body, "/authority")};
    if (answer->status >= 400 || found.url.empty()) {
        return core::fail(kNoPlatform, {{"url", server}});
    }
    return found;
}

Result<std::string> read_all(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream) {
        return core::fail(kNoFile, {{"file", file.string()}});
    }
    return std::string(std::istreambuf_iterator<char>(stream), {});
}

Result<Platform> find_platform(const Invocation& invocation, const fs::path& folder) {
    if (const auto server = invocation.option("server")) {
        return ask_platform(invocation, *server);
    }
    Platform found;
    if (const auto file = invocation.option("authority")) {
        auto pem = read_all(*file);
        if (!pem) {
            return std::unexpected(pem.error());
        }
        found.authority_pem = *std::move(pem);
    }
    if (const auto url = invocation.option("listener")) {
        found.url = *url;
        return found;
    }
    auto known = read_all(folder / kPlatformFile);
    if (!known) {
        return core::fail(kNotJoined, {{"folder", folder.string()}});
    }
    found.url = *std::move(known);
    return found;
}

Result<compute::Measurement> measure_host(const fs::path& folder, compute::MeasurementId id,
                                          compute::NodeId node, const std::string& effort,
                                          core::Random& random) {
    const core::SystemClock clock;
    measurement::Options options;
    options.id = id;
    options.node = node;
    options.effort = effort == "full" ? measurement::Effort::Full : measurement::Effort::Tour;
    options.folder = folder;
    options.program = kProgram;
    return measurement::measure(options, compute::probe({}), clock, random);
}

Result<agents::Options> options_of(const Invocation& invocation, const Platform& platform,
                                   core::Random& random, Log& log) {
    auto url = platform::http::parse_url(platform.url);
    if (!url) {
        return std::unexpected(url.error());
    }
    std::error_code fault;
    const fs::path program = fs::read_symlink("/proc/self/exe", fault);
    if (fault) {
        return core::fail(kNoFile, {{"file", "/proc/self/exe"}});
    }
    agents::Options options;
    options.url = *std::move(url);
    options.folder = folder_of(invocation);
    options.name = invocation.option_or("name", "");
    if (const auto token = invocation.option("token")) {
        options.token = core::Secret(*token);
    }
    options.authority_pem = platform.authority_pem;
    options.supervisor = {program.string(), "supervise"};
    options.program = kProgram;
    options.engines = agents::find_engines();
    options.inventory = [] {
        return compute::probe({.affinity = compute::affinity_of_this_process()});
    };
    options.isolation = platform::process::probe_isolation;
    options.measure = [folder = options.folder, &random](auto id, auto node, const auto& effort) {
        return measure_host(folder, id, node, effort, random);
    };
    options.tell = [&log](std::string_view what, const core::Error* error) {
        if (error == nullptr) {
            log.info(what);
        } else {
            log.warning(what, {{"code", error->code().name},
                               {"error", core::render(*error, core::Language::En)}});
        }
    };
    return options;
}

Result<void> remember(const fs::path& folder, const Platform& platform) {
    return platform::process::write_durably(folder, kPlatformFile, platform.url);
}

Result<std::unique_ptr<agents::Agent>> open_agent(const Invocation& invocation,
                                                  const core::Clock& clock, core::Random& random,
                                                  Log& log) {
    const fs::path folder = folder_of(invocation);
    const auto platform = find_platform(invocation, folder);
    if (!platform) {
        return std::unexpected(platform.error());
    }
    auto options = options_of(invocation, *platform, random, log);
    if (!options) {
        return std::unexpected(options.error());
    }
    auto agent = agents::Agent::create(*std::move(options), clock, random);
    if (agent) {
        if (const auto kept = remember(folder, *platform); !kept) {
            return std::unexpected(kept.error());
        }
    }
    return agent;
}

int join(const Invocation& invocation) {
    const core::SystemClock clock;
    core::SystemRandom random;
    Log log(STDERR_FILENO, Level::Warning, clock);
    const auto agent = open_agent(invocation, clock, random, log);
    if (!agent) {
        return report(agent.error(), invocation);
    }
    if (const auto joined = (*agent)->join(); !joined) {
        return report(joined.error(), invocation);
    }
    return print(
        json::object{{"node", (*agent)->node().text()}, {"folder", folder_of(invocation).string()}},
        invocation);
}

int run(const Invocation& invocation) {
    const EndSignals signals;
    const core::SystemClock clock;
    core::SystemRandom random;
    Log log(STDERR_FILENO, Level::Info, clock);
    const auto agent = open_agent(invocation, clock, random, log);
    if (!agent) {
        return report(agent.error(), invocation);
    }
    log.info("agent", {{"node", (*agent)->node().text()}});
    std::thread ending([&] {
        signals.wait();
        tell_service_manager("STOPPING=1");
        (*agent)->stop();
    });
    tell_service_manager("READY=1");
    const auto done = (*agent)->run();
    ::kill(::getpid(), SIGTERM);  // For the thread that waits, if it still does.
    ending.join();
    return done ? 0 : report(done.error(), invocation);
}

std::vector<Option> agent_options() {
    return {
        {"server",
         "URL",
         {"The platform's address; it tells where agents connect and whom to trust",
          "平台地址；由它给出代理接入地址与信任证书"},
         false,
         {}},
        {"listener",
         "URL",
         {"Or the agents' listener itself, https://HOST:8421",
          "或直接给出代理接入地址 https://主机:8421"},
         false,
         {}},
        {"authority",
         "FILE",
         {"With --listener: the platform's authority in PEM",
          "与 --listener 同用：平台签发机构的 PEM 证书"},
         false,
         {}},
        {"token",
         "TOKEN",
         {"One-time enrollment token, for the first start", "入网令牌，首次启动时使用"},
         false,
         {}},
        {"data",
         "DIR",
         {"Where the agent keeps its key, journal and attempts",
          "代理的数据目录：密钥、流水与运行"},
         false,
         {}},
        {"name", "NAME", {"Of the node; else the host's name", "节点名，缺省为主机名"}, false, {}},
    };
}

}  // namespace

core::Result<void> join_host(const Invocation& invocation, const std::string& server,
                             const std::string& token, const fs::path& folder) {
    Invocation wanted = invocation;
    wanted.options["server"] = server;
    wanted.options["token"] = token;
    wanted.options["data"] = folder.string();
    const core::SystemClock clock;
    core::SystemRandom random;
    Log log(STDERR_FILENO, Level::Warning, clock);
    const auto agent = open_agent(wanted, clock, random, log);
    return agent ? (*agent)->join() : std::unexpected(agent.error());
}

std::vector<Command> agent_commands() {
    return {
        {"agent",
         "join",
         {"Join a site with this host, once", "将本机加入算力中心（一次性）"},
         agent_options(),
         {},
         join},
        {"agent",
         "run",
         {"Be the agent of this host: report, measure, run jobs",
          "作为本机代理运行：上报、测量、执行作业"},
         agent_options(),
         {},
         run},
    };
}

}  // namespace kapok::app::cli
