#include "compute/fleet.h"
#include "compute/sql/rows.h"

namespace kapok::compute {
namespace {

using platform::db::Reader;
using sql::Row;

constexpr std::string_view kJobs =
    "select state, count(*) from compute_job where state in (?, ?, ?) group by state";
constexpr std::string_view kWaitsSince = "select min(updated_at) from compute_job where state = ?";
constexpr std::string_view kNodes =
    "select n.id, n.name, s.name, n.wish, n.last_seen_at from compute_node n "
    "join compute_site s on s.id = n.site_id order by n.last_seen_at, n.number";

std::string_view state_name(JobState state) {
    return sql::name_of(state, kJobStateNames);
}

}  // namespace

core::Result<Fleet> read_fleet(Reader& reader, core::Timestamp now,
                               std::chrono::milliseconds heartbeat_limit) {
    Fleet fleet;
    const auto jobs =
        reader.query(kJobs,
                     {state_name(JobState::Queued), state_name(JobState::Dispatched),
                      state_name(JobState::Running)},
                     [&](const Row& row) {
                         const auto state = sql::enum_of<JobState>(row.text(0), kJobStateNames);
                         fleet.jobs.at(static_cast<std::size_t>(state)) = row.integer(1);
                     });
    if (!jobs) {
        return std::unexpected(jobs.error());
    }
    const auto waits = reader.find(kWaitsSince, {state_name(JobState::Queued)},
                                   [](const Row& row) { return row.time_if(0); });
    if (!waits) {
        return std::unexpected(waits.error());
    }
    fleet.waits_since = waits->value_or(std::nullopt);
    auto nodes = reader.list(kNodes, {}, [&](const Row& row) {
        Node node;
        node.wish = sql::enum_of<NodeWish>(row.text(3), kNodeWishNames);
        node.last_seen_at = row.time(4);
        return NodeSign{row.id<NodeId>(0), std::string(row.text(1)), std::string(row.text(2)),
                        state_of(node, now, heartbeat_limit), node.last_seen_at};
    });
    if (!nodes) {
        return std::unexpected(nodes.error());
    }
    fleet.nodes = *std::move(nodes);
    return fleet;
}

}  // namespace kapok::compute
