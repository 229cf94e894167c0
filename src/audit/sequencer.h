#pragma once

// Gives committed events their numbers, their leaves in the Merkle tree, and checkpoints: one
// sequencer at a time, however many servers share the database. Each round is one command that
// starts by keeping the lease, so the numbers have no gap and no double whoever crashes or comes
// back late. Publishers never wait for it.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "audit/checkpoint.h"
#include "audit/event_log.h"
#include "core/clock.h"
#include "core/result.h"
#include "platform/crypto/keys.h"
#include "platform/db/database.h"
#include "platform/db/lease.h"
#include "platform/log/log.h"

namespace kapok::audit {

struct SequencerSettings {
    std::string origin;  // Names the log for ever: "kapok.example/log".
    std::string holder;  // Of this process, unique among those that share the database.
};

// What one round did.
struct Round {
    std::optional<platform::db::Lease> lease;  // Nothing if another server has it.
    std::size_t numbered = 0;
    std::optional<TreeHead> checkpoint;  // If one was made.
};

class Sequencer {
public:
    // All references outlive the sequencer. The key's suite is the log's.
    Sequencer(platform::db::Database& database, SequencerSettings settings,
              platform::crypto::PrivateKey key, const core::Clock& clock, platform::log::Log& log);

    // Works until it is cancelled; then lets the next one in.
    boost::asio::awaitable<void> run();

    // One command: numbers up to kEventsPerRound events and makes a checkpoint if one is due.
    [[nodiscard]] core::Result<Round> round_blocking();

private:
    using Command = core::Result<Round>;

    [[nodiscard]] Command round(platform::db::Transaction& transaction) const;
    [[nodiscard]] core::Result<std::optional<platform::db::Lease>> hold_lease(
        platform::db::Transaction& transaction) const;
    [[nodiscard]] core::Result<LogState> load_log(platform::db::Reader& reader) const;
    [[nodiscard]] core::Result<void> check_log(platform::db::Reader& reader,
                                               const LogState& log) const;
    [[nodiscard]] core::Result<std::size_t> number_pending(platform::db::Transaction& transaction,
                                                           LogState& log) const;
    [[nodiscard]] core::Result<std::optional<TreeHead>> sign_if_due(
        platform::db::Transaction& transaction, const LogState& log) const;
    // How long nothing needs to be done: zero if there is work.
    [[nodiscard]] core::Result<std::chrono::milliseconds> idle_time(
        platform::db::Reader& reader) const;

    boost::asio::awaitable<std::chrono::milliseconds> work();
    boost::asio::awaitable<void> give_up();

    platform::db::Database& database_;
    const SequencerSettings settings_;
    const platform::crypto::PrivateKey key_;
    const core::Clock& clock_;
    platform::log::Log& log_;
    std::optional<platform::db::Lease> lease_;  // As the last round left it.
};

}  // namespace kapok::audit
