#pragma once

// `kapok serve`: everything in one process, wired by hand. The order of the members of Parts is the
// order in which things are made and, reversed, in which they end.

#include <memory>
#include <optional>
#include <string>

#include "core/clock.h"
#include "core/random.h"
#include "core/result.h"
#include "core/secret.h"
#include "platform/config/config.h"
#include "platform/log/log.h"

namespace kapok::app {

class PlatformServer {
public:
    // Opens the data folder and the database, applies migrations, starts the loops and listens. All
    // that is given outlives it.
    [[nodiscard]] static core::Result<std::unique_ptr<PlatformServer>> start(
        const platform::config::Config& config, const core::Clock& clock, core::Random& random,
        platform::log::Log& log);
    ~PlatformServer();
    PlatformServer(const PlatformServer&) = delete;
    PlatformServer& operator=(const PlatformServer&) = delete;

    [[nodiscard]] std::string url() const;
    // The first administrator's, at the first start only.
    [[nodiscard]] std::optional<core::Secret> first_password() const;
    [[nodiscard]] const std::string& data_folder() const noexcept;

    // Lets requests under way finish, then ends everything.
    void stop();

private:
    struct Parts;
    explicit PlatformServer(std::unique_ptr<Parts> parts);

    std::unique_ptr<Parts> parts_;
};

}  // namespace kapok::app
