#pragma once

// The agent of this host beside the server, so that one command starts all of the platform. It is a
// process of its own, started when it has joined and again whenever it ends; it ends with the
// server, while what it runs goes on under its supervisors.

#include <filesystem>
#include <string>
#include <thread>

#include "core/clock.h"
#include "platform/log/log.h"

namespace kapok::app {

class LocalAgent {
public:
    // `folder` is the agent's; `listener` is where it connects to.
    LocalAgent(std::filesystem::path folder, std::string listener, const core::Clock& clock,
               platform::log::Log& log);
    ~LocalAgent();  // Ends the agent and waits for it.
    LocalAgent(const LocalAgent&) = delete;
    LocalAgent& operator=(const LocalAgent&) = delete;

private:
    void keep(const std::stop_token& ending);
    void run_once(const std::stop_token& ending);

    std::filesystem::path folder_;
    std::string listener_;
    const core::Clock& clock_;
    platform::log::Log& log_;
    std::jthread thread_;
};

}  // namespace kapok::app
