#pragma once

// The agent of one host: it joins a site, tells what the host is made of and how well it keeps jobs
// apart, takes orders, runs attempts under supervisors, streams their logs, brings their outputs,
// and reports until it is heard. It may be killed at any moment: what must not be forgotten is on
// its disk first, and what runs goes on under its supervisor until the next agent adopts it.

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compute/agent/engine_watch.h"
#include "compute/agent/engines.h"
#include "compute/agent/files.h"
#include "compute/inventory/inventory.h"
#include "compute/measurement/measurement.h"
#include "core/clock.h"
#include "core/random.h"
#include "core/result.h"
#include "core/secret.h"
#include "platform/http/url.h"
#include "platform/process/isolation.h"

namespace kapok::compute::agent {

struct Options {
    platform::http::Url url;  // Of the agents' listener.
    std::filesystem::path folder;
    std::string name;                     // Of the node; the host's name if empty.
    std::optional<core::Secret> token;    // One-time, for the first start.
    std::string authority_pem;            // Whom to trust then.
    std::vector<std::string> supervisor;  // {"/usr/bin/kapok", "supervise"}
    std::string program;                  // "kapok 0.1.0"
    std::filesystem::path models;         // Where fetched ones are kept; folder/models if empty.
    Engines engines;                      // What services may ask for; see find_engines().
    EngineTimes engine_times = {};
    std::chrono::milliseconds report_interval{1'000};
    std::chrono::milliseconds back_off_min{500};
    std::chrono::milliseconds back_off_max{30'000};
    // What the host is, asked once at the start. Both block.
    std::function<Inventory()> inventory;
    std::function<platform::process::Isolation()> isolation;
    // Measures the host; blocks for up to a minute. Without it orders to measure are refused.
    std::function<core::Result<Measurement>(MeasurementId, NodeId, const std::string& effort)>
        measure;
    // What happens, for the log: a short English text, and the error if there is one.
    std::function<void(std::string_view what, const core::Error* error)> tell;
};

class Agent {
public:
    // Opens the folder. `clock` and `random` outlive the agent; `random` is safe on any thread.
    [[nodiscard]] static core::Result<std::unique_ptr<Agent>> create(Options options,
                                                                     const core::Clock& clock,
                                                                     core::Random& random);
    ~Agent();  // As if it were killed: attempts go on under their supervisors.
    Agent(const Agent&) = delete;
    Agent& operator=(const Agent&) = delete;

    [[nodiscard]] NodeId node() const noexcept;
    // Only joins, if it has not yet or its certificate has ended: asks again until the platform
    // answers.
    [[nodiscard]] core::Result<void> join();
    // Works on the calling thread until stop(). Joins first if need be; that it may not is the
    // error.
    [[nodiscard]] core::Result<void> run();
    // From any thread.
    void stop();

private:
    struct Parts;
    explicit Agent(std::unique_ptr<Parts> parts);

    std::unique_ptr<Parts> parts_;
};

}  // namespace kapok::compute::agent
