#pragma once

// Checks a bundle from its bytes alone: no server, no database, no network, no clock. It calls the
// very functions that the platform decided with (grade, plan, rate), so whoever reads those knows
// what is checked.

#include <optional>
#include <string_view>
#include <vector>

#include "app/evidence/bundle.h"
#include "app/evidence/checks.h"
#include "platform/crypto/keys.h"

namespace kapok::app::evidence {

struct Report {
    std::optional<Header> header;  // Absent if the file is no bundle.
    bool signer_checked = false;
    std::vector<Check> checks;  // In the order of kChecks; only the first if the file is no bundle.

    [[nodiscard]] bool passed() const noexcept;
};

// Without a trusted key the bundle is consistent at best, whoever made it.
[[nodiscard]] Report verify(std::string_view file,
                            const std::optional<platform::crypto::PublicKey>& trusted);

}  // namespace kapok::app::evidence
