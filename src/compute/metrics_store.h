#pragma once

// What metrics read of compute's own tables.

#include <functional>
#include <map>
#include <set>
#include <string>

#include "compute/sites_store.h"
#include "core/principal.h"
#include "core/result.h"

namespace kapok::compute::store {

struct MeasurementMark {
    MeasurementId id;
    NodeId node;
    core::OrganizationId organization;
    std::string grade;  // JSON of Grade.
    core::Timestamp received_at;
};
// Received after `after`, up to and with `upto`; equal times in the order in which they were kept.
[[nodiscard]] core::Result<void> visit_measurements(
    Reader& reader, const core::Scope& scope, core::Timestamp after, core::Timestamp upto,
    const std::function<void(const MeasurementMark&)>& visit);

// The text ids of the jobs that serve until they are stopped; a job is one from its start or never.
[[nodiscard]] core::Result<std::set<std::string>> service_jobs(Reader& reader);

[[nodiscard]] core::Result<std::map<SiteId, std::string>> site_names(Reader& reader);

}  // namespace kapok::compute::store
