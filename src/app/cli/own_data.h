#pragma once

// An installation's own data, for commands of whoever may read its folder: they may do anything
// there, also while its server runs.

#include <memory>
#include <optional>
#include <string>

#include "app/cli/command.h"
#include "app/server/foundation.h"
#include "core/clock.h"
#include "core/random.h"
#include "core/result.h"
#include "core/secret.h"
#include "identity/identity.h"

namespace kapok::app::cli {

class OwnData {
public:
    // The folder that --data and the other settings of `invocation` name.
    [[nodiscard]] core::Result<void> open(const Invocation& invocation);

    [[nodiscard]] platform::db::Database& database() noexcept { return *foundation_->database; }
    [[nodiscard]] identity::Identity& identity() noexcept { return *identity_; }
    // A key of the user's own organization with all rights of the user. It ends after `lifetime`,
    // or when somebody revokes it.
    [[nodiscard]] core::Result<core::Secret> make_key(
        const std::string& user, const std::string& name,
        std::optional<std::chrono::seconds> lifetime = std::nullopt);

private:
    core::SystemClock clock_;
    core::SystemRandom random_;
    std::unique_ptr<Foundation> foundation_;
    std::unique_ptr<identity::Identity> identity_;
};

}  // namespace kapok::app::cli
