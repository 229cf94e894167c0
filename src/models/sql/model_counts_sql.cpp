#include <algorithm>
#include <string_view>

#include "models/model_counts.h"

namespace kapok::models {
namespace {

using platform::db::Reader;
using platform::db::Row;

constexpr std::string_view kCallsOpen = "select count(*) from models_call";
constexpr std::string_view kDeployments =
    "select state, count(*) from models_deployment group by state";

}  // namespace

core::Result<ModelCounts> count_models(Reader& reader) {
    ModelCounts counts;
    const auto open = reader.find(kCallsOpen, {}, [](const Row& row) { return row.integer(0); });
    if (!open) {
        return std::unexpected(open.error());
    }
    counts.calls_open = open->value_or(0);
    const auto done = reader.query(kDeployments, {}, [&](const Row& row) {
        const auto state = std::ranges::find(kDeploymentStateNames, row.text(0));
        if (state != kDeploymentStateNames.end()) {
            counts.deployments.at(static_cast<std::size_t>(state - kDeploymentStateNames.begin())) =
                row.integer(1);
        }
    });
    if (!done) {
        return std::unexpected(done.error());
    }
    return counts;
}

}  // namespace kapok::models
