// The tree against published values (the reference leaves of Certificate Transparency, with roots
// and proofs of Google's implementation), against the recursive definition of RFC 6962 written out
// here, and against tampering: for every size up to 64 each proof verifies, and no proof does after
// any change of one bit, one size, one index or one hash.

#include "audit/merkle.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "core/random.h"
#include "platform/crypto/encoding.h"

namespace kapok::audit {
namespace {

namespace crypto = platform::crypto;

constexpr std::array kReferenceLeaves{"",
                                      "00",
                                      "10",
                                      "2021",
                                      "3031",
                                      "40414243",
                                      "5051525354555657",
                                      "606162636465666768696a6b6c6d6e6f"};
constexpr std::array kReferenceRoots{
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

std::vector<std::string> hex(const Proof& proof) {
    std::vector<std::string> texts;
    for (const Digest& hash : proof) {
        texts.push_back(crypto::to_hex(hash));
    }
    return texts;
}

using Leaves = std::vector<Digest>;

Leaves reference_leaves() {
    Leaves leaves;
    for (const std::string_view entry : kReferenceLeaves) {
        leaves.push_back(leaf_hash(Suite::Intl, crypto::from_hex(entry).value()));
    }
    return leaves;
}

Leaves random_leaves(Suite suite, std::size_t count) {
    core::SeededRandom random(20'260'402);
    Leaves leaves;
    while (leaves.size() < count) {
        const std::uint64_t entry = random.next();
        leaves.push_back(leaf_hash(suite, std::as_bytes(std::span(&entry, 1))));
    }
    return leaves;
}

// MTH of RFC 6962 section 2.1, as the text has it.
Digest tree_hash(Suite suite, std::span<const Digest> leaves) {
    if (leaves.empty()) {
        return empty_root(suite);
    }
    if (leaves.size() == 1) {
        return leaves.front();
    }
    std::size_t left = 1;
    while (left * 2 < leaves.size()) {
        left *= 2;
    }
    return node_hash(suite, tree_hash(suite, leaves.first(left)),
                     tree_hash(suite, leaves.subspan(left)));
}

TreeHead head(Suite suite, const Leaves& leaves, std::uint64_t size) {
    return {size, tree_hash(suite, std::span(leaves).first(size))};
}

Proof prove(Suite suite, const Leaves& leaves, const std::vector<Range>& ranges) {
    const NodeSource source = [&](Node node) {
        const auto size = std::uint64_t{1} << node.level;
        return tree_hash(suite, std::span(leaves).subspan(node.index * size, size));
    };
    Proof proof;
    for (const Range range : ranges) {
        proof.push_back(range_hash(suite, range, source).value());
    }
    return proof;
}

TEST(MerkleTree, HasTheReferenceRoots) {
    const Leaves leaves = reference_leaves();
    Frontier frontier(Suite::Intl);
    for (std::size_t size = 0; size <= leaves.size(); ++size) {
        EXPECT_EQ(crypto::to_hex(frontier.root()), kReferenceRoots[size]) << size;
        EXPECT_EQ(head(Suite::Intl, leaves, size).root, frontier.root()) << size;
        if (size < leaves.size()) {
            frontier.append(leaves[size]);
        }
    }
}

TEST(MerkleTree, HasTheReferenceProofs) {
    const Leaves leaves = reference_leaves();
    const auto inclusion = [&](std::uint64_t index, std::uint64_t size) {
        return hex(prove(Suite::Intl, leaves, inclusion_ranges(index, size)));
    };
    const auto consistency = [&](std::uint64_t from, std::uint64_t to) {
        return hex(prove(Suite::Intl, leaves, consistency_ranges(from, to)));
    };
    using Texts = std::vector<std::string>;
    const std::string l1 = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7";
    const std::string n23 = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e";
    const std::string n4567 = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4";
    const std::string l4 = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b";
    const std::string n67 = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0";
    const std::string n45 = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a";
    EXPECT_EQ(inclusion(0, 1), Texts{});
    EXPECT_EQ(inclusion(0, 8), (Texts{l1, n23, n4567}));
    EXPECT_EQ(inclusion(5, 8), (Texts{l4, n67, kReferenceRoots[4]}));
    EXPECT_EQ(inclusion(2, 3), (Texts{kReferenceRoots[2]}));
    EXPECT_EQ(inclusion(1, 5), (Texts{kReferenceRoots[1], n23, l4}));
    EXPECT_EQ(consistency(1, 1), Texts{});
    EXPECT_EQ(consistency(1, 8), (Texts{l1, n23, n4567}));
    EXPECT_EQ(consistency(6, 8), (Texts{n45, n67, kReferenceRoots[4]}));
    EXPECT_EQ(consistency(2, 5), (Texts{n23, l4}));
}

// What may vary in a proof: returns each proof that differs from it in one place.
std::vector<Proof> tampered(const Proof& proof) {
    std::vector<Proof> proofs;
    for (std::size_t at = 0; at < proof.size(); ++at) {
        for (const std::size_t bit : {0U, 7U, 129U, 255U}) {
            proofs.push_back(proof);
            proofs.back()[at][bit / 8] ^= std::byte{1} << (bit % 8);
        }
        proofs.push_back(proof);
        proofs.back().erase(proofs.back().begin() + static_cast<std::ptrdiff_t>(at));
        if (at > 0 && proof[at] != proof[at - 1]) {
            proofs.push_back(proof);
            std::swap(proofs.back()[at], proofs.back()[at - 1]);
        }
    }
    proofs.push_back(proof);
    proofs.back().push_back(Digest{});
    proofs.push_back(proof);
    proofs.back().insert(proofs.back().begin(), Digest{});
    return proofs;
}

TreeHead with_flipped_bit(TreeHead head, std::size_t bit) {
    head.root[bit / 8] ^= std::byte{1} << (bit % 8);
    return head;
}

constexpr std::uint64_t kSizeMax = 64;

class MerkleProof : public testing::TestWithParam<Suite> {
protected:
    const Suite suite_ = GetParam();
    const Leaves leaves_ = random_leaves(suite_, kSizeMax + 1);
};

INSTANTIATE_TEST_SUITE_P(Suites, MerkleProof, testing::Values(Suite::Intl, Suite::Sm));

TEST_P(MerkleProof, ProvesEachLeafInEachSizeAndNothingElse) {
    for (std::uint64_t size = 1; size <= kSizeMax; ++size) {
        const TreeHead tree = head(suite_, leaves_, size);
        for (std::uint64_t index = 0; index < size; ++index) {
            const Digest& leaf = leaves_[index];
            const Proof proof = prove(suite_, leaves_, inclusion_ranges(index, size));
            ASSERT_TRUE(verify_inclusion(suite_, leaf, index, tree, proof)) << index << "/" << size;
            EXPECT_FALSE(verify_inclusion(suite_, leaves_[kSizeMax], index, tree, proof));
            EXPECT_FALSE(
                verify_inclusion(suite_, leaf, index, with_flipped_bit(tree, index % 256), proof));
            for (std::uint64_t other = 0; other <= size; ++other) {
                if (other != index) {
                    EXPECT_FALSE(verify_inclusion(suite_, leaf, other, tree, proof));
                }
            }
        }
    }
}

TEST_P(MerkleProof, RefusesEachTamperedInclusionProof) {
    for (const std::uint64_t size : {1U, 2U, 3U, 6U, 7U, 8U, 13U, 32U, 33U, 63U, 64U}) {
        const TreeHead tree = head(suite_, leaves_, size);
        for (std::uint64_t index = 0; index < size; ++index) {
            const Proof good = prove(suite_, leaves_, inclusion_ranges(index, size));
            for (const Proof& proof : tampered(good)) {
                EXPECT_FALSE(verify_inclusion(suite_, leaves_[index], index, tree, proof));
            }
        }
    }
}

TEST_P(MerkleProof, ProvesThatEachTreeExtendsEachSmallerOneAndNothingElse) {
    for (std::uint64_t to_size = 1; to_size <= kSizeMax; ++to_size) {
        const TreeHead to = head(suite_, leaves_, to_size);
        EXPECT_TRUE(verify_consistency(suite_, head(suite_, leaves_, 0), to, {}));
        for (std::uint64_t size = 1; size <= to_size; ++size) {
            const TreeHead from = head(suite_, leaves_, size);
            const Proof proof = prove(suite_, leaves_, consistency_ranges(size, to_size));
            ASSERT_TRUE(verify_consistency(suite_, from, to, proof)) << size << "/" << to_size;
            EXPECT_FALSE(verify_consistency(suite_, with_flipped_bit(from, size), to, proof));
            EXPECT_FALSE(verify_consistency(suite_, from, with_flipped_bit(to, size), proof));
            if (size < to_size) {
                EXPECT_FALSE(verify_consistency(suite_, to, from, proof));
            }
        }
    }
}

TEST_P(MerkleProof, RefusesEachTamperedConsistencyProof) {
    for (const std::uint64_t to_size : {1U, 2U, 5U, 8U, 21U, 63U, 64U}) {
        const TreeHead to = head(suite_, leaves_, to_size);
        for (std::uint64_t size = 1; size <= to_size; ++size) {
            const TreeHead from = head(suite_, leaves_, size);
            const Proof good = prove(suite_, leaves_, consistency_ranges(size, to_size));
            for (const Proof& proof : tampered(good)) {
                EXPECT_FALSE(verify_consistency(suite_, from, to, proof)) << size << to_size;
            }
        }
    }
}

TEST_P(MerkleProof, RefusesANonsensicalEmptyTree) {
    const TreeHead to = head(suite_, leaves_, 5);
    EXPECT_FALSE(verify_consistency(suite_, {0, leaves_[0]}, to, {}));
    EXPECT_FALSE(verify_consistency(suite_, head(suite_, leaves_, 0), to, Proof{leaves_[0]}));
    EXPECT_FALSE(verify_inclusion(suite_, leaves_[0], 0, head(suite_, leaves_, 0), {}));
}

TEST_P(MerkleProof, KeepsItsFrontierThroughStorage) {
    Frontier frontier(suite_);
    for (std::uint64_t size = 0; size <= kSizeMax; ++size) {
        const auto restored = Frontier::restore(suite_, size, frontier.hashes());
        ASSERT_TRUE(restored.has_value());
        EXPECT_EQ(restored->root(), head(suite_, leaves_, size).root);
        EXPECT_FALSE(Frontier::restore(suite_, size ^ 32U, frontier.hashes()).has_value());
        frontier.append(leaves_[size]);
    }
}

TEST(MerkleTree, PlansProofsOfLogarithmicSize) {
    constexpr std::uint64_t kHuge = 1'000'000'007;
    for (const std::uint64_t index : {0UL, 1UL, 123'456'789UL, kHuge - 1}) {
        const auto ranges = inclusion_ranges(index, kHuge);
        EXPECT_LE(ranges.size(), 30U);
        std::size_t nodes = 0;
        for (const Range range : ranges) {
            nodes += perfect_nodes(range).size();
        }
        EXPECT_LE(nodes, 60U);
    }
    EXPECT_LE(consistency_ranges(123'456'789, kHuge).size(), 31U);
}

}  // namespace
}  // namespace kapok::audit
