#include "identity/organization_tree.h"

#include <algorithm>
#include <string>

#include "identity/errors.h"
#include "identity/limits.h"

namespace kapok::identity {
namespace {

bool has_id(const std::vector<core::OrganizationId>& ids, core::OrganizationId id) {
    return std::ranges::find(ids, id) != ids.end();
}

}  // namespace

core::Result<OrganizationTree> OrganizationTree::create(std::span<const Node> nodes) {
    OrganizationTree tree;
    std::size_t roots = 0;
    for (const Node& node : nodes) {
        if (!tree.entries_.try_emplace(node.id, Entry{node.parent, node.status, {}}).second) {
            return core::fail(kBrokenTree, {{"organization", node.id.text()}});
        }
        if (!node.parent) {
            tree.root_ = node.id;
            ++roots;
        }
    }
    for (const Node& node : nodes) {
        if (node.parent) {
            const auto parent = tree.entries_.find(*node.parent);
            if (parent == tree.entries_.end()) {
                return core::fail(kBrokenTree, {{"organization", node.id.text()}});
            }
            parent->second.children.push_back(node.id);
        }
    }
    for (auto& [id, entry] : tree.entries_) {
        std::ranges::sort(entry.children);
    }
    // A cycle is cut off from the root, so what the root does not reach is in one or below one.
    const bool reached = roots == 1 && tree.subtree(tree.root_).size() == nodes.size();
    if (!nodes.empty() && (!reached || tree.height(tree.root_) > kTreeDepthMax)) {
        return core::fail(kBrokenTree, {{"organization", nodes.front().id.text()}});
    }
    return tree;
}

std::vector<core::OrganizationId> OrganizationTree::ancestors(core::OrganizationId id) const {
    std::vector<core::OrganizationId> above;
    for (auto entry = entries_.find(id); entry != entries_.end();) {
        const auto& parent = entry->second.parent;
        if (!parent) {
            break;
        }
        above.push_back(*parent);
        entry = entries_.find(*parent);
    }
    return above;
}

std::vector<core::OrganizationId> OrganizationTree::subtree(core::OrganizationId id) const {
    std::vector<core::OrganizationId> found;
    if (contains(id)) {
        found.push_back(id);
    }
    for (std::size_t i = 0; i < found.size(); ++i) {
        const auto& children = entries_.at(found[i]).children;
        found.insert(found.end(), children.begin(), children.end());
    }
    return found;
}

bool OrganizationTree::is_active(core::OrganizationId id) const {
    const auto active = [this](core::OrganizationId one) {
        const auto entry = entries_.find(one);
        return entry != entries_.end() && entry->second.status == Status::Active;
    };
    return active(id) && std::ranges::all_of(ancestors(id), active);
}

bool OrganizationTree::is_within(core::OrganizationId id, core::OrganizationId top) const {
    return contains(id) && (id == top || has_id(ancestors(id), top));
}

core::Result<void> OrganizationTree::check_parent(core::OrganizationId id,
                                                  core::OrganizationId parent) const {
    if (is_within(parent, id)) {
        return core::fail(kTreeCycle, {{"organization", id.text()}, {"parent", parent.text()}});
    }
    const std::size_t depth = ancestors(parent).size() + 1;
    if (depth + std::max<std::size_t>(height(id), 1) > kTreeDepthMax) {
        return core::fail(kTreeTooDeep, {{"limit", std::to_string(kTreeDepthMax)}});
    }
    return {};
}

std::size_t OrganizationTree::height(core::OrganizationId id) const {
    std::size_t most = 0;
    const std::size_t above = ancestors(id).size();
    for (const auto& below : subtree(id)) {
        most = std::max(most, ancestors(below).size() - above + 1);
    }
    return most;
}

}  // namespace kapok::identity
