// The steps that concern compute: joining, measuring, grading, selling, and a job.

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <utility>

#include <boost/json/array.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "app/agent/agent_commands.h"
#include "app/cli/job_commands.h"
#include "app/cli/json_text.h"
#include "app/errors.h"
#include "app/tour/tour.h"
#include "compute/agent/files.h"
#include "core/timestamp.h"

namespace kapok::app::tour {

namespace fs = std::filesystem;
namespace http = platform::http;
namespace json = boost::json;

using cli::list_at;
using cli::number_at;
using cli::text_at;
using core::Result;

namespace {

constexpr std::chrono::seconds kJoinLimit{60};
constexpr std::chrono::seconds kMeasureLimit{300};
constexpr std::chrono::seconds kJobLimit{300};
constexpr std::size_t kFilesMax = 200;
constexpr std::uintmax_t kFileBytesMax = 4'194'304;
constexpr std::string_view kSite = "local";

bool is_text(const fs::path& file) {
    static const std::set<std::string> kEndings{".md", ".txt", ".rst", ".csv", ".html", ".tex"};
    return kEndings.contains(file.extension().string());
}

// Text files below `folder`, in the order of their names, as many as a job takes.
std::vector<fs::path> texts_in(const fs::path& folder) {
    std::vector<fs::path> files;
    std::error_code fault;
    const auto skip = fs::directory_options::skip_permission_denied;
    for (auto at = fs::recursive_directory_iterator(folder, skip, fault);
         !fault && at != fs::recursive_directory_iterator(); at.increment(fault)) {
        std::error_code unknown;
        if (is_text(at->path()) && at->is_regular_file(unknown) &&
            at->file_size(unknown) <= kFileBytesMax) {
            files.push_back(at->path());
        }
    }
    std::ranges::sort(files);
    files.resize(std::min(files.size(), kFilesMax));
    return files;
}

// Lines, words and characters of each file, and the most frequent words and Chinese characters.
constexpr std::string_view kCounting = R"sh(set -eu
export LC_ALL=C.UTF-8
for file in in/*; do
  printf '%s\t%s\t%s\t%s\n' "${file#in/}" "$(wc -l <"$file")" "$(wc -w <"$file")" "$(wc -m <"$file")"
done >files.tsv
cat in/* | grep -aoP '\p{Latin}{2,}' | tr '[:upper:]' '[:lower:]' | sort | uniq -c | sort -rn | head -n 20 >words.txt || true
cat in/* | grep -aoP '\p{Han}' | sort | uniq -c | sort -rn | head -n 20 >characters.txt || true
cat in/* | wc -l -w -m | while read -r lines words characters; do
  echo "$lines lines, $words words, $characters characters"
done
)sh";

compute::JobSpec counting_job(const std::vector<fs::path>& files) {
    compute::JobSpec spec;
    spec.name = "text statistics";
    spec.command = {"sh", "-c", std::string(kCounting)};
    for (std::size_t i = 0; i < files.size(); ++i) {
        spec.inputs.push_back({fmt::format("in/{:03}-{}", i + 1, files[i].filename().string()), "",
                               fs::absolute(files[i]).string()});
    }
    spec.outputs = {"files.tsv", "words.txt", "characters.txt"};
    spec.demand = {1'000, std::int64_t{256} << 20, 0};
    spec.time_limit = std::chrono::minutes(2);
    return spec;
}

json::object reading_of(const json::value& reading) {
    return {
        {"metric", text_at(reading, "/metric")},   {"unit", text_at(reading, "/unit")},
        {"median", number_at(reading, "/median")}, {"low", number_at(reading, "/low")},
        {"high", number_at(reading, "/high")},     {"share_ppm", number_at(reading, "/share_ppm")}};
}

}  // namespace

Tour::Answer Tour::read_node() {
    return ask(http::Method::Get, "/api/v1/nodes/" + node_);
}

Outcome Tour::enrol() {
    const fs::path folder = options_.data / "agent";
    const auto files = compute::agent::AgentFiles::open(folder, clock_, random_);
    if (!files) {
        return std::unexpected(files.error());
    }
    const bool joined = files->ends_at() > clock_.now();  // Nothing is less.
    const Answer me = ask(http::Method::Get, "/api/v1/me");
    if (!me) {
        return std::unexpected(me.error());
    }
    organization_ = text_at(*me, "/organization_id");
    if (!joined) {
        const Answer token =
            ask(http::Method::Post, "/api/v1/enrollment-tokens",
                json::object{{"organization_id", organization_}, {"site_name", kSite}});
        if (!token) {
            return std::unexpected(token.error());
        }
        const auto done =
            cli::join_host(invocation_, operator_.url, text_at(*token, "/token"), folder);
        if (!done) {
            return std::unexpected(done.error());
        }
    }
    node_ = files->node().text();
    const core::Timestamp end = clock_.now() + kJoinLimit;
    Answer node = read_node();
    while (!node || text_at(*node, "/state") != "up") {
        if (clock_.now() > end) {
            return core::fail(kTookTooLong, {{"what", "the agent of this host"},
                                             {"seconds", std::to_string(kJoinLimit.count())},
                                             {"state", node ? text_at(*node, "/state") : "-"}});
        }
        pause(std::chrono::milliseconds(100));
        node = read_node();
    }
    return json::object{{"node", node_},
                        {"name", text_at(*node, "/name")},
                        {"joined_now", !joined},
                        {"isolation", text_at(*node, "/isolation")},
                        {"missing_isolation", text_at(*node, "/missing_isolation")},
                        {"cpu", text_at(*node, "/inventory/cpu/model")},
                        {"cpu_milli", number_at(*node, "/capacity/cpu_milli")},
                        {"memory_bytes", number_at(*node, "/capacity/memory_bytes")}};
}

Outcome Tour::measure() {
    const Answer node = read_node();
    if (!node) {
        return std::unexpected(node.error());
    }
    measurement_ = text_at(*node, "/measurement_id");
    bool is_new = false;
    Answer found;
    if (!measurement_.empty()) {
        found = ask(http::Method::Get, "/api/v1/measurements/" + measurement_);
        const auto valid =
            found ? core::parse_rfc3339(text_at(*found, "/grade/valid_until")) : std::nullopt;
        is_new = !valid || *valid < clock_.now();
    }
    if (measurement_.empty() || is_new || options_.measure) {
        is_new = true;
        const Answer asked = ask(http::Method::Post, "/api/v1/nodes/" + node_ + "/measurements",
                                 json::object{{"effort", "tour"}});
        if (!asked) {
            return std::unexpected(asked.error());
        }
        measurement_ = text_at(*asked, "/id");
        const Answer measured =
            wait_for("/api/v1/nodes/" + node_, kMeasureLimit, [&](const json::value& now) {
                return text_at(now, "/measurement_id") == measurement_;
            });
        if (!measured) {
            return std::unexpected(measured.error());
        }
        found = ask(http::Method::Get, "/api/v1/measurements/" + measurement_);
    }
    if (!found) {
        return std::unexpected(found.error());
    }
    json::array readings;
    for (const json::value& reading : list_at(*found, "/document/readings")) {
        readings.push_back(reading_of(reading));
    }
    return json::object{{"measurement", measurement_},
                        {"measured_now", is_new},
                        {"others_ppm", number_at(*found, "/document/conditions/others_ppm")},
                        {"readings", std::move(readings)}};
}

Outcome Tour::grade() {
    const Answer found = ask(http::Method::Get, "/api/v1/measurements/" + measurement_);
    if (!found) {
        return std::unexpected(found.error());
    }
    return json::object{{"class", text_at(*found, "/grade/class")},
                        {"rules_version", text_at(*found, "/grade/rules_version")},
                        {"standard_unit_ppm", number_at(*found, "/grade/standard_unit_ppm")},
                        {"provisional", cli::flag_at(*found, "/grade/provisional")},
                        {"valid_until", text_at(*found, "/grade/valid_until")}};
}

Outcome Tour::sell_compute() {
    const Answer listed = find_in("/api/v1/products", "subject", node_);
    if (!listed) {
        return std::unexpected(listed.error());
    }
    const Answer product = ask(http::Method::Get, "/api/v1/products/" + text_at(*listed, "/id"));
    if (!product) {
        return std::unexpected(product.error());
    }
    return json::object{{"product", text_at(*product, "/id")},
                        {"name", text_at(*product, "/name")},
                        {"grade", text_at(*product, "/grade")},
                        {"prices", list_at(*product, "/prices")}};
}

Outcome Tour::run_job() {
    const auto files = texts_in(options_.input);
    if (files.empty()) {
        return core::fail(kNoText, {{"folder", options_.input.string()}});
    }
    const auto submitted =
        cli::submit_job(operator_, invocation_, counting_job(files), "/", project_);
    if (!submitted) {
        return std::unexpected(submitted.error());
    }
    if (submitted->status >= 400) {
        return core::fail(kServerRefused, {{"detail", text_at(submitted->body, "/detail")}});
    }
    job_ = text_at(submitted->body, "/id");
    std::string log;
    const auto followed = cli::follow_job(
        operator_, invocation_, job_,
        [&log](std::string_view /*stream*/, std::string_view text) { log += text; });
    if (!followed) {
        return std::unexpected(followed.error());
    }
    const Answer job = wait_for("/api/v1/jobs/" + job_, kJobLimit, [](const json::value& now) {
        return now.as_object().contains("finished_at") && !now.at("finished_at").is_null();
    });
    if (!job) {
        return std::unexpected(job.error());
    }
    if (text_at(*job, "/state") != "succeeded") {
        return core::fail(kJobEnded,
                          {{"job", job_}, {"state", text_at(*job, "/state")}, {"log", log}});
    }
    while (!log.empty() && log.back() == '\n') {
        log.pop_back();
    }
    return json::object{{"job", job_},
                        {"files", files.size()},
                        {"said", log},
                        {"node", text_at(*job, "/decision/node_id")},
                        {"why", text_at(*job, "/decision/reason/text")},
                        {"outputs", list_at(*job, "/outputs")}};
}  // namespace

}  // namespace kapok::app::tour
