#pragma once

// The events as they are stored and hashed, and the queries on them. SQL is in sql/event_log.cpp.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "audit/checkpoint.h"
#include "audit/merkle.h"
#include "core/id.h"
#include "core/principal.h"
#include "core/result.h"
#include "platform/db/database.h"

namespace kapok::audit {

// What publish() wrote. `actor` and `data` are canonical JSON.
struct PendingEvent {
    std::int64_t outbox_id = 0;
    std::string type;
    std::string subject;
    std::optional<core::OrganizationId> organization;
    std::optional<core::ProjectId> project;
    core::Timestamp recorded_at;
    std::string actor;
    std::string data;
};

// Canonical JSON of {actor, data, organization_id, project_id, sequence, subject, time, type}: what
// the event's Merkle leaf hashes, and what is served. The first event has sequence 1 and is leaf 0.
[[nodiscard]] std::string canonical_event(const PendingEvent& event, std::int64_t sequence);

struct NumberedEvent {
    std::int64_t sequence = 0;
    std::string type;
    std::string body;
};

[[nodiscard]] constexpr std::uint64_t leaf_index(std::int64_t sequence) noexcept {
    return static_cast<std::uint64_t>(sequence) - 1;
}

[[nodiscard]] core::Result<bool> has_pending(platform::db::Reader& reader);
[[nodiscard]] core::Result<std::vector<PendingEvent>> list_pending(platform::db::Reader& reader,
                                                                   std::size_t limit);
// Moves events from the outbox to the log; the first gets `first_sequence`.
[[nodiscard]] core::Result<void> number_events(platform::db::Transaction& transaction,
                                               std::vector<PendingEvent> events,
                                               std::vector<std::string> bodies,
                                               std::int64_t first_sequence);

enum class Order : std::uint8_t { Ascending, Descending };

struct EventQuery {
    std::optional<std::string> type;
    std::optional<std::string> subject;
    std::optional<core::OrganizationId> organization;
    std::optional<core::Timestamp> since;
    Order order = Order::Ascending;
    std::int64_t after = 0;  // The sequence of the last event seen, in this order; 0 if none.
    std::int64_t up_to = 0;  // No event beyond this sequence; 0 is no limit.
    std::size_t limit = 0;
    std::size_t bytes_max = 0;  // The list ends with the event that reaches this; 0 is no limit.
};

[[nodiscard]] core::Result<std::vector<NumberedEvent>> list_events(platform::db::Reader& reader,
                                                                   const core::Scope& scope,
                                                                   const EventQuery& query);
[[nodiscard]] core::Result<std::optional<NumberedEvent>> find_event(platform::db::Reader& reader,
                                                                    const core::Scope& scope,
                                                                    std::int64_t sequence);

// A row of the log as it is stored, for whoever checks it.
struct EventRow {
    std::int64_t sequence = 0;
    std::string type;
    std::string subject;
    std::optional<core::OrganizationId> organization;
    core::Timestamp recorded_at;
    std::string body;
};
[[nodiscard]] core::Result<std::vector<EventRow>> list_rows(platform::db::Reader& reader,
                                                            std::int64_t after, std::size_t limit);

// Which log this database holds, and its right edge.
struct LogState {
    std::string origin;
    Suite suite = Suite::Intl;
    Frontier frontier;
};

// Nothing before the first event was numbered.
[[nodiscard]] core::Result<std::optional<LogState>> find_log(platform::db::Reader& reader);
[[nodiscard]] core::Result<void> save_log(platform::db::Transaction& transaction,
                                          const LogState& log);
// How many events are numbered.
[[nodiscard]] core::Result<std::int64_t> log_size(platform::db::Reader& reader);

struct StoredCheckpoint {
    TreeHead head;
    core::Timestamp made_at;
    std::string note;
};

[[nodiscard]] core::Result<void> add_checkpoint(platform::db::Transaction& transaction,
                                                const StoredCheckpoint& checkpoint);
[[nodiscard]] core::Result<std::optional<StoredCheckpoint>> newest_checkpoint(
    platform::db::Reader& reader);
[[nodiscard]] core::Result<std::optional<StoredCheckpoint>> find_checkpoint(
    platform::db::Reader& reader, std::uint64_t size);

// The newest one that was made at or before `time`.
[[nodiscard]] core::Result<std::optional<StoredCheckpoint>> checkpoint_at(
    platform::db::Reader& reader, core::Timestamp time);

struct CheckpointQuery {
    Order order = Order::Ascending;
    std::int64_t after = 0;  // The size of the last checkpoint seen; 0 if none.
    std::size_t limit = 0;
};
[[nodiscard]] core::Result<std::vector<StoredCheckpoint>> list_checkpoints(
    platform::db::Reader& reader, const CheckpointQuery& query);

}  // namespace kapok::audit
