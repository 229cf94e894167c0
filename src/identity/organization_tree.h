#pragma once

// The organizations as a tree: who is above whom. Immutable, so that it is shared between threads
// without locks; a change makes a new one.

#include <cstddef>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "core/id.h"
#include "core/result.h"
#include "identity/types.h"

namespace kapok::identity {

class OrganizationTree {
public:
    struct Node {
        core::OrganizationId id;
        std::optional<core::OrganizationId> parent;
        Status status = Status::Active;
    };

    OrganizationTree() = default;  // Empty: before the first administrator was made.

    // Refuses (kBrokenTree) a cycle, an unknown parent, two roots, a double and a depth beyond
    // kTreeDepthMax. Nodes may come in any order.
    [[nodiscard]] static core::Result<OrganizationTree> create(std::span<const Node> nodes);

    [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
    [[nodiscard]] bool contains(core::OrganizationId id) const { return entries_.contains(id); }
    // Must not be empty.
    [[nodiscard]] core::OrganizationId root() const noexcept { return root_; }

    // From its parent up to the root; nothing for the root and for an unknown one.
    [[nodiscard]] std::vector<core::OrganizationId> ancestors(core::OrganizationId id) const;
    // It and all below it, parents before their children; nothing for an unknown one.
    [[nodiscard]] std::vector<core::OrganizationId> subtree(core::OrganizationId id) const;
    // Whether it and all above it are active.
    [[nodiscard]] bool is_active(core::OrganizationId id) const;
    // Whether `id` is `top` or below it.
    [[nodiscard]] bool is_within(core::OrganizationId id, core::OrganizationId top) const;

    // Why `id` cannot move below `parent`: it would be its own ancestor (kTreeCycle), or too deep
    // (kTreeTooDeep). `id` may be new.
    [[nodiscard]] core::Result<void> check_parent(core::OrganizationId id,
                                                  core::OrganizationId parent) const;

private:
    struct Entry {
        std::optional<core::OrganizationId> parent;
        Status status = Status::Active;
        std::vector<core::OrganizationId> children;
    };

    [[nodiscard]] std::size_t height(core::OrganizationId id) const;

    std::unordered_map<core::OrganizationId, Entry> entries_;
    core::OrganizationId root_;
};

}  // namespace kapok::identity
