#pragma once

// What a job is, as its owner wrote it: in job.yaml or as the JSON body of a request, with the same
// names and the same spellings in both. Parsing is strict: an unknown or repeated name, a size
// without its unit, an anchor or a tag is refused with the line (or the JSON pointer) and with what
// would be right. YAML scalars are never guessed at: `yes`, `0x10` and `1e3` are texts.

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "compute/ids.h"
#include "compute/scheduler/plan.h"
#include "core/result.h"

namespace kapok::compute {

enum class Network : std::uint8_t { None, Outbound };
inline constexpr std::array<std::string_view, 2> kNetworkNames{"none", "outbound"};

// Whether an attempt that failed without the job's own fault is made again.
enum class Retry : std::uint8_t { Never, Infrastructure };
inline constexpr std::array<std::string_view, 2> kRetryNames{"never", "infrastructure"};

struct JobInput {
    std::string path;      // Where the job finds it, relative to its working folder.
    std::string artifact;  // "sha256:…" of an uploaded object; empty while `source` is set.
    std::string source;    // A file of the submitting user, uploaded by the CLI before it submits.

    friend bool operator==(const JobInput&, const JobInput&) = default;
};

struct JobSpec {
    std::string name;
    std::vector<std::string> command;  // Words; no shell unless it is one of them.
    std::vector<JobInput> inputs;
    std::vector<std::string> outputs;  // Files, relative to the working folder.
    Demand demand{1'000, std::int64_t{512} << 20, 0};
    std::vector<std::string> accelerator_models;
    std::int64_t disk_bytes = std::int64_t{1} << 30;  // What the job may write.
    std::chrono::milliseconds time_limit{0};
    std::map<std::string, std::string, std::less<>> environment;
    Retry retry = Retry::Infrastructure;
    std::int64_t attempts_max = 3;
    Network network = Network::None;
    std::int64_t priority = 50;
    std::optional<SiteId> site;

    friend bool operator==(const JobSpec&, const JobSpec&) = default;
};

[[nodiscard]] core::Result<JobSpec> parse_job_yaml(std::string_view yaml);
[[nodiscard]] core::Result<JobSpec> job_spec_from_json(const boost::json::object& object);
// The JSON form; reading it back gives the same spec.
[[nodiscard]] boost::json::object to_json(const JobSpec& spec);

// A job that is submitted names uploaded objects only.
[[nodiscard]] core::Result<void> require_artifacts(const JobSpec& spec);

// The spellings of quantities. Exact: "0.5", "500m" and "2" cores; "512MiB", "1.5GB"; "90s",
// "1h30m".
[[nodiscard]] std::optional<std::int64_t> parse_cpu_milli(std::string_view text);
[[nodiscard]] std::optional<std::int64_t> parse_bytes(std::string_view text);
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
[[nodiscard]] std::string cpu_text(std::int64_t milli);
[[nodiscard]] std::string bytes_text(std::int64_t bytes);
[[nodiscard]] std::string duration_text(std::chrono::milliseconds duration);

}  // namespace kapok::compute
