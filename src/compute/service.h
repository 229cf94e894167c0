#pragma once

// A program that serves, as a value: what a node needs to know to run it, and how far it is. Where
// it is in its life follows from its job's status and from the attempt that said it was ready, so
// the two cannot disagree.

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "compute/ids.h"
#include "compute/jobs/state.h"
#include "core/clock.h"
#include "core/result.h"

namespace kapok::compute {

enum class ServicePhase : std::uint8_t { Queued, Starting, Ready, Stopping, Ended };
inline constexpr std::array<std::string_view, 5> kServicePhaseNames{"queued", "starting", "ready",
                                                                    "stopping", "ended"};

// What a node is told of a service, beside the job.
struct Serving {
    std::string engine;
    std::vector<std::string> arguments;
    std::string model_digest;
    std::string model_file;
    std::int64_t model_bytes = 0;
    std::string probe_path;
    std::string warm_up_path;
    std::string warm_up_body;

    friend bool operator==(const Serving&, const Serving&) = default;
};
[[nodiscard]] core::Result<void> check(const Serving& serving);
[[nodiscard]] boost::json::object to_json(const Serving& serving);
// Checked too.
[[nodiscard]] core::Result<Serving> serving_from_json(const boost::json::object& object);

// What a node found when the engine had warmed up.
struct Warmth {
    std::string url;
    std::int64_t warm_up_ms = 0;
    std::int64_t tokens_per_s_milli = 0;

    friend bool operator==(const Warmth&, const Warmth&) = default;
};
// A service is reached where its node says; it may say only its own loopback.
[[nodiscard]] core::Result<void> check(const Warmth& warmth);

struct Service {
    JobId job;
    Serving serving;
    std::int64_t ready_attempt = 0;  // The last that was ready; 0 if none was.
    std::optional<core::Timestamp> ready_at;
    Warmth warmth;
    std::int64_t restarts = 0;
    std::int64_t failures = 0;  // Without a time of health between them.
    std::string problem;
    core::Timestamp not_before;  // When it may start again.

    friend bool operator==(const Service&, const Service&) = default;
};

[[nodiscard]] ServicePhase phase_of(const JobStatus& status, const Service& service) noexcept;

// The service when this attempt is ready.
[[nodiscard]] Service after_ready(Service service, std::int64_t attempt, Warmth warmth,
                                  core::Timestamp now);
// The service when this attempt is over; `again` if it is to be started again.
[[nodiscard]] Service after_end(Service service, std::int64_t attempt, std::string problem,
                                bool again, core::Timestamp now);
// How long to wait after so many failures in a row: doubles, to a bound.
[[nodiscard]] std::chrono::milliseconds back_off(std::int64_t failures) noexcept;

}  // namespace kapok::compute
