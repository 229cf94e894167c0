#pragma once

// What operators do with sites and nodes, and what everybody may see of them: capacity,
// measurements and grades are public to whoever is signed in to an organization above.

#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "compute/context.h"
#include "compute/sites_store.h"

namespace kapok::compute {

struct NewSite {
    Naming<SiteId> naming;
    core::OrganizationId organization;
    std::string name;
    std::string region;
};

// A node with what it is doing.
struct NodeView {
    Node node;
    NodeState state = NodeState::Up;
    Demand used;  // By what is alive on it.
    std::int64_t attempts = 0;
};

class SiteService {
public:
    template <class T>
    using Answer = boost::asio::awaitable<core::Result<T>>;

    explicit SiteService(Context& context) noexcept : context_(context) {}

    Answer<Made<Site>> create(core::Principal caller, NewSite request);
    Answer<Site> get(core::Principal caller, SiteId id);
    Answer<core::Page<Site>> list(core::Principal caller, store::SiteFilter filter,
                                  core::Window window);

    Answer<NodeView> get_node(core::Principal caller, NodeId id);
    Answer<core::Page<NodeView>> list_nodes(core::Principal caller, store::NodeFilter filter,
                                            core::Window window);
    // Draining: what runs ends, nothing new begins. Down: nothing begins.
    Answer<NodeView> set_wish(core::Principal caller, NodeId id, NodeWish wish,
                              std::optional<std::int64_t> if_version);
    // For a machine that will never answer again: its operator vouches that nothing runs on it, and
    // what was alive there is lost. Refused while it answers.
    Answer<NodeView> declare_lost(core::Principal caller, NodeId id);

    // Asks the node to measure itself; the result comes as a report.
    Answer<MeasurementId> measure(core::Principal caller, NodeId id, std::string effort,
                                  std::optional<identity::IdempotencyKey> key = {});
    Answer<core::Page<StoredMeasurement>> list_measurements(core::Principal caller, NodeId node,
                                                            core::Window window);
    Answer<StoredMeasurement> get_measurement(core::Principal caller, MeasurementId id);

private:
    // The node, if the caller may do `action` to it.
    core::Result<Node> node_for(platform::db::Reader& reader, const core::Principal& caller,
                                identity::Action action, NodeId id) const;
    core::Result<NodeView> view(platform::db::Reader& reader, Node node) const;

    Context& context_;
};

}  // namespace kapok::compute
