#include "compute/sites.h"

#include <algorithm>
#include <map>

namespace kapok::compute {

NodeState state_of(const Node& node, core::Timestamp now,
                   std::chrono::milliseconds heartbeat_limit) noexcept {
    if (node.wish == NodeWish::Down) {
        return NodeState::Down;
    }
    if (now - node.last_seen_at > heartbeat_limit) {
        return NodeState::Unreachable;
    }
    return node.wish == NodeWish::Draining ? NodeState::Draining : NodeState::Up;
}

std::vector<AcceleratorPool> pools_of(const Inventory& inventory) {
    std::map<std::string, std::int64_t> counts;
    for (const Accelerator& card : inventory.accelerators) {
        counts[card.model] += card.healthy ? 1 : 0;
    }
    std::vector<AcceleratorPool> pools;
    for (const auto& [model, count] : counts) {
        if (count > 0) {
            pools.push_back({model, count});
        }
    }
    return pools;
}

}  // namespace kapok::compute
