#pragma once

// What the database holds: is it reachable and of this program's schema, does the audit log's end
// prove itself, do the books balance, which certificates end, what waits. Reads only: nothing is
// migrated, and a server may be at work meanwhile.

#include <filesystem>

#include "app/doctor/finding.h"
#include "core/clock.h"
#include "platform/config/config.h"

namespace kapok::app::doctor {

struct Asked {
    bool serving = false;  // A server answers.
    bool whole = false;    // Log and book from their beginnings; takes time in proportion to them.
};
void check_database(Findings& findings, const platform::config::Config& config,
                    const std::filesystem::path& data, const core::Clock& clock, Asked asked);

}  // namespace kapok::app::doctor
