#include "audit/sequencer.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include <boost/asio/this_coro.hpp>

#include "audit/api.h"
#include "audit/errors.h"
#include "audit/limits.h"
#include "audit/tiles.h"
#include "platform/db/bell.h"

namespace kapok::audit {

namespace asio = boost::asio;
namespace crypto = platform::crypto;
namespace db = platform::db;

namespace {

constexpr std::string_view kLeaseName = "audit.sequencer";

bool is_due(const TreeHead& head, const std::optional<StoredCheckpoint>& newest,
            core::Timestamp now) {
    if (head.size == 0 || !newest) {
        return head.size > 0;
    }
    const bool is_new = head.size > newest->head.size;
    const bool is_many = is_new && head.size - newest->head.size >= kEventsPerCheckpoint;
    // A clock that was set back must not hold checkpoints up.
    const bool is_old =
        now >= newest->made_at + kCheckpointTime || now < newest->made_at - kCheckpointTime;
    return is_new && (is_many || is_old);
}

}  // namespace

Sequencer::Sequencer(db::Database& database, SequencerSettings settings, crypto::PrivateKey key,
                     const core::Clock& clock, platform::log::Log& log)
    : database_(database),
      // A SQLite database is one server's: whoever held its lease before is dead.
      settings_{std::move(settings.origin), database.backend() == db::Backend::Sqlite
                                                ? "the only server"
                                                : std::move(settings.holder)},
      key_(std::move(key)),
      clock_(clock),
      log_(log) {
    assert(is_origin(settings_.origin));
}

asio::awaitable<void> Sequencer::run() {
    co_await asio::this_coro::throw_if_cancelled(false);
    db::Bell& published = database_.bell(kPublished);
    while (true) {
        const std::uint64_t seen = published.count();
        const auto idle = co_await work();
        const auto state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none) {
            break;
        }
        if (idle > kGatherTime) {
            co_await published.wait(seen, idle);
        } else if (idle.count() > 0) {
            co_await db::pause(idle);
        }
    }
    co_await asio::this_coro::reset_cancellation_state();
    co_await give_up();
}

// A round if there is work; how long to wait then.
asio::awaitable<std::chrono::milliseconds> Sequencer::work() {
    auto look = [this](db::Reader& reader) { return idle_time(reader); };
    const auto idle = co_await database_.read(std::move(look));
    if (!idle) {
        log_.error("the event log cannot be read", {{"code", idle.error().code().name}});
        co_return kLookTime;
    }
    if (idle->count() > 0) {
        co_return *idle;
    }
    auto command = [this](db::Transaction& transaction) { return round(transaction); };
    auto done = co_await database_.write(std::move(command));
    if (!done) {
        log_.error("events cannot be numbered",
                   {{"code", done.error().code().name},
                    {"detail", core::render(done.error(), core::Language::En)}});
        co_return kLookTime;
    }
    lease_ = std::move(done->lease);
    if (!lease_) {
        co_return kLookTime;
    }
    co_return done->numbered == kEventsPerRound ? std::chrono::milliseconds(0) : kGatherTime;
}

core::Result<Round> Sequencer::round_blocking() {
    auto done = database_.write_blocking(
        [this](db::Transaction& transaction) { return round(transaction); });
    if (done) {
        lease_ = done->lease;
    }
    return done;
}

asio::awaitable<void> Sequencer::give_up() {
    if (!lease_) {
        co_return;
    }
    auto command = [lease = *lease_](db::Transaction& transaction) {
        return db::give_up_lease(transaction, lease);
    };
    // If this fails the lease ends by itself.
    static_cast<void>(co_await database_.write(std::move(command)));
    lease_.reset();
}

core::Result<std::chrono::milliseconds> Sequencer::idle_time(db::Reader& reader) const {
    const auto pending = has_pending(reader);
    const auto size = log_size(reader);
    const auto found = newest_checkpoint(reader);
    if (!pending || !size || !found) {
        return std::unexpected(!pending ? pending.error() : !size ? size.error() : found.error());
    }
    const auto& newest = *found;
    const auto now = clock_.now();
    const TreeHead head{static_cast<std::uint64_t>(*size), {}};
    if (*pending || is_due(head, newest, now)) {
        return std::chrono::milliseconds(0);
    }
    if (newest && head.size > newest->head.size) {
        const auto until_due = newest->made_at + kCheckpointTime - now;
        return std::clamp(std::chrono::ceil<std::chrono::milliseconds>(until_due),
                          std::chrono::milliseconds(1), kLookTime);
    }
    return kLookTime;
}

