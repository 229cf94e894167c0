// Trees by example, and a property: random parent links are taken if and only if they are a tree.

#include "identity/organization_tree.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "core/random.h"
#include "identity/errors.h"
#include "identity/limits.h"

namespace kapok::identity {
namespace {

using Node = OrganizationTree::Node;

core::OrganizationId organization(std::uint8_t number) {
    core::Uuid uuid;
    uuid.bytes[15] = number;
    return core::OrganizationId(uuid);
}

Node node(std::uint8_t number, std::uint8_t parent, Status status = Status::Active) {
    return {organization(number), parent == 0 ? std::nullopt : std::optional(organization(parent)),
            status};
}

// 1 is the root; 2 and 3 below it; 4 below 2; 5 below 4.
OrganizationTree sample() {
    const std::vector nodes{node(5, 4), node(4, 2), node(1, 0), node(3, 1), node(2, 1)};
    return OrganizationTree::create(nodes).value();
}

TEST(OrganizationTree, KnowsWhoIsAboveAndBelow) {
    const OrganizationTree tree = sample();
    EXPECT_EQ(tree.root(), organization(1));
    EXPECT_EQ(tree.ancestors(organization(5)),
              (std::vector{organization(4), organization(2), organization(1)}));
    EXPECT_EQ(tree.subtree(organization(2)),
              (std::vector{organization(2), organization(4), organization(5)}));
    EXPECT_TRUE(tree.is_within(organization(5), organization(2)));
    EXPECT_FALSE(tree.is_within(organization(3), organization(2)));
    EXPECT_TRUE(tree.ancestors(organization(9)).empty());
    EXPECT_TRUE(tree.subtree(organization(9)).empty());
}

TEST(OrganizationTree, SuspendsAllBelow) {
    const std::vector nodes{node(1, 0), node(2, 1, Status::Suspended), node(3, 2), node(4, 1)};
    const auto tree = OrganizationTree::create(nodes).value();
    EXPECT_TRUE(tree.is_active(organization(1)));
    EXPECT_FALSE(tree.is_active(organization(2)));
    EXPECT_FALSE(tree.is_active(organization(3)));
    EXPECT_TRUE(tree.is_active(organization(4)));
    EXPECT_FALSE(tree.is_active(organization(9)));
}

TEST(OrganizationTree, RefusesWhatIsNoTree) {
    const std::vector<std::vector<Node>> examples{
        {node(1, 0), node(2, 0)},              // Two roots.
        {node(1, 2), node(2, 1)},              // No root.
        {node(1, 0), node(2, 3), node(3, 2)},  // A cycle beside the root.
        {node(1, 0), node(2, 9)},              // An unknown parent.
        {node(1, 0), node(2, 1), node(2, 1)},  // A double.
        {node(1, 0), node(2, 2)},              // Its own parent.
    };
    for (const auto& nodes : examples) {
        EXPECT_EQ(OrganizationTree::create(nodes).error().code(), kBrokenTree);
    }
    EXPECT_TRUE(OrganizationTree::create({}).value().empty());
}

TEST(OrganizationTree, RefusesAMoveThatMakesACycle) {
    const OrganizationTree tree = sample();
    EXPECT_EQ(tree.check_parent(organization(2), organization(5)).error().code(), kTreeCycle);
    EXPECT_EQ(tree.check_parent(organization(2), organization(2)).error().code(), kTreeCycle);
    EXPECT_TRUE(tree.check_parent(organization(5), organization(3)).has_value());
}

TEST(OrganizationTree, HasALimitedDepth) {
    std::vector<Node> nodes{node(1, 0)};
    for (std::uint8_t i = 2; i <= kTreeDepthMax; ++i) {
        nodes.push_back(node(i, static_cast<std::uint8_t>(i - 1)));
    }
    const auto tree = OrganizationTree::create(nodes).value();
    EXPECT_TRUE(tree.check_parent(organization(99), organization(kTreeDepthMax - 1)).has_value());
    EXPECT_EQ(tree.check_parent(organization(99), organization(kTreeDepthMax)).error().code(),
              kTreeTooDeep);
    nodes.push_back(node(99, kTreeDepthMax));
    EXPECT_EQ(OrganizationTree::create(nodes).error().code(), kBrokenTree);
}

// Walks up from each node; a tree is where all walks end at the one root.
bool is_tree(const std::vector<Node>& nodes) {
    for (const Node& start : nodes) {
        std::size_t steps = 0;
        for (auto at = start; at.parent; ++steps) {
            const auto up = std::ranges::find(nodes, *at.parent, &Node::id);
            if (up == nodes.end() || steps > nodes.size()) {
                return false;
            }
            at = *up;
        }
    }
    return std::ranges::count_if(nodes, [](const Node& one) { return !one.parent; }) == 1;
}

TEST(OrganizationTree, TakesExactlyTrees) {
    core::SeededRandom random(4);
    int taken = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::vector<Node> nodes;
        const auto size = static_cast<std::uint8_t>(1 + random.below(6));
        for (std::uint8_t i = 1; i <= size; ++i) {
            nodes.push_back(node(i, static_cast<std::uint8_t>(random.below(size + 1U))));
        }
        const auto tree = OrganizationTree::create(nodes);
        ASSERT_EQ(tree.has_value(), is_tree(nodes)) << "round " << round;
        taken += tree ? 1 : 0;
    }
    EXPECT_GT(taken, 1'000);
}

// Property: a move that check_parent allows leaves a tree, one that it refuses would not.
TEST(OrganizationTree, ChecksMovesExactly) {
    core::SeededRandom random(5);
    for (int round = 0; round < 5'000; ++round) {
        std::vector<Node> nodes{node(1, 0)};
        const auto size = static_cast<std::uint8_t>(2 + random.below(8));
        for (std::uint8_t i = 2; i <= size; ++i) {
            nodes.push_back(node(i, static_cast<std::uint8_t>(1 + random.below(i - 1U))));
        }
        const auto tree = OrganizationTree::create(nodes).value();
        const std::size_t moved = 1 + random.below(size - 1U);
        const auto target = static_cast<std::uint8_t>(1 + random.below(size));
        const bool allowed = tree.check_parent(nodes[moved].id, organization(target)).has_value();
        nodes[moved].parent = organization(target);
        ASSERT_EQ(allowed, OrganizationTree::create(nodes).has_value()) << "round " << round;
    }
}

}  // namespace
}  // namespace kapok::identity
