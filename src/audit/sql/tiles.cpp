#include "audit/tiles.h"

#include <algorithm>

#include "audit/errors.h"
#include "audit/sql/statements.h"

namespace kapok::audit {

namespace db = platform::db;

namespace {

std::unexpected<core::Error> damaged() {
    return core::fail(kDamagedLog, {{"what", "audit_tile"}});
}

std::vector<Digest> to_digests(const db::Row& row) {
    const auto bytes = row.blob(0);
    std::vector<Digest> digests(bytes.size() / sizeof(Digest));
    std::ranges::copy(bytes.first(digests.size() * sizeof(Digest)),
                      std::as_writable_bytes(std::span(digests)).begin());
    return digests;
}

core::Result<std::vector<Digest>> find_tile(db::Reader& reader, std::uint64_t level,
                                            std::uint64_t position) {
    auto tile = reader.find(sql::kFindTile, {level, position}, to_digests);
    if (!tile) {
        return std::unexpected(tile.error());
    }
    return std::move(*tile).value_or(std::vector<Digest>());
}

// The root of a perfect subtree of which these are the leaves.
Digest perfect_root(Suite suite, std::span<const Digest> hashes) {
    Frontier frontier(suite);
    std::ranges::for_each(hashes, [&](const Digest& hash) { frontier.append(hash); });
    return frontier.root();
}

}  // namespace

core::Result<void> append_leaves(db::Transaction& transaction, Suite suite, std::uint64_t first,
                                 std::span<const Digest> leaves) {
    std::vector<std::vector<db::Value>> rows;
    std::vector<Digest> hashes(leaves.begin(), leaves.end());
    // A tile that becomes complete is one hash of the level above.
    for (std::uint64_t level = 0; !hashes.empty(); ++level) {
        std::vector<Digest> complete;
        std::uint64_t position = first / kTileWidth;
        auto tile = find_tile(transaction, level, position);
        if (!tile) {
            return std::unexpected(tile.error());
        }
        if (tile->size() != first % kTileWidth) {
            return damaged();
        }
        for (std::size_t at = 0; at < hashes.size(); ++position, tile->clear()) {
            const auto count = std::min(kTileWidth - tile->size(), hashes.size() - at);
            const auto part = std::span(hashes).subspan(at, count);
            tile->insert(tile->end(), part.begin(), part.end());
            at += count;
            const auto bytes = std::as_bytes(std::span(*tile));
            rows.push_back({level, position, db::Blob(bytes.begin(), bytes.end())});
            if (tile->size() == kTileWidth) {
                complete.push_back(perfect_root(suite, *tile));
            }
        }
        first /= kTileWidth;
        hashes = std::move(complete);
    }
    return transaction.execute_many(sql::kSaveTile, rows);
}

core::Result<std::span<const Digest>> TileReader::tile(Position position) {
    auto found = tiles_.find(position);
    if (found == tiles_.end()) {
        auto tile = find_tile(reader_, position.first, position.second);
        if (!tile) {
            return std::unexpected(tile.error());
        }
        found = tiles_.emplace(position, *std::move(tile)).first;
    }
    return std::span<const Digest>(found->second);
}

core::Result<Digest> TileReader::node(Node node) {
    const unsigned height = node.level % kTileHeight;
    const std::uint64_t first = node.index << height;
    const auto hashes = tile({node.level / kTileHeight, first / kTileWidth});
    if (!hashes) {
        return std::unexpected(hashes.error());
    }
    const std::uint64_t begin = first % kTileWidth;
    const std::uint64_t count = std::uint64_t{1} << height;
    if (hashes->size() < begin + count) {
        return damaged();
    }
    return perfect_root(suite_, hashes->subspan(begin, count));
}

core::Result<Digest> TileReader::root(std::uint64_t size) {
    return range_hash(suite_, {0, size}, [this](Node at) { return node(at); });
}

core::Result<Proof> TileReader::hashes(std::span<const Range> ranges) {
    Proof proof;
    for (const Range range : ranges) {
        const auto hash = range_hash(suite_, range, [this](Node at) { return node(at); });
        if (!hash) {
            return std::unexpected(hash.error());
        }
        proof.push_back(*hash);
    }
    return proof;
}

}  // namespace kapok::audit
