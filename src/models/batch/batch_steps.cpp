#include "models/batch/batch_steps.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "audit/api.h"
#include "models/batch/batch_output.h"
#include "models/errors.h"
#include "models/gateway/call_money.h"
#include "models/limits.h"

namespace kapok::models {
namespace {

constexpr std::chrono::seconds kRetryPauseMax{60};

core::Result<Batch> require_batch(Reader& reader, BatchId id) {
    auto found = find_batch(reader, id);
    if (!found) {
        return std::unexpected(found.error());
    }
    auto& batch = *found;
    if (!batch) {
        return core::fail(kNoBatch, {{"batch", id.text()}});
    }
    return *std::move(batch);
}

std::unexpected<core::Error> taken(const LineKey& key) {
    return core::fail(kLineTaken,
                      {{"line", std::to_string(key.line)}, {"batch", key.batch.text()}});
}

// Writes what `batch` has become; nothing if it was changed from `before` by somebody else.
core::Result<void> move_on(Transaction& transaction, const Batch& batch, BatchState before) {
    const auto changed = update_batch(transaction, batch, before);
    if (!changed) {
        return std::unexpected(changed.error());
    }
    transaction.ring(kBatchesBell);
    return {};
}

core::Result<void> announce_end(Transaction& transaction, const Batch& batch) {
    audit::Event event;
    event.type = "models.batch_ended";
    event.subject = batch.id.text();
    event.organization = batch.organization;
    event.project = batch.project;
    event.data = {{"status", kBatchStateNames[std::to_underlying(batch.state)]},
                  {"total", batch.counts.total},
                  {"completed", batch.counts.completed},
                  {"failed", batch.counts.failed}};
    return audit::publish(transaction, core::Principal::system("batches"), event);
}

// Settles what is held for the attempt from its last progress, if anything still is.
core::Result<void> settle_attempt(Transaction& transaction, const LineKey& key) {
    const auto found = find_call(transaction, hold_of(key));
    if (!found) {
        return std::unexpected(found.error());
    }
    const auto& call = *found;
    if (!call) {
        return {};
    }
    const Ended ended{call->count, exchange::UsageSource::Partial, "server_died"};
    return finish(transaction, core::Principal::system("batches"), *call, ended);
}

core::Timestamp next_try(core::Timestamp now, std::int64_t attempt) {
    const std::chrono::seconds pause(std::int64_t{1} << std::min<std::int64_t>(attempt, 6));
    return now + std::min(pause, kRetryPauseMax);
}

core::Result<void> add_file(Transaction& transaction, const Batch& batch, FileId id,
                            std::string name, std::int64_t bytes) {
    const auto known = find_file(transaction, id);
    if (!known || *known) {
        return known ? core::Result<void>() : std::unexpected(known.error());
    }
    std::optional<core::Timestamp> expires_at;
    if (batch.output_lifetime_s) {
        expires_at = transaction.now() + std::chrono::seconds(*batch.output_lifetime_s);
    }
    return insert_file(transaction,
                       {id, batch.organization, batch.project, std::string(kPurposeBatchOutput),
                        std::move(name), bytes, FileState::Ready, transaction.now(), expires_at});
}

}  // namespace

core::Principal principal_of(const Batch& batch) {
    core::Principal principal = core::Principal::system(batch.id.text());
    principal.organization = batch.organization;
    principal.project = batch.project;
    return principal;
}

core::Result<void> begin_batch(Transaction& transaction, BatchId id, std::int64_t total) {
    auto batch = require_batch(transaction, id);
    if (!batch) {
        return std::unexpected(batch.error());
    }
    batch->state = BatchState::InProgress;
    batch->in_progress_at = transaction.now();
    batch->counts.total = total;
    return move_on(transaction, *batch, BatchState::Validating);
}

core::Result<void> refuse_batch(Transaction& transaction, BatchId id,
                                std::span<const LineFault> faults) {
    auto batch = require_batch(transaction, id);
    if (!batch) {
        return std::unexpected(batch.error());
    }
    if (batch->state != BatchState::Validating) {
        return {};
    }
    batch->state = BatchState::Failed;
    batch->ended_at = transaction.now();
    batch->errors = faults_text(faults);
    if (const auto gone = delete_lines(transaction, id); !gone) {
        return gone;
    }
    const auto moved = move_on(transaction, *batch, BatchState::Validating);
    return moved ? announce_end(transaction, *batch) : moved;
}

core::Result<void> begin_line(Transaction& transaction, const LineKey& key) {
    const auto started = start_line(transaction, key);
    if (!started) {
        return std::unexpected(started.error());
    }
    return *started ? core::Result<void>() : taken(key);
}

core::Result<void> conclude_line(Transaction& transaction, const LineKey& key,
                                 core::Language language,
                                 const core::Result<platform::http::Response>& reply) {
    transaction.ring(kBatchesBell);
    if (!reply && is_transient(reply.error()) && key.attempt < kLineAttemptsMax) {
        const auto again = retry_line(transaction, key, next_try(transaction.now(), key.attempt));
        return again ? core::Result<void>() : std::unexpected(again.error());
    }
    const Line result = result_of(reply, language);
    const auto accepted = end_line(transaction, key, result);
    if (!accepted || !*accepted) {
        return accepted ? core::Result<void>() : std::unexpected(accepted.error());
    }
    const std::int64_t good = is_good(result) ? 1 : 0;
    return count_lines(transaction, key.batch, good, 1 - good);
}

core::Result<void> abandon_line(Transaction& transaction, const LineKey& key,
                                core::Language language, const core::Error& error) {
    const auto found = find_line(transaction, key.batch, key.line);
    if (!found) {
        return std::unexpected(found.error());
    }
    const auto& line = *found;
    const bool mine = line && line->attempt == key.attempt &&
                      (line->state == LineState::Running || line->state == LineState::Pending);
    if (!mine) {
        return {};
    }
    if (const auto settled = settle_attempt(transaction, key); !settled) {
        return settled;
    }
    return conclude_line(transaction, key, language, std::unexpected(error));
}

core::Result<std::size_t> adopt_lines(Transaction& transaction) {
    const auto running = running_lines(transaction);
    if (!running) {
        return std::unexpected(running.error());
    }
    for (const LineKey& key : *running) {
        if (const auto settled = settle_attempt(transaction, key); !settled) {
            return std::unexpected(settled.error());
        }
        const auto again = retry_line(transaction, key, transaction.now());
        if (!again) {
            return std::unexpected(again.error());
        }
    }
    return running->size();
}

core::Result<void> close_batch(Transaction& transaction, BatchId id, BatchState outcome) {
    auto batch = require_batch(transaction, id);
    if (!batch) {
        return std::unexpected(batch.error());
    }
    batch->state = BatchState::Finalizing;
    batch->outcome = outcome;
    batch->finalizing_at = transaction.now();
    return move_on(transaction, *batch, BatchState::InProgress);
}

core::Result<void> drop_pending_lines(Transaction& transaction, BatchId id) {
    const auto batch = require_batch(transaction, id);
    if (!batch) {
        return std::unexpected(batch.error());
    }
    if (!batch->in_progress_at) {  // Cancelled before its lines were all read.
        return delete_lines(transaction, id);
    }
    const core::ErrorCode& code =
        batch->outcome == BatchState::Expired ? kBatchExpired : kBatchCancelled;
    const auto failed =
        fail_pending_lines(transaction, id, error_text({code, {}, {}}, batch->language));
    return failed ? count_lines(transaction, id, 0, *failed) : std::unexpected(failed.error());
}

core::Result<void> finish_batch(Transaction& transaction, BatchId id, std::int64_t output_bytes,
                                std::int64_t error_bytes) {
    auto batch = require_batch(transaction, id);
    if (!batch) {
        return std::unexpected(batch.error());
    }
    const BatchState before = batch->state;
    if (before != BatchState::Finalizing && before != BatchState::Cancelling) {
        return {};
    }
    if (output_bytes > 0) {
        const FileId file = output_file_of(id);
        batch->output = file;
        const auto added =
            add_file(transaction, *batch, file, id.text() + "_output.jsonl", output_bytes);
        if (!added) {
            return added;
        }
    }
    if (error_bytes > 0) {
        const FileId file = error_file_of(id);
        batch->error_output = file;
        const auto added =
            add_file(transaction, *batch, file, id.text() + "_error.jsonl", error_bytes);
        if (!added) {
            return added;
        }
    }
    batch->state = batch->outcome;
    batch->ended_at = transaction.now();
    if (const auto gone = delete_lines(transaction, id); !gone) {
        return gone;
    }
    const auto moved = move_on(transaction, *batch, before);
    return moved ? announce_end(transaction, *batch) : moved;
}

}  // namespace kapok::models
