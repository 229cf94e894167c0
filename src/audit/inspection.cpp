#include "audit/inspection.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/system/error_code.hpp>
#include <fmt/format.h>

#include "audit/canonical.h"
#include "audit/errors.h"
#include "audit/event_log.h"
#include "audit/limits.h"
#include "audit/tiles.h"
#include "core/timestamp.h"

namespace kapok::audit {

namespace db = platform::db;
namespace json = boost::json;

namespace {

std::unexpected<core::Error> damaged(std::string what) {
    return core::fail(kDamagedLog, {{"what", std::move(what)}});
}

// What the columns of a row say must be what its body says, or a filter would hide the event.
bool agrees(const EventRow& row) {
    boost::system::error_code failure;
    const json::value body = json::parse(row.body, failure);
    const auto* object = failure ? nullptr : body.if_object();
    if (object == nullptr || canonical_json(body) != core::Result<std::string>(row.body)) {
        return false;
    }
    const auto is = [&](std::string_view name, const json::value& expected) {
        const auto* found = object->if_contains(name);
        return found != nullptr && *found == expected;
    };
    const json::value organization =
        row.organization ? json::value(row.organization->text()) : json::value(nullptr);
    return object->size() == 8 && is("sequence", row.sequence) &&
           is("type", json::value(row.type)) && is("subject", json::value(row.subject)) &&
           is("organization_id", organization) &&
           is("time", json::value(core::to_rfc3339(row.recorded_at)));
}

class Inspector {
public:
    Inspector(db::Reader& reader, const platform::crypto::PublicKey& key,
              std::span<const Checkpoint> kept)
        : reader_(reader), key_(key), kept_(kept), frontier_(key.suite()) {}

    core::Result<Inspection> inspect() {
        auto done = load_checkpoints();
        while (done && !ended_) {
            done = inspect_rows();
        }
        if (done) {
            done = inspect_end();
        }
        if (!done) {
            return std::unexpected(done.error());
        }
        return Inspection{{frontier_.size(), frontier_.root()}, good_};
    }

private:
    core::Result<void> load_checkpoints() {
        auto some =
            list_checkpoints(reader_, {Order::Ascending, last_checkpoint_, kInspectedAtOnce});
        if (!some) {
            return std::unexpected(some.error());
        }
        checkpoints_ = *std::move(some);
        next_checkpoint_ = 0;
        return {};
    }

    // As many rows as a tile is wide.
    core::Result<void> inspect_rows() {
        const auto rows = list_rows(reader_, static_cast<std::int64_t>(frontier_.size()),
                                    static_cast<std::size_t>(kTileWidth));
        if (!rows) {
            return std::unexpected(rows.error());
        }
        ended_ = rows->empty();
        TileReader tiles(reader_, key_.suite());
        for (const EventRow& row : *rows) {
            if (auto done = inspect_row(row, tiles); !done) {
                return done;
            }
        }
        return {};
    }

    core::Result<void> inspect_row(const EventRow& row, TileReader& tiles) {
        const auto sequence = static_cast<std::int64_t>(frontier_.size()) + 1;
        if (row.sequence != sequence || !agrees(row)) {
            return damaged(fmt::format("event {}", sequence));
        }
        const auto leaf = leaf_hash(key_.suite(), platform::crypto::bytes_of(row.body));
        const auto stored = tiles.node({0, frontier_.size()});
        if (!stored) {
            return std::unexpected(stored.error());
        }
        if (*stored != leaf) {
            return damaged(fmt::format("event {}", sequence));
        }
        frontier_.append(leaf);
        if (auto done = inspect_tiles(tiles); !done) {
            return done;
        }
        return inspect_heads();
    }

    // Each tile that is complete now must have its root in the tile above.
    core::Result<void> inspect_tiles(TileReader& tiles) {
        std::uint64_t count = frontier_.size();
        for (unsigned level = kTileHeight; count % kTileWidth == 0; level += kTileHeight) {
            count /= kTileWidth;
            const std::uint64_t index = count - 1;
            const auto above = tiles.node({level, index});
            const auto left = tiles.node({level - 1, 2 * index});
            const auto right = tiles.node({level - 1, 2 * index + 1});
            if (!above || !left || !right || *above != node_hash(key_.suite(), *left, *right)) {
                return damaged(fmt::format("tile {} of level {}", index, level / kTileHeight - 1));
            }
        }
        return {};
    }

    // The checkpoints of the size that is reached.
    core::Result<void> inspect_heads() {
        const TreeHead head{frontier_.size(), frontier_.root()};
        for (const Checkpoint& checkpoint : kept_) {
            if (checkpoint.head.size == head.size && checkpoint.head != head) {
                return damaged(fmt::format("event 1 to {}", head.size));
            }
        }
        if (next_checkpoint_ == checkpoints_.size() ||
            checkpoints_[next_checkpoint_].head.size > head.size) {
            return {};
        }
        const StoredCheckpoint& stored = checkpoints_[next_checkpoint_];
        const auto checkpoint = verify_checkpoint(stored.note, key_);
        if (!checkpoint || stored.head != head || checkpoint->head != head ||
            checkpoint->made_at != stored.made_at || signature_count(stored.note) != 1) {
            return damaged(fmt::format("checkpoint {}", stored.head.size));
        }
        ++good_;
        last_checkpoint_ = static_cast<std::int64_t>(head.size);
        if (++next_checkpoint_ == checkpoints_.size()) {
            return load_checkpoints();
        }
        return {};
    }

    core::Result<void> inspect_end() {
        const auto found_log = find_log(reader_);
        if (!found_log) {
            return std::unexpected(found_log.error());
        }
        const auto& log = *found_log;
        const auto found_newest = newest_checkpoint(reader_);
        if (!found_newest) {
            return std::unexpected(found_newest.error());
        }
        const auto& newest = *found_newest;
        const bool is_whole = log ? log->frontier.size() == frontier_.size() &&
                                        log->frontier.root() == frontier_.root()
                                  : frontier_.size() == 0;
        const auto signed_size = newest ? newest->head.size : 0;
        if (!is_whole || signed_size != static_cast<std::uint64_t>(last_checkpoint_)) {
            return damaged("size");
        }
        if (TileReader(reader_, key_.suite()).node({0, frontier_.size()})) {
            return damaged("more leaves than events");
        }
        for (const Checkpoint& checkpoint : kept_) {
            if (checkpoint.head.size > frontier_.size() ||
                (log && checkpoint.origin != log->origin)) {
                return damaged(fmt::format("kept checkpoint {}", checkpoint.head.size));
            }
        }
        return {};
    }

    db::Reader& reader_;
    const platform::crypto::PublicKey& key_;
    std::span<const Checkpoint> kept_;
    Frontier frontier_;
    std::vector<StoredCheckpoint> checkpoints_;
    std::size_t next_checkpoint_ = 0;
    std::int64_t last_checkpoint_ = 0;  // The size of the last good one.
    std::uint64_t good_ = 0;
    bool ended_ = false;
};

}  // namespace

core::Result<Inspection> inspect_log(db::Reader& reader, const platform::crypto::PublicKey& key,
                                     std::span<const Checkpoint> kept) {
    return Inspector(reader, key, kept).inspect();
}

}  // namespace kapok::audit
