#pragma once

// How compute's things look in JSON.

#include <boost/json/object.hpp>

#include "compute/job_service.h"
#include "compute/site_service.h"
#include "core/result.h"

namespace kapok::compute {

[[nodiscard]] boost::json::object summary_json(const Job& job);
[[nodiscard]] boost::json::object job_json(const JobView& view, core::Language language);
// `language` is that of the reason's sentence.
[[nodiscard]] boost::json::object decision_json(const KeptDecision& decision,
                                                core::Language language);
[[nodiscard]] boost::json::object decision_record_json(const DecisionView& view,
                                                       core::Language language);
[[nodiscard]] boost::json::object artifact_json(const Artifact& artifact);
[[nodiscard]] boost::json::object site_json(const Site& site);
[[nodiscard]] boost::json::object node_json(const NodeView& view);
[[nodiscard]] boost::json::object measurement_json(const StoredMeasurement& measurement);

}  // namespace kapok::compute
