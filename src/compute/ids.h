#pragma once

// What compute's things are called. An attempt has no id of its own: it is a job and a number.

#include <string_view>

#include "core/id.h"

namespace kapok::compute {

struct SiteTag {
    static constexpr std::string_view kPrefix = "site";
};
struct NodeTag {
    static constexpr std::string_view kPrefix = "node";
};
struct JobTag {
    static constexpr std::string_view kPrefix = "job";
};
struct MeasurementTag {
    static constexpr std::string_view kPrefix = "msr";
};

using SiteId = core::Id<SiteTag>;
using NodeId = core::Id<NodeTag>;
using JobId = core::Id<JobTag>;
using MeasurementId = core::Id<MeasurementTag>;

}  // namespace kapok::compute