Sequencer::Command Sequencer::round(db::Transaction& transaction) const {
    auto held = hold_lease(transaction);
    if (!held) {
        return std::unexpected(held.error());
    }
    auto& lease = *held;
    if (!lease) {
        return Round();
    }
    auto log = load_log(transaction);
    if (!log) {
        return std::unexpected(log.error());
    }
    const bool is_new_holder = !lease_ || lease_->epoch != lease->epoch;
    if (is_new_holder) {
        if (const auto checked = check_log(transaction, *log); !checked) {
            return std::unexpected(checked.error());
        }
    }
    const auto numbered = number_pending(transaction, *log);
    if (!numbered) {
        return std::unexpected(numbered.error());
    }
    const auto checkpoint = sign_if_due(transaction, *log);
    if (!checkpoint) {
        return std::unexpected(checkpoint.error());
    }
    if (*numbered > 0 || *checkpoint) {
        transaction.ring(kNumbered);
    }
    return Round{std::move(lease), *numbered, *checkpoint};
}

core::Result<std::optional<db::Lease>> Sequencer::hold_lease(db::Transaction& transaction) const {
    if (lease_) {
        const auto kept = db::keep_lease(transaction, *lease_, kLeaseTime);
        if (!kept) {
            return std::unexpected(kept.error());
        }
        if (*kept) {
            return lease_;
        }
    }
    return db::take_lease(transaction, std::string(kLeaseName), settings_.holder, kLeaseTime);
}

core::Result<LogState> Sequencer::load_log(db::Reader& reader) const {
    const Suite suite = key_.public_key().suite();
    auto found = find_log(reader);
    if (!found) {
        return std::unexpected(found.error());
    }
    auto& log = *found;
    if (!log) {
        return LogState{settings_.origin, suite, Frontier(suite)};
    }
    const auto name = [](const std::string& origin, Suite of) {
        return origin + " (" + std::string(crypto::to_text(of)) + ")";
    };
    if (log->origin != settings_.origin || log->suite != suite) {
        return core::fail(kOtherLog, {{"stored", name(log->origin, log->suite)},
                                      {"configured", name(settings_.origin, suite)}});
    }
    return *std::move(log);
}

// A log that was changed behind our back is not signed any further: that would vouch for it.
core::Result<void> Sequencer::check_log(db::Reader& reader, const LogState& log) const {
    TileReader tiles(reader, log.suite);
    const auto root = tiles.root(log.frontier.size());
    if (!root) {
        return std::unexpected(root.error());
    }
    if (*root != log.frontier.root()) {
        return core::fail(kDamagedLog, {{"what", "frontier"}});
    }
    const auto found = newest_checkpoint(reader);
    if (!found) {
        return std::unexpected(found.error());
    }
    const auto& newest = *found;
    if (!newest) {
        return {};
    }
    const TreeHead& head = newest->head;
    if (head.size > log.frontier.size()) {
        return core::fail(kDamagedLog, {{"what", "size"}});
    }
    const auto then = tiles.root(head.size);
    if (!then) {
        return std::unexpected(then.error());
    }
    const auto signed_head = verify_checkpoint(newest->note, key_.public_key());
    const bool is_ours = signed_head.has_value();
    if (*then != head.root || (is_ours && signed_head->head != head)) {
        return core::fail(kDamagedLog, {{"what", "checkpoint"}});
    }
    return {};
}

core::Result<std::size_t> Sequencer::number_pending(db::Transaction& transaction,
                                                    LogState& log) const {
    auto events = list_pending(transaction, kEventsPerRound);
    if (!events) {
        return std::unexpected(events.error());
    }
    if (events->empty()) {
        return 0;
    }
    const std::uint64_t first_leaf = log.frontier.size();
    const auto first_sequence = static_cast<std::int64_t>(first_leaf) + 1;
    std::vector<std::string> bodies;
    std::vector<Digest> leaves;
    for (const PendingEvent& event : *events) {
        const auto sequence = first_sequence + static_cast<std::int64_t>(bodies.size());
        const auto& body = bodies.emplace_back(canonical_event(event, sequence));
        log.frontier.append(leaves.emplace_back(leaf_hash(log.suite, crypto::bytes_of(body))));
    }
    const std::size_t count = bodies.size();
    auto done = number_events(transaction, *std::move(events), std::move(bodies), first_sequence);
    if (done) {
        done = append_leaves(transaction, log.suite, first_leaf, leaves);
    }
    if (done) {
        done = save_log(transaction, log);
    }
    if (!done) {
        return std::unexpected(done.error());
    }
    return count;
}

core::Result<std::optional<TreeHead>> Sequencer::sign_if_due(db::Transaction& transaction,
                                                             const LogState& log) const {
    const auto newest = newest_checkpoint(transaction);
    if (!newest) {
        return std::unexpected(newest.error());
    }
    TreeHead head{log.frontier.size(), {}};
    if (!is_due(head, *newest, transaction.now())) {
        return std::nullopt;
    }
    head.root = log.frontier.root();
    const Checkpoint checkpoint{log.origin, head, transaction.now()};
    const auto added =
        add_checkpoint(transaction, {head, checkpoint.made_at, sign_checkpoint(checkpoint, key_)});
    if (!added) {
        return std::unexpected(added.error());
    }
    return head;
}

}  // namespace kapok::audit
