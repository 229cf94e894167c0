#pragma once

// The Merkle tree in the database, in tiles of 256 hashes (C2SP tlog-tiles): tile `position` of
// tile level `level` holds the nodes of height 8 * level from 256 * position on. Complete tiles
// never change. A proof in a log of n events reads at most 2 * log256(n) tiles.

#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "audit/merkle.h"
#include "core/result.h"
#include "platform/db/database.h"

namespace kapok::audit {

inline constexpr unsigned kTileHeight = 8;
inline constexpr std::uint64_t kTileWidth = std::uint64_t{1} << kTileHeight;

// Adds the leaves from leaf number `first` on.
[[nodiscard]] core::Result<void> append_leaves(platform::db::Transaction& transaction, Suite suite,
                                               std::uint64_t first, std::span<const Digest> leaves);

// Finds nodes, keeping the tiles that it has read; for one view of the database.
class TileReader {
public:
    TileReader(platform::db::Reader& reader, Suite suite) noexcept
        : reader_(reader), suite_(suite) {}

    // kDamagedLog if the tree is not that large.
    [[nodiscard]] core::Result<Digest> node(Node node);
    [[nodiscard]] core::Result<Digest> root(std::uint64_t size);
    [[nodiscard]] core::Result<Proof> hashes(std::span<const Range> ranges);
    [[nodiscard]] std::size_t tiles_read() const noexcept { return tiles_.size(); }

private:
    using Position = std::pair<std::uint64_t, std::uint64_t>;  // Tile level, position.

    [[nodiscard]] core::Result<std::span<const Digest>> tile(Position position);

    platform::db::Reader& reader_;
    Suite suite_;
    std::map<Position, std::vector<Digest>> tiles_;
};

}  // namespace kapok::audit
