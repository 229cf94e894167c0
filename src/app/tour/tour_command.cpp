#include "app/tour/tour_command.h"

#include <cstdlib>
#include <iostream>
#include <utility>

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include "app/cli/local_commands.h"
#include "app/cli/output.h"
#include "app/cli/own_data.h"
#include "app/cli/profile.h"
#include "app/errors.h"
#include "app/program.h"
#include "app/settings.h"
#include "app/tour/tour.h"

namespace kapok::app::cli {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

using core::Result;

// Whether the profile's credential is good for this server.
bool works(const Profile& profile, const Invocation& invocation) {
    if (!profile.has_credential()) {
        return false;
    }
    const auto answer = call(profile, invocation, {platform::http::Method::Get, "/api/v1/me", ""});
    return answer && answer->status == 200;
}

// The operator that the tour acts as: the profile `local`, made from the data folder if it is not
// there or not good any more.
Result<Profile> operator_profile(const Invocation& invocation) {
    const auto known = load_profile(invocation);
    if (!known) {
        return known;
    }
    if (works(*known, invocation)) {
        return known;
    }
    OwnData data;
    if (const auto opened = data.open(invocation); !opened) {
        return std::unexpected(opened.error());
    }
    auto key = data.make_key("admin", "profile local");
    if (!key) {
        return std::unexpected(key.error());
    }
    Profile made{known->url, *std::move(key), {}, {}};
    if (const auto saved = save_profile(invocation.option_or("profile", "local"), made); !saved) {
        return std::unexpected(saved.error());
    }
    return made;
}

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

tour::Options options_of(const Invocation& invocation) {
    tour::Options options;
    options.data = invocation.option_or("data", default_data_folder());
    options.input = invocation.option_or("input", "docs");
    options.model = invocation.option_or("model", variable("KAPOK_MODEL"));
    options.evidence =
        invocation.option_or("evidence", (options.data / "evidence" / "tour.json").string());
    options.measure = invocation.has("measure");
    return options;
}

class Printer {
public:
    explicit Printer(const Invocation& invocation)
        : zh_(invocation.language == core::Language::Zh),
          quiet_(invocation.output != Output::Table) {}

    void begin(std::size_t number, std::size_t count, const tour::Step& step) const {
        if (!quiet_) {
            std::cout << fmt::format("[{:>2}/{}] {}\n", number, count, zh_ ? step.zh : step.en)
                      << std::flush;
        }
    }
    void end(const tour::Step& step, const json::object& result, double seconds,
             const std::string& url) const {
        if (quiet_) {
            return;
        }
        std::cout << tour::summary_of(step.name, result,
                                      zh_ ? core::Language::Zh : core::Language::En)
                  << fmt::format("        {:.1f} s   {}/{}\n", seconds, url, step.page)
                  << std::flush;
    }

private:
    bool zh_;
    bool quiet_;
};

json::object step_json(const tour::Step& step, const tour::Outcome& outcome, double seconds,
                       core::Language language) {
    json::object row{{"name", step.name},
                     {"status", outcome ? "done" : "failed"},
                     {"seconds", seconds},
                     {"result", outcome ? *outcome : json::object{}}};
    if (!outcome) {
        row["result"] = json::object{{"code", outcome.error().code().name},
                                     {"problem", core::render(outcome.error(), language)}};
    }
    return row;
}

int run_tour(const Invocation& invocation) {
    const auto profile = operator_profile(invocation);
    if (!profile) {
        return report(profile.error(), invocation);
    }
    const core::SystemClock clock;
    core::SystemRandom random;
    tour::Tour tour(*profile, invocation, options_of(invocation), clock, random);
    const Printer printer(invocation);
    const auto steps = tour::all_steps();
    json::object document{{"version", kProgram}};
    json::array done;
    int status = 0;
    for (const tour::Step& step : steps) {
        printer.begin(done.size() + 1, steps.size(), step);
        const core::Timestamp began = clock.now();
        const tour::Outcome outcome = (tour.*step.run)();
        const std::chrono::duration<double> taken = clock.now() - began;
        done.push_back(step_json(step, outcome, taken.count(), invocation.language));
        if (!outcome) {
            status = report(outcome.error(), invocation);
            break;
        }
        printer.end(step, *outcome, taken.count(), tour.url());
        if (step.name == "trial_balance" || step.name == "evidence") {
            document[step.name] = *outcome;
        }
    }
    document["steps"] = std::move(done);
    if (invocation.output != Output::Table) {
        std::cout << format(document, invocation.output);
    }
    return status;
}

}  // namespace

std::vector<Command> tour_commands() {
    std::vector<Option> options = setting_options();
    for (Option& option : remote_options()) {
        options.push_back(std::move(option));
    }
    options.push_back({"input",
                       "DIR",
                       {"Folder with real text for the job (default: docs)",
                        "供作业处理的文本目录（缺省为 docs）"},
                       false,
                       {}});
    options.push_back(
        {"model",
         "FILE",
         {"Weights to import; else KAPOK_MODEL", "要导入的模型权重，缺省取 KAPOK_MODEL"},
         false,
         {}});
    options.push_back({"evidence",
                       "FILE",
                       {"Where the evidence bundle is written", "证据包的写入位置"},
                       false,
                       {}});
    options.push_back({"measure",
                       "",
                       {"Measure again, also if the last measurement is still valid",
                        "重新实测，即使上次实测仍有效"},
                       false,
                       {}});
    return {{"tour",
             "",
             {"Do the main job end to end on this host, against a running server",
              "在本机对运行中的平台完整走一遍主要流程"},
             std::move(options),
             {},
             run_tour}};
}

}  // namespace kapok::app::cli
