#include "app/server/local_agent.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "compute/agent/files.h"
#include "platform/process/spawn.h"

namespace kapok::app {
namespace {

namespace process = platform::process;

constexpr std::chrono::milliseconds kLook{200};
constexpr std::chrono::milliseconds kBackOffMin{200};
constexpr std::chrono::milliseconds kBackOffMax{30'000};
constexpr std::chrono::seconds kSteady{60};  // Who ran so long starts again without waiting.
constexpr std::chrono::seconds kGrace{10};

// False if the end came first.
bool pause(const std::stop_token& ending, std::chrono::milliseconds time) {
    std::mutex mutex;
    std::condition_variable_any bell;
    std::unique_lock lock(mutex);
    bell.wait_for(lock, ending, time, [] { return false; });
    return !ending.stop_requested();
}

std::vector<std::string> inherited() {
    std::vector<std::string> environment;
    for (const char* name : {"PATH", "HOME", "LANG", "KAPOK_ENGINE", "XDG_CACHE_HOME"}) {
        if (const char* value = std::getenv(name)) {
            environment.push_back(fmt::format("{}={}", name, value));
        }
    }
    return environment;
}

}  // namespace

LocalAgent::LocalAgent(std::filesystem::path folder, std::string listener, const core::Clock& clock,
                       platform::log::Log& log)
    : folder_(std::move(folder)),
      listener_(std::move(listener)),
      clock_(clock),
      log_(log),
      thread_([this](const std::stop_token& ending) { keep(ending); }) {}

LocalAgent::~LocalAgent() {
    thread_.request_stop();
    thread_.join();
}

void LocalAgent::keep(const std::stop_token& ending) {
    std::chrono::milliseconds back_off = kBackOffMin;
    while (!ending.stop_requested()) {
        if (!std::filesystem::exists(folder_ / compute::agent::kMembershipFile)) {
            pause(ending, kLook);
            continue;
        }
        const auto began = clock_.now();
        run_once(ending);
        const bool steady = clock_.now() - began > kSteady;
        back_off = steady ? kBackOffMin : std::min(back_off * 2, kBackOffMax);
        pause(ending, back_off);
    }
}

void LocalAgent::run_once(const std::stop_token& ending) {
    process::Launch launch;
    launch.arguments = {"/proc/self/exe", "agent",      "run",    "--data",
                        folder_.string(), "--listener", listener_};
    launch.environment = inherited();
    launch.error = STDERR_FILENO;
    launch.dies_with_parent = true;
    auto child = process::Child::start(launch);
    if (!child) {
        log_.error("the agent of this host does not start",
                   {{"error", core::render(child.error(), core::Language::En)}});
        return;
    }
    log_.info("agent of this host started", {{"pid", child->pid()}});
    while (!ending.stop_requested()) {
        if (const auto status = child->wait(kLook)) {
            log_.warning("the agent of this host ended",
                         {{"code", status->code}, {"signal", status->signal}});
            return;
        }
    }
    child->signal(SIGTERM);
    if (!child->wait(kGrace)) {
        child->signal(SIGKILL);
        static_cast<void>(child->wait(kGrace));
    }
}

}  // namespace kapok::app
