#pragma once

// The main job end to end, against a running server, through its public API: this host becomes a
// measured node, a model is served on it and called, a job and a batch run, all of it is billed,
// and the evidence is checked. Run again it reuses what is there, works and bills again.

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "app/cli/command.h"
#include "app/cli/profile.h"
#include "app/cli/remote.h"
#include "core/clock.h"
#include "core/random.h"
#include "core/result.h"

namespace kapok::app::tour {

struct Options {
    std::filesystem::path data;      // The server's data folder, on this host.
    std::filesystem::path input;     // Real text, for the job.
    std::filesystem::path model;     // Weights to import if the model is not there yet.
    std::filesystem::path evidence;  // Where the bundle is written.
    bool measure = false;            // Also if there is a measurement that is still valid.
};

// What one step did.
using Outcome = core::Result<boost::json::object>;

class Tour {
public:
    Tour(cli::Profile operator_profile, const cli::Invocation& invocation, Options options,
         const core::Clock& clock, core::Random& random)
        : operator_(std::move(operator_profile)),
          invocation_(invocation),
          options_(std::move(options)),
          clock_(clock),
          random_(random) {}

    // In this order; each needs those before it.
    Outcome enrol();
    Outcome measure();
    Outcome grade();
    Outcome sell_compute();
    Outcome open_project();
    Outcome deploy();
    Outcome chat();
    Outcome stream();
    Outcome run_job();
    Outcome run_batch();
    Outcome bill();
    Outcome balance();
    Outcome prove();

    [[nodiscard]] const std::string& url() const noexcept { return operator_.url; }

private:
    using Answer = core::Result<boost::json::value>;

    // A call as the operator, or with the project's key; a refusal is the error.
    Answer ask(platform::http::Method method, std::string path,
               const boost::json::value& body = {});
    Answer ask_as_project(cli::RemoteCall call);
    // The first item of the list at `path` whose `member` is `value`; null if there is none.
    Answer find_in(const std::string& path, std::string_view member, std::string_view value);
    // Asks again until `done` says so.
    Answer wait_for(const std::string& path, std::chrono::seconds limit,
                    const std::function<bool(const boost::json::value&)>& done);
    void pause(std::chrono::milliseconds time) const;

    Answer read_node();
    // The model of this name, imported if it is not there; `imported` says which.
    Answer ensure_model(std::string_view name, std::string_view capability, bool& imported);
    core::Result<std::string> import_model(std::string_view name, std::string_view capability);
    Answer deployment_of(const std::string& model, std::string_view input_price,
                         std::string_view output_price);
    core::Result<void> top_up();

    cli::Profile operator_;
    cli::Profile project_profile_;  // With the key that pays.
    const cli::Invocation& invocation_;
    Options options_;
    const core::Clock& clock_;
    core::Random& random_;

    std::string organization_;
    std::string node_;
    std::string measurement_;
    std::string project_;
    std::string job_;
    std::string model_;  // By name.
};

struct Step {
    std::string_view name;  // Stable: stands in the JSON.
    std::string_view en;    // What it does, for people.
    std::string_view zh;
    std::string_view page;  // Of the console, where to see it.
    Outcome (Tour::*run)();
};
[[nodiscard]] std::vector<Step> all_steps();

// What is said of a step's result in one line.
[[nodiscard]] std::string summary_of(std::string_view step, const boost::json::object& result,
                                     core::Language language);

}  // namespace kapok::app::tour
