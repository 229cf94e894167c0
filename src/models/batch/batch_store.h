#pragma once

// Where files, batches and their lines are kept. What a caller may see is its project's; what the
// loop does is the system's and names batches by id.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "models/batch/batch.h"
#include "models/models_store.h"
#include "platform/db/database.h"

namespace kapok::models {

[[nodiscard]] core::Result<void> insert_file(Transaction& transaction, const File& file);
[[nodiscard]] core::Result<std::optional<File>> find_file(Reader& reader, FileId id);
// With what is known of it now: purpose, name, bytes, time of expiry. False if it is to go.
[[nodiscard]] core::Result<bool> set_file_ready(Transaction& transaction, const File& file);
[[nodiscard]] core::Result<void> set_file_deleting(Transaction& transaction, FileId id);
[[nodiscard]] core::Result<void> delete_file(Transaction& transaction, FileId id);

enum class ListOrder : bool { OldestFirst, NewestFirst };
struct ListWish {
    core::ProjectId project;
    std::optional<std::int64_t> after;  // The number of the last one seen.
    ListOrder order = ListOrder::NewestFirst;
    std::size_t limit = 0;
};
// Those that are ready, with this purpose if one is named.
[[nodiscard]] core::Result<std::vector<File>> list_files(Reader& reader, const ListWish& wish,
                                                         std::string_view purpose);
[[nodiscard]] core::Result<std::optional<std::int64_t>> number_of(Reader& reader, FileId id);
struct FileTotals {
    std::int64_t count = 0;
    std::int64_t bytes = 0;
};
[[nodiscard]] core::Result<FileTotals> file_totals(Reader& reader, core::ProjectId project);
// What is to go: marked so, past its time, or left behind by an upload that began before `stale`.
[[nodiscard]] core::Result<std::vector<File>> files_to_remove(Reader& reader, core::Timestamp now,
                                                              core::Timestamp stale,
                                                              std::size_t limit);

[[nodiscard]] core::Result<void> insert_batch(Transaction& transaction, const Batch& batch);
[[nodiscard]] core::Result<std::optional<Batch>> find_batch(Reader& reader, BatchId id);
[[nodiscard]] core::Result<std::optional<Batch>> find_batch(Reader& reader, core::ProjectId project,
                                                            std::string_view idempotency_key);
// All of it that changes, but for the counts of lines that ended; false if it is not in the state
// `expected` any more.
[[nodiscard]] core::Result<bool> update_batch(Transaction& transaction, const Batch& batch,
                                              BatchState expected);
[[nodiscard]] core::Result<std::vector<Batch>> list_batches(Reader& reader, const ListWish& wish);
[[nodiscard]] core::Result<std::optional<std::int64_t>> number_of(Reader& reader, BatchId id);
// Those that are not over, oldest first.
[[nodiscard]] core::Result<std::vector<Batch>> live_batches(Reader& reader);
[[nodiscard]] core::Result<std::int64_t> count_live_batches(Reader& reader,
                                                            core::ProjectId project);
[[nodiscard]] core::Result<std::optional<BatchId>> live_batch_reading(Reader& reader, FileId file);

// Adds to the counts; several lines may end at once.
[[nodiscard]] core::Result<void> count_lines(Transaction& transaction, BatchId batch,
                                             std::int64_t completed, std::int64_t failed);

// Those that are there already stay as they are.
[[nodiscard]] core::Result<void> insert_lines(Transaction& transaction,
                                              std::span<const Line> lines);
[[nodiscard]] core::Result<std::optional<Line>> find_line(Reader& reader, BatchId batch,
                                                          std::int64_t line);
[[nodiscard]] core::Result<std::vector<Line>> pending_lines(Reader& reader, BatchId batch,
                                                            core::Timestamp now, std::size_t limit);
// By line, from the one after `after`.
[[nodiscard]] core::Result<std::vector<Line>> list_lines(Reader& reader, BatchId batch,
                                                         std::int64_t after, std::size_t limit);
[[nodiscard]] core::Result<std::vector<LineKey>> running_lines(Reader& reader);
[[nodiscard]] core::Result<std::int64_t> count_lines_in(Reader& reader, BatchId batch,
                                                        LineState state);
// Each is false if the attempt is not in the state that it must be in: somebody else has it.
[[nodiscard]] core::Result<bool> start_line(Transaction& transaction, const LineKey& key);
[[nodiscard]] core::Result<bool> end_line(Transaction& transaction, const LineKey& key,
                                          const Line& result);
[[nodiscard]] core::Result<bool> retry_line(Transaction& transaction, const LineKey& key,
                                            core::Timestamp ready_at);
// Every pending line fails with `error`; says how many.
[[nodiscard]] core::Result<std::int64_t> fail_pending_lines(Transaction& transaction, BatchId batch,
                                                            std::string_view error);
[[nodiscard]] core::Result<void> delete_lines(Transaction& transaction, BatchId batch);

}  // namespace kapok::models
