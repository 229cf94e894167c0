#pragma once

// The Merkle tree of RFC 6962 (and RFC 9162, which kept it), as pure functions. A leaf's hash is
// H(0x00 || entry), a node's is H(0x01 || left || right), an empty tree's root is H(""); H is the
// suite's digest. A tree of n leaves is split at the largest power of two below n.
//
// A proof is a list of the hashes of subtrees. Which subtrees they are depends on sizes alone, so
// the planning functions give ranges of leaves, `range_hash` finds each from stored perfect nodes,
// and the verifiers need nothing but the proof.

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "core/result.h"
#include "platform/crypto/hash.h"

namespace kapok::audit {

using platform::crypto::Digest;
using platform::crypto::Suite;

[[nodiscard]] Digest leaf_hash(Suite suite, std::span<const std::byte> entry);
[[nodiscard]] Digest node_hash(Suite suite, const Digest& left, const Digest& right);
[[nodiscard]] Digest empty_root(Suite suite);

// A perfect subtree: `level` 0 are leaves, and node `index` covers the leaves from
// index * 2^level on.
struct Node {
    unsigned level = 0;
    std::uint64_t index = 0;

    friend bool operator==(const Node&, const Node&) = default;
};

// The leaves from `begin` to before `end`.
struct Range {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;

    friend bool operator==(const Range&, const Range&) = default;
};

// The perfect subtrees that a subtree of the log is made of, from left to right, the largest first.
// `range.begin` must be a multiple of the first one's size, as it is in every range of a proof.
[[nodiscard]] std::vector<Node> perfect_nodes(Range range);

// Gives the hash of a stored node.
using NodeSource = std::function<core::Result<Digest>(Node)>;

[[nodiscard]] core::Result<Digest> range_hash(Suite suite, Range range, const NodeSource& source);

// The right edge of a tree: all that is needed to append to it and to know its root.
class Frontier {
public:
    explicit Frontier(Suite suite) noexcept : suite_(suite) {}
    // `hashes` are those of perfect_nodes({0, size}); nothing if there are more or fewer.
    [[nodiscard]] static std::optional<Frontier> restore(Suite suite, std::uint64_t size,
                                                         std::span<const Digest> hashes);

    void append(const Digest& leaf);

    [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
    [[nodiscard]] std::span<const Digest> hashes() const noexcept { return hashes_; }
    [[nodiscard]] Digest root() const;

private:
    Suite suite_;
    std::uint64_t size_ = 0;
    std::vector<Digest> hashes_;
};

using Proof = std::vector<Digest>;

// The subtrees whose hashes prove that leaf `index` is in a tree of `size`, `index` < `size`.
[[nodiscard]] std::vector<Range> inclusion_ranges(std::uint64_t index, std::uint64_t size);
// The subtrees whose hashes prove that a tree of `to` begins with one of `from`,
// 0 < `from` <= `to`.
[[nodiscard]] std::vector<Range> consistency_ranges(std::uint64_t from, std::uint64_t to);

struct TreeHead {
    std::uint64_t size = 0;
    Digest root{};

    friend bool operator==(const TreeHead&, const TreeHead&) = default;
};

// RFC 9162 section 2.1.3.2.
[[nodiscard]] bool verify_inclusion(Suite suite, const Digest& leaf, std::uint64_t index,
                                    const TreeHead& head, std::span<const Digest> proof);
// RFC 9162 section 2.1.4.2. Every tree begins with the empty one; that proof is empty.
[[nodiscard]] bool verify_consistency(Suite suite, const TreeHead& from, const TreeHead& to,
                                      std::span<const Digest> proof);

}  // namespace kapok::audit
