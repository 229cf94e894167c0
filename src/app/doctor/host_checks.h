#pragma once

// What the host gives: room and speed on the disk, a clock that is right, ports, and files of keys
// that nobody else reads. Nothing is changed, but for a file that is written and removed to time
// the disk.

#include <chrono>
#include <filesystem>
#include <string>

#include "app/doctor/finding.h"
#include "core/clock.h"
#include "platform/config/config.h"

namespace kapok::app::doctor {

// `data` is there.
void check_disk(Findings& findings, const std::filesystem::path& data);
void check_clock(Findings& findings);
void check_keys(Findings& findings, const platform::config::Config& config,
                const std::filesystem::path& data);
// Whether the listeners' ports are free or the server's own (`serving`).
void check_ports(Findings& findings, const platform::config::Config& config, bool serving);
void check_tls(Findings& findings, const platform::config::Config& config, core::Timestamp now);
void check_engine(Findings& findings);
void check_isolation(Findings& findings);

// How long a certificate lasts: shared with the agent's.
struct Expiry {
    std::string check;
    core::Timestamp until;
    core::Timestamp now;
    std::chrono::hours soon;  // Before its end; then it is to be worried about.
    Text remedy;
};
void check_expiry(Findings& findings, const Expiry& expiry);

}  // namespace kapok::app::doctor
