#pragma once

// The loop that looks at levels of which nobody keeps a history, and writes down what has changed.
// One sampler at a time, however many servers share the database: its command begins by keeping the
// lease. When nobody looked for a while, all levels end where the looking ended, so that the time
// between is unknown instead of guessed.

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "core/clock.h"
#include "core/result.h"
#include "platform/db/database.h"
#include "platform/db/lease.h"
#include "registry/observations.h"

namespace kapok::registry {

// What a look saw of one subject. A value is never 0: what is not there is not seen.
struct Level {
    std::string subject;
    core::OrganizationId organization;
    Labels labels;
    std::int64_t value = 1;
};

struct Probe {
    std::string_view series;  // Lives as long as the program.
    std::function<core::Result<std::vector<Level>>(Reader&, core::Timestamp now)> look;
};

// What must be written down for `now`, given what stood and what is seen. Pure.
[[nodiscard]] std::vector<Observation> changes_between(const std::vector<Observation>& open,
                                                       std::string_view series,
                                                       const std::vector<Level>& seen,
                                                       core::Timestamp now);

// One look, as a command's work: true if anything had changed.
[[nodiscard]] core::Result<bool> sample(Transaction& transaction, const std::vector<Probe>& probes);

class Sampler {
public:
    // All outlive the sampler. `holder` names this process among those that share the database.
    Sampler(platform::db::Database& database, std::vector<Probe> probes, std::string holder)
        : database_(database), probes_(std::move(probes)), holder_(std::move(holder)) {}

    // One look, if it is this server's turn.
    [[nodiscard]] boost::asio::awaitable<core::Result<void>> round();

private:
    platform::db::Database& database_;
    const std::vector<Probe> probes_;
    const std::string holder_;
    std::optional<platform::db::Lease> lease_;
};

}  // namespace kapok::registry
