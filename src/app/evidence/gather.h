#pragma once

// Collects what a bundle says and what proves it, in one view of the database, so that all of it
// fits together. Who may ask is decided before, by evidence_service.h.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/evidence/bundle.h"
#include "compute/grade/grade.h"
#include "core/result.h"
#include "platform/crypto/hash.h"
#include "platform/db/database.h"

namespace kapok::app::evidence {

struct GatherRequest {
    Header header;
    platform::crypto::Suite suite = platform::crypto::Suite::Intl;
    std::vector<compute::GradeRules> rules;  // Those that grades were ever made with.
    bool sees_all_accounts = false;
    // The size of a checkpoint that the asker has kept; else the last one before the period.
    std::optional<std::uint64_t> kept;
    // Do without what the log does not cover yet, rather than kNotCovered.
    bool hurry = false;
};

[[nodiscard]] core::Result<Bundle> gather(platform::db::Reader& reader,
                                          const GatherRequest& request);

}  // namespace kapok::app::evidence
