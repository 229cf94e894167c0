#include "audit/merkle.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <string_view>

namespace kapok::audit {

namespace crypto = platform::crypto;

namespace {

constexpr std::byte kLeafPrefix{0};
constexpr std::byte kNodePrefix{1};

// The size of the left part of a tree of `size` > 1.
std::uint64_t split(std::uint64_t size) {
    return std::bit_floor(size - 1);
}

}  // namespace

Digest leaf_hash(Suite suite, std::span<const std::byte> entry) {
    std::vector<std::byte> text;
    text.reserve(entry.size() + 1);
    text.push_back(kLeafPrefix);
    text.insert(text.end(), entry.begin(), entry.end());
    return crypto::hash(suite, text);
}

Digest node_hash(Suite suite, const Digest& left, const Digest& right) {
    std::array<std::byte, 1 + 2 * std::tuple_size_v<Digest>> text{kNodePrefix};
    const auto after_left = std::ranges::copy(left, text.begin() + 1).out;
    std::ranges::copy(right, after_left);
    return crypto::hash(suite, text);
}

Digest empty_root(Suite suite) {
    return crypto::hash(suite, {});
}

std::vector<Node> perfect_nodes(Range range) {
    std::vector<Node> nodes;
    while (range.begin < range.end) {
        const std::uint64_t size = std::bit_floor(range.end - range.begin);
        assert((range.begin & (size - 1)) == 0);
        const auto level = static_cast<unsigned>(std::countr_zero(size));
        nodes.push_back({level, range.begin >> level});
        range.begin += size;
    }
    return nodes;
}

core::Result<Digest> range_hash(Suite suite, Range range, const NodeSource& source) {
    const auto nodes = perfect_nodes(range);
    std::optional<Digest> hash;
    for (auto node = nodes.rbegin(); node != nodes.rend(); ++node) {
        const auto left = source(*node);
        if (!left) {
            return left;
        }
        hash = hash ? node_hash(suite, *left, *hash) : *left;
    }
    return hash ? *hash : empty_root(suite);
}

std::optional<Frontier> Frontier::restore(Suite suite, std::uint64_t size,
                                          std::span<const Digest> hashes) {
    if (static_cast<std::size_t>(std::popcount(size)) != hashes.size()) {
        return std::nullopt;
    }
    Frontier frontier(suite);
    frontier.size_ = size;
    frontier.hashes_.assign(hashes.begin(), hashes.end());
    return frontier;
}

// As adding 1 carries through the low bits that are set, so equal perfect subtrees merge.
void Frontier::append(const Digest& leaf) {
    Digest hash = leaf;
    for (std::uint64_t rest = size_; (rest & 1U) != 0; rest >>= 1U) {
        hash = node_hash(suite_, hashes_.back(), hash);
        hashes_.pop_back();
    }
    hashes_.push_back(hash);
    ++size_;
}

Digest Frontier::root() const {
    if (hashes_.empty()) {
        return empty_root(suite_);
    }
    Digest root = hashes_.back();
    for (auto left = hashes_.rbegin() + 1; left != hashes_.rend(); ++left) {
        root = node_hash(suite_, *left, root);
    }
    return root;
}

// PATH of RFC 6962 section 2.1.1, from the root down, then turned round.
std::vector<Range> inclusion_ranges(std::uint64_t index, std::uint64_t size) {
    assert(index < size);
    std::vector<Range> ranges;
    Range tree{0, size};
    while (tree.end - tree.begin > 1) {
        const std::uint64_t middle = tree.begin + split(tree.end - tree.begin);
        if (index < middle) {
            ranges.push_back({middle, tree.end});
            tree.end = middle;
        } else {
            ranges.push_back({tree.begin, middle});
            tree.begin = middle;
        }
    }
    std::ranges::reverse(ranges);
    return ranges;
}

// SUBPROOF of RFC 6962 section 2.1.2, from the root down, then turned round.
std::vector<Range> consistency_ranges(std::uint64_t from, std::uint64_t to) {
    assert(from > 0 && from <= to);
    std::vector<Range> ranges;
    Range tree{0, to};
    while (tree.end != from) {
        const std::uint64_t middle = tree.begin + split(tree.end - tree.begin);
        if (from <= middle) {
            ranges.push_back({middle, tree.end});
            tree.end = middle;
        } else {
            ranges.push_back({tree.begin, middle});
            tree.begin = middle;
        }
    }
    if (tree.begin != 0) {  // Else the verifier knows this hash: it is the old root.
        ranges.push_back(tree);
    }
    std::ranges::reverse(ranges);
    return ranges;
}

bool verify_inclusion(Suite suite, const Digest& leaf, std::uint64_t index, const TreeHead& head,
                      std::span<const Digest> proof) {
    if (index >= head.size) {
        return false;
    }
    std::uint64_t node = index;
    std::uint64_t last = head.size - 1;
    Digest hash = leaf;
    for (const Digest& sibling : proof) {
        if (last == 0) {
            return false;
        }
        if ((node & 1U) != 0 || node == last) {
            hash = node_hash(suite, sibling, hash);
            while ((node & 1U) == 0 && node != 0) {
                node >>= 1U;
                last >>= 1U;
            }
        } else {
            hash = node_hash(suite, hash, sibling);
        }
        node >>= 1U;
        last >>= 1U;
    }
    return last == 0 && hash == head.root;
}

bool verify_consistency(Suite suite, const TreeHead& from, const TreeHead& to,
                        std::span<const Digest> proof) {
    if (from.size == 0) {
        return proof.empty() && from.root == empty_root(suite);
    }
    if (from.size >= to.size) {
        return proof.empty() && from == to;
    }
    std::uint64_t node = from.size - 1;
    std::uint64_t last = to.size - 1;
    while ((node & 1U) != 0) {
        node >>= 1U;
        last >>= 1U;
    }
    // A perfect old tree is a node of the new one, and its hash is not sent again.
    const bool is_perfect = std::has_single_bit(from.size);
    if (!is_perfect && proof.empty()) {
        return false;
    }
    Digest old_root = is_perfect ? from.root : proof.front();
    Digest new_root = old_root;
    for (const Digest& sibling : proof.subspan(is_perfect ? 0 : 1)) {
        if (last == 0) {
            return false;
        }
        if ((node & 1U) != 0 || node == last) {
            old_root = node_hash(suite, sibling, old_root);
            new_root = node_hash(suite, sibling, new_root);
            while ((node & 1U) == 0 && node != 0) {
                node >>= 1U;
                last >>= 1U;
            }
        } else {
            new_root = node_hash(suite, new_root, sibling);
        }
        node >>= 1U;
        last >>= 1U;
    }
    return last == 0 && old_root == from.root && new_root == to.root;
}

}  // namespace kapok::audit
