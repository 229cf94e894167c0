#include "audit/audit_service.h"

#include <utility>

#include "audit/errors.h"
#include "audit/tiles.h"

namespace kapok::audit {

namespace db = platform::db;

namespace {

core::Result<NumberedEvent> demand_event(db::Reader& reader, const core::Scope& scope,
                                         std::int64_t sequence) {
    auto found = find_event(reader, scope, sequence);
    if (!found) {
        return std::unexpected(found.error());
    }
    auto& event = *found;
    if (!event) {
        return core::fail(kUnknownEvent, {{"sequence", std::to_string(sequence)}});
    }
    return *std::move(event);
}

core::Result<StoredCheckpoint> demand_checkpoint(db::Reader& reader,
                                                 std::optional<std::uint64_t> size) {
    auto found = size ? find_checkpoint(reader, *size) : newest_checkpoint(reader);
    if (!found) {
        return std::unexpected(found.error());
    }
    auto& checkpoint = *found;
    if (!checkpoint) {
        return size ? core::fail(kUnknownCheckpoint, {{"size", std::to_string(*size)}})
                    : core::fail(kNoCheckpointYet);
    }
    return *std::move(checkpoint);
}

core::Result<InclusionProof> inclusion_proof(db::Reader& reader, Suite suite, NumberedEvent event,
                                             StoredCheckpoint checkpoint) {
    const std::uint64_t index = leaf_index(event.sequence);
    if (index >= checkpoint.head.size) {
        return core::fail(kNotCoveredYet, {{"size", std::to_string(checkpoint.head.size)},
                                           {"sequence", std::to_string(event.sequence)}});
    }
    auto hashes = TileReader(reader, suite).hashes(inclusion_ranges(index, checkpoint.head.size));
    if (!hashes) {
        return std::unexpected(hashes.error());
    }
    const Digest leaf = leaf_hash(suite, platform::crypto::bytes_of(event.body));
    return InclusionProof{std::move(event), leaf, *std::move(hashes), std::move(checkpoint)};
}

}  // namespace

AuditService::Answer<std::vector<NumberedEvent>> AuditService::list_events(core::Principal caller,
                                                                           EventQuery query) {
    auto scope = visible_(caller);
    if (!scope) {
        co_return std::unexpected(scope.error());
    }
    auto read = [scope = *std::move(scope), query = std::move(query)](db::Reader& reader) {
        return audit::list_events(reader, scope, query);
    };
    co_return co_await database_.read(std::move(read));
}

AuditService::Answer<NumberedEvent> AuditService::get_event(core::Principal caller,
                                                            std::int64_t sequence) {
    auto scope = visible_(caller);
    if (!scope) {
        co_return std::unexpected(scope.error());
    }
    auto read = [scope = *std::move(scope), sequence](db::Reader& reader) {
        return demand_event(reader, scope, sequence);
    };
    co_return co_await database_.read(std::move(read));
}

AuditService::Answer<std::shared_ptr<EventFeed>> AuditService::follow(
    core::Principal caller, EventQuery query, std::optional<std::int64_t> after) {
    if (!after) {
        auto read = [](db::Reader& reader) { return log_size(reader); };
        const auto size = co_await database_.read(std::move(read));
        if (!size) {
            co_return std::unexpected(size.error());
        }
        after = *size;
    }
    query.after = *after;
    co_return std::make_shared<EventFeed>(database_, visible_, std::move(caller), std::move(query));
}

AuditService::Answer<InclusionProof> AuditService::prove_inclusion(
    core::Principal caller, std::int64_t sequence, std::optional<std::uint64_t> size) {
    auto scope = visible_(caller);
    if (!scope) {
        co_return std::unexpected(scope.error());
    }
    auto read = [scope = *std::move(scope), sequence, size,
                 suite = signer_.key.suite()](db::Reader& reader) -> core::Result<InclusionProof> {
        auto event = demand_event(reader, scope, sequence);
        if (!event) {
            return std::unexpected(event.error());
        }
        auto checkpoint = demand_checkpoint(reader, size);
        if (!checkpoint) {
            return std::unexpected(checkpoint.error());
        }
        return inclusion_proof(reader, suite, *std::move(event), *std::move(checkpoint));
    };
    co_return co_await database_.read(std::move(read));
}

AuditService::Answer<StoredCheckpoint> AuditService::latest_checkpoint() {
    auto read = [](db::Reader& reader) { return demand_checkpoint(reader, std::nullopt); };
    co_return co_await database_.read(std::move(read));
}

AuditService::Answer<std::vector<StoredCheckpoint>> AuditService::list_checkpoints(
    CheckpointQuery query) {
    auto read = [query](db::Reader& reader) { return audit::list_checkpoints(reader, query); };
    co_return co_await database_.read(std::move(read));
}

AuditService::Answer<ConsistencyProof> AuditService::prove_consistency(std::uint64_t from,
                                                                       std::uint64_t to) {
    if (from > to) {
        co_return core::fail(kBackwards,
                             {{"from", std::to_string(from)}, {"to", std::to_string(to)}},
                             "/query/from");
    }
    auto read = [from, to, suite = signer_.key.suite()](
                    db::Reader& reader) -> core::Result<ConsistencyProof> {
        auto first = demand_checkpoint(reader, from);
        if (!first) {
            return std::unexpected(first.error());
        }
        auto second = demand_checkpoint(reader, to);
        if (!second) {
            return std::unexpected(second.error());
        }
        auto hashes = TileReader(reader, suite).hashes(consistency_ranges(from, to));
        if (!hashes) {
            return std::unexpected(hashes.error());
        }
        return ConsistencyProof{*std::move(first), *std::move(second), *std::move(hashes)};
    };
    co_return co_await database_.read(std::move(read));
}

}  // namespace kapok::audit
