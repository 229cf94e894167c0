#pragma once

// The steps of a batch, each one command. Their order may be broken off anywhere, by a crash or by
// another server that takes over, and every step may be done again: what a line comes to is written
// in the command that settles its money, under an attempt that only one can end.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/principal.h"
#include "core/result.h"
#include "models/batch/batch_store.h"
#include "platform/http/message.h"

namespace kapok::models {

// In whose name a batch's calls are made: the platform's, for the batch's project.
[[nodiscard]] core::Principal principal_of(const Batch& batch);

// The input is good: its lines are there.
[[nodiscard]] core::Result<void> begin_batch(Transaction& transaction, BatchId id,
                                             std::int64_t total);
// The input is bad: nothing of it is done.
[[nodiscard]] core::Result<void> refuse_batch(Transaction& transaction, BatchId id,
                                              std::span<const LineFault> faults);

// The attempt begins; kLineTaken if it is not there to be begun. The call's hold follows in the
// same command.
[[nodiscard]] core::Result<void> begin_line(Transaction& transaction, const LineKey& key);
// The attempt has ended, and its money was settled in the same command: its line has its result, or
// is to be tried again. Does nothing if the attempt is not under way any more.
[[nodiscard]] core::Result<void> conclude_line(Transaction& transaction, const LineKey& key,
                                               core::Language language,
                                               const core::Result<platform::http::Response>& reply);
// The attempt was not begun, or its end was not written: whatever is held for it is settled from
// its last progress, then the same.
[[nodiscard]] core::Result<void> abandon_line(Transaction& transaction, const LineKey& key,
                                              core::Language language, const core::Error& error);
// By who takes the loop over: every attempt under way was another's, who is dead or will find it
// taken. Each is settled from its last progress, and its line is to be tried again.
[[nodiscard]] core::Result<std::size_t> adopt_lines(Transaction& transaction);

// No more lines are begun; its results can be written when none is under way.
[[nodiscard]] core::Result<void> close_batch(Transaction& transaction, BatchId id,
                                             BatchState outcome);
// Lines that were never begun fail, as the batch expired or was cancelled.
[[nodiscard]] core::Result<void> drop_pending_lines(Transaction& transaction, BatchId id);
// The results are in these files, which are durable; a file of no bytes is none.
[[nodiscard]] core::Result<void> finish_batch(Transaction& transaction, BatchId id,
                                              std::int64_t output_bytes, std::int64_t error_bytes);

}  // namespace kapok::models
