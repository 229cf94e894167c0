#pragma once

// Reading the log: events that the caller may see, proofs, checkpoints. Everything is for reading,
// so there is nothing to decide here but who may see what: an organization's events are for those
// whom identity says so; checkpoints and proofs between them say nothing about any event, and are
// for everybody who is signed in.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "audit/event_log.h"
#include "core/principal.h"
#include "core/result.h"
#include "platform/crypto/keys.h"
#include "platform/db/bell.h"
#include "platform/db/database.h"

namespace kapok::audit {

// Whose events the caller may see, now. Identity knows and app wires it; it is asked again while a
// stream goes on, so that one ends when its caller's rights do.
using VisibleEvents = std::function<core::Result<core::Scope>(const core::Principal&)>;

// Who signs the log, for those who want to check.
struct Signer {
    std::string origin;
    platform::crypto::PublicKey key;
};

struct InclusionProof {
    NumberedEvent event;
    Digest leaf{};
    Proof hashes;
    StoredCheckpoint checkpoint;
};

struct ConsistencyProof {
    StoredCheckpoint from;
    StoredCheckpoint to;
    Proof hashes;
};

// The events from some number on, as they come, in pieces that are read when they are wanted: a
// slow reader costs no memory, and misses nothing.
class EventFeed {
public:
    // Gives what comes after `query.after`; its order, limit and size are not looked at.
    EventFeed(platform::db::Database& database, VisibleEvents visible, core::Principal caller,
              EventQuery query);

    // At least one event; waits for it. An error ends the feed.
    [[nodiscard]] boost::asio::awaitable<core::Result<std::vector<NumberedEvent>>> next();

private:
    [[nodiscard]] core::Result<std::vector<NumberedEvent>> read(platform::db::Reader& reader,
                                                                const core::Scope& scope);

    platform::db::Database& database_;
    platform::db::Bell& numbered_;
    VisibleEvents visible_;
    core::Principal caller_;
    EventQuery query_;  // `after` is what has been given, or found not to fit.
};

class AuditService {
public:
    template <class T>
    using Answer = boost::asio::awaitable<core::Result<T>>;

    // The database outlives the service and its feeds.
    AuditService(platform::db::Database& database, Signer signer, VisibleEvents visible)
        : database_(database), signer_(std::move(signer)), visible_(std::move(visible)) {}

    [[nodiscard]] Answer<std::vector<NumberedEvent>> list_events(core::Principal caller,
                                                                 EventQuery query);
    [[nodiscard]] Answer<NumberedEvent> get_event(core::Principal caller, std::int64_t sequence);
    // After `after`, or only those to come.
    [[nodiscard]] Answer<std::shared_ptr<EventFeed>> follow(core::Principal caller,
                                                            EventQuery query,
                                                            std::optional<std::int64_t> after);
    // In the checkpoint of `size`, or in the newest one.
    [[nodiscard]] Answer<InclusionProof> prove_inclusion(core::Principal caller,
                                                         std::int64_t sequence,
                                                         std::optional<std::uint64_t> size);
    [[nodiscard]] Answer<StoredCheckpoint> latest_checkpoint();
    [[nodiscard]] Answer<std::vector<StoredCheckpoint>> list_checkpoints(CheckpointQuery query);
    // Between the checkpoints of these sizes.
    [[nodiscard]] Answer<ConsistencyProof> prove_consistency(std::uint64_t from, std::uint64_t to);
    [[nodiscard]] const Signer& signer() const noexcept { return signer_; }

private:
    platform::db::Database& database_;
    Signer signer_;
    VisibleEvents visible_;
};

}  // namespace kapok::audit
