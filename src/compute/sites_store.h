#pragma once

// Where sites, nodes and measurements are kept. What is outside of a scope is not there.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compute/sites.h"
#include "core/page.h"
#include "core/principal.h"
#include "core/result.h"
#include "platform/db/database.h"

namespace kapok::compute::store {

using platform::db::Reader;
using platform::db::Transaction;

// False if the id or the name is taken.
[[nodiscard]] core::Result<bool> insert_site(Transaction& transaction, const Site& site);
[[nodiscard]] core::Result<std::optional<Site>> find_site(Reader& reader, const core::Scope& scope,
                                                          SiteId id);
[[nodiscard]] core::Result<std::optional<Site>> find_site(Reader& reader,
                                                          core::OrganizationId organization,
                                                          std::string_view name);
struct SiteFilter {
    std::optional<core::OrganizationId> organization = {};
    std::optional<std::string> name = {};
    std::optional<std::string> region = {};
};
[[nodiscard]] core::Result<core::Page<Site>> list_sites(Reader& reader, const core::Scope& scope,
                                                        const SiteFilter& filter,
                                                        const core::Window& window);

// False if the id is taken.
[[nodiscard]] core::Result<bool> insert_node(Transaction& transaction, const Node& node);
// Everything but id, site, organization and when it was made; the version goes up by one.
[[nodiscard]] core::Result<void> update_node(Transaction& transaction, const Node& node);
// The heartbeat, without a new version.
[[nodiscard]] core::Result<void> touch_node(Transaction& transaction, NodeId id,
                                            core::Timestamp seen_at, std::int64_t report_sequence);
[[nodiscard]] core::Result<std::optional<Node>> find_node(Reader& reader, const core::Scope& scope,
                                                          NodeId id);
struct NodeFilter {
    std::optional<SiteId> site = {};
    std::optional<NodeState> state = {};
    std::optional<NodeWish> wish = {};
    core::Timestamp silent_before = {};  // Those last seen before this do not answer.
};
[[nodiscard]] core::Result<core::Page<Node>> list_nodes(Reader& reader, const core::Scope& scope,
                                                        const NodeFilter& filter,
                                                        const core::Window& window);
// All there are, in order of id: for the planner.
[[nodiscard]] core::Result<std::vector<Node>> all_nodes(Reader& reader);

// False if the id is taken.
[[nodiscard]] core::Result<bool> insert_measurement(Transaction& transaction,
                                                    const StoredMeasurement& measurement);
[[nodiscard]] core::Result<std::optional<StoredMeasurement>> find_measurement(
    Reader& reader, const core::Scope& scope, MeasurementId id);
[[nodiscard]] core::Result<core::Page<StoredMeasurement>> list_measurements(
    Reader& reader, const core::Scope& scope, NodeId node, const core::Window& window);

}  // namespace kapok::compute::store
