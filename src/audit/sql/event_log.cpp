#include "audit/event_log.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <string_view>
#include <utility>

#include "audit/errors.h"
#include "audit/limits.h"
#include "audit/sql/statements.h"

namespace kapok::audit {

namespace db = platform::db;

namespace {

core::Result<void> nothing_if_done(const core::Result<std::int64_t>& changed) {
    if (!changed) {
        return std::unexpected(changed.error());
    }
    return {};
}

PendingEvent to_pending(const db::Row& row) {
    PendingEvent event;
    event.outbox_id = row.integer(0);
    event.type = row.text(1);
    event.subject = row.text(2);
    event.organization = row.id_if<core::OrganizationId>(3);
    event.project = row.id_if<core::ProjectId>(4);
    event.recorded_at = row.time(5);
    event.actor = row.text(6);
    event.data = row.text(7);
    return event;
}

NumberedEvent to_event(const db::Row& row) {
    return {row.integer(0), std::string(row.text(1)), std::string(row.text(2))};
}

std::optional<Digest> to_digest(std::span<const std::byte> bytes) {
    Digest digest{};
    if (bytes.size() != digest.size()) {
        return std::nullopt;
    }
    std::ranges::copy(bytes, digest.begin());
    return digest;
}

// A stored root that is not a digest matches no tree, and is found where it is compared.
StoredCheckpoint to_checkpoint(const db::Row& row) {
    return {{static_cast<std::uint64_t>(row.integer(0)), to_digest(row.blob(2)).value_or(Digest{})},
            row.time(1),
            std::string(row.text(3))};
}

std::optional<LogState> to_log(const db::Row& row) {
    const auto suite = platform::crypto::parse_suite(row.text(1));
    const auto bytes = row.blob(3);
    std::vector<Digest> hashes;
    for (std::size_t at = 0; at + sizeof(Digest) <= bytes.size(); at += sizeof(Digest)) {
        hashes.push_back(to_digest(bytes.subspan(at, sizeof(Digest))).value_or(Digest{}));
    }
    if (!suite || row.integer(2) < 0 || bytes.size() % sizeof(Digest) != 0) {
        return std::nullopt;
    }
    auto frontier = Frontier::restore(*suite, static_cast<std::uint64_t>(row.integer(2)), hashes);
    if (!frontier) {
        return std::nullopt;
    }
    return LogState{std::string(row.text(0)), *suite, *std::move(frontier)};
}

// A list's statement, growing by the conditions that are asked for.
class Select {
public:
    explicit Select(std::string_view sql) : sql_(sql) {}

    void where(std::string_view condition, db::Value value) {
        sql_ += condition;
        values_.push_back(std::move(value));
    }
    // Nobody's events are visible to a scope of no organizations.
    void where_in(const core::Scope& scope) {
        if (scope.everything) {
            return;
        }
        sql_ += " and organization_id in (";
        for (const auto& organization : scope.organizations) {
            sql_ += "?,";
            values_.emplace_back(organization);
        }
        sql_ += "null)";
    }
    void append(std::string_view sql) { sql_ += sql; }

