#pragma once

// The entrance for who wants a bundle: whoever may see the project's bill may have its evidence.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "app/evidence/limits.h"
#include "compute/grade/grade.h"
#include "core/clock.h"
#include "core/principal.h"
#include "core/result.h"
#include "identity/directory.h"
#include "platform/crypto/keys.h"
#include "platform/db/database.h"

namespace kapok::app::evidence {

struct EvidenceRequest {
    core::ProjectId project;
    core::Timestamp from;
    core::Timestamp to;
    std::optional<std::uint64_t> kept;  // Size of a checkpoint that the caller has kept.
};

class EvidenceService {
public:
    struct Setting {
        platform::db::Database& database;
        identity::Directory& directory;
        const core::Clock& clock;
        std::string origin;  // Of the audit log.
        platform::crypto::PrivateKey signer;
        std::vector<compute::GradeRules> rules;  // All that grades were ever made with.
        int waits = kWaitsMax;                   // For the log, before it goes without.
    };

    // The references outlive the service.
    explicit EvidenceService(Setting setting) : setting_(std::move(setting)) {}

    // The bytes of a bundle. Waits a little for the log to cover what happened just before.
    [[nodiscard]] boost::asio::awaitable<core::Result<std::string>> export_bundle(
        core::Principal caller, EvidenceRequest request);

private:
    Setting setting_;
};

}  // namespace kapok::app::evidence