    [[nodiscard]] const std::string& sql() const noexcept { return sql_; }
    [[nodiscard]] std::span<const db::Value> values() const noexcept { return values_; }

private:
    std::string sql_;
    std::vector<db::Value> values_;
};

// Events recorded since then were numbered after each checkpoint made before then, clocks of
// several servers allowed for; so the search need not start at the first event.
core::Result<std::int64_t> size_before(db::Reader& reader, core::Timestamp since) {
    const auto size = reader.find(sql::kSizeAt, {since - kClockSkewMax}, [](const db::Row& row) {
        return row.is_null(0) ? 0 : row.integer(0);
    });
    if (!size) {
        return std::unexpected(size.error());
    }
    return size->value_or(0);
}

core::Result<Select> event_select(db::Reader& reader, const core::Scope& scope,
                                  const EventQuery& query) {
    const bool up = query.order == Order::Ascending;
    std::int64_t above = up ? query.after : 0;
    if (query.since) {
        const auto before = size_before(reader, *query.since);
        if (!before) {
            return std::unexpected(before.error());
        }
        above = std::max(above, *before);
    }
    Select select("select sequence, type, body from audit_event where");
    select.where(" sequence > ?", above);
    if (!up && query.after > 0) {
        select.where(" and sequence < ?", query.after);
    }
    if (query.up_to > 0) {
        select.where(" and sequence <= ?", query.up_to);
    }
    if (query.type) {
        select.where(" and type = ?", *query.type);
    }
    if (query.subject) {
        select.where(" and subject = ?", *query.subject);
    }
    if (query.organization) {
        select.where(" and organization_id = ?", *query.organization);
    }
    if (query.since) {
        select.where(" and recorded_at >= ?", *query.since);
    }
    select.where_in(scope);
    select.append(up ? " order by sequence" : " order by sequence desc");
    select.where(" limit ?", static_cast<std::int64_t>(query.limit));
    return select;
}

}  // namespace

core::Result<bool> has_pending(db::Reader& reader) {
    const auto id =
        reader.find(sql::kHasPending, {}, [](const db::Row& row) { return row.integer(0); });
    if (!id) {
        return std::unexpected(id.error());
    }
    return id->has_value();
}

core::Result<std::vector<PendingEvent>> list_pending(db::Reader& reader, std::size_t limit) {
    return reader.list(sql::kListPending, {limit}, to_pending);
}

core::Result<void> number_events(db::Transaction& transaction, std::vector<PendingEvent> events,
                                 std::vector<std::string> bodies, std::int64_t first_sequence) {
    assert(events.size() == bodies.size());
    std::vector<std::vector<db::Value>> rows;
    std::vector<std::vector<db::Value>> done;
    rows.reserve(events.size());
    done.reserve(events.size());
    for (std::size_t i = 0; i < events.size(); ++i) {
        PendingEvent& event = events[i];
        done.push_back({event.outbox_id});
        rows.push_back({first_sequence + static_cast<std::int64_t>(i), std::move(event.type),
                        std::move(event.subject), event.organization, event.recorded_at,
                        std::move(bodies[i])});
    }
    auto added = transaction.execute_many(sql::kAddEvent, rows);
    if (!added) {
        return added;
    }
    return transaction.execute_many(sql::kDeletePending, done);
}

core::Result<std::vector<NumberedEvent>> list_events(db::Reader& reader, const core::Scope& scope,
                                                     const EventQuery& query) {
    const auto select = event_select(reader, scope, query);
    if (!select) {
        return std::unexpected(select.error());
    }
    std::vector<NumberedEvent> events;
    std::size_t bytes = 0;
    const auto listed = reader.query(select->sql(), select->values(), [&](const db::Row& row) {
        if (query.bytes_max == 0 || bytes < query.bytes_max) {
            bytes += events.emplace_back(to_event(row)).body.size();
        }
    });
    if (!listed) {
        return std::unexpected(listed.error());
    }
    return events;
}

core::Result<std::optional<NumberedEvent>> find_event(db::Reader& reader, const core::Scope& scope,
                                                      std::int64_t sequence) {
    EventQuery query;
    query.after = sequence - 1;
    query.up_to = sequence;
    query.limit = 1;
    auto events = list_events(reader, scope, query);
    if (!events) {
        return std::unexpected(events.error());
    }
    return events->empty() ? std::nullopt : std::optional(std::move(events->front()));
}

core::Result<std::vector<EventRow>> list_rows(db::Reader& reader, std::int64_t after,
                                              std::size_t limit) {
    return reader.list(sql::kListRows, {after, limit}, [](const db::Row& row) {
        return EventRow{row.integer(0),
                        std::string(row.text(1)),
                        std::string(row.text(2)),
                        row.id_if<core::OrganizationId>(3),
                        row.time(4),
                        std::string(row.text(5))};
    });
}

core::Result<std::optional<LogState>> find_log(db::Reader& reader) {
    auto row = reader.find(sql::kFindLog, {}, to_log);
    if (!row) {
        return std::unexpected(row.error());
    }
    auto& found = *row;
    if (!found) {
        return std::nullopt;
    }
    std::optional<LogState>& log = *found;
    if (!log) {
        return core::fail(kDamagedLog, {{"what", "audit_log"}});
    }
    return std::move(log);
}

core::Result<void> save_log(db::Transaction& transaction, const LogState& log) {
    const auto hashes = std::as_bytes(log.frontier.hashes());
    return nothing_if_done(transaction.execute(
        sql::kSaveLog, {log.origin, platform::crypto::to_text(log.suite), log.frontier.size(),
                        db::Blob(hashes.begin(), hashes.end())}));
}

core::Result<std::int64_t> log_size(db::Reader& reader) {
    const auto size =
        reader.find(sql::kLogSize, {}, [](const db::Row& row) { return row.integer(0); });
    if (!size) {
        return std::unexpected(size.error());
    }
    return size->value_or(0);
}

core::Result<void> add_checkpoint(db::Transaction& transaction,
                                  const StoredCheckpoint& checkpoint) {
    const Digest& root = checkpoint.head.root;
    return nothing_if_done(transaction.execute(
        sql::kAddCheckpoint, {checkpoint.head.size, checkpoint.made_at,
                              db::Blob(root.begin(), root.end()), checkpoint.note}));
}

core::Result<std::optional<StoredCheckpoint>> newest_checkpoint(db::Reader& reader) {
    constexpr auto kEnd = std::numeric_limits<std::int64_t>::max();
    return reader.find(sql::kCheckpointsDown, {kEnd, 1}, to_checkpoint);
}

core::Result<std::optional<StoredCheckpoint>> find_checkpoint(db::Reader& reader,
                                                              std::uint64_t size) {
    return reader.find(sql::kFindCheckpoint, {size}, to_checkpoint);
}

core::Result<std::optional<StoredCheckpoint>> checkpoint_at(db::Reader& reader,
                                                            core::Timestamp time) {
    return reader.find(sql::kCheckpointAt, {time}, to_checkpoint);
}

core::Result<std::vector<StoredCheckpoint>> list_checkpoints(db::Reader& reader,
                                                             const CheckpointQuery& query) {
    if (query.order == Order::Ascending) {
        return reader.list(sql::kCheckpointsUp, {query.after, query.limit}, to_checkpoint);
    }
    const auto below = query.after > 0 ? query.after : std::numeric_limits<std::int64_t>::max();
    return reader.list(sql::kCheckpointsDown, {below, query.limit}, to_checkpoint);
}

}  // namespace kapok::audit
