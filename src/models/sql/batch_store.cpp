#include "models/batch/batch_store.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace kapok::models {
namespace {

using platform::db::Row;
using platform::db::Value;

constexpr std::string_view kInsert =
    "insert into models_batch (id, organization_id, project_id, creator, endpoint, input_file_id, "
    "metadata, language, state, outcome, total, completed, failed, errors, output_lifetime_s, "
    "created_at, expires_at, idempotency_key) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
    "?, ?, ?)";
// Columns as read_batch() expects them.
constexpr std::string_view kFind =
    "select id, organization_id, project_id, creator, endpoint, input_file_id, metadata, language, "
    "state, outcome, total, completed, failed, errors, output_file_id, error_file_id, "
    "output_lifetime_s, created_at, expires_at, in_progress_at, finalizing_at, cancelling_at, "
    "ended_at, idempotency_key from models_batch where id = ?";
constexpr std::string_view kFindByKey =
    "select id, organization_id, project_id, creator, endpoint, input_file_id, metadata, language, "
    "state, outcome, total, completed, failed, errors, output_file_id, error_file_id, "
    "output_lifetime_s, created_at, expires_at, in_progress_at, finalizing_at, cancelling_at, "
    "ended_at, idempotency_key from models_batch where project_id = ? and idempotency_key = ?";
constexpr std::string_view kUpdate =
    "update models_batch set state = ?, outcome = ?, total = ?, errors = ?, output_file_id = ?, "
    "error_file_id = ?, in_progress_at = ?, finalizing_at = ?, cancelling_at = ?, ended_at = ? "
    "where id = ? and state = ?";
constexpr std::string_view kListUp =
    "select id, organization_id, project_id, creator, endpoint, input_file_id, metadata, language, "
    "state, outcome, total, completed, failed, errors, output_file_id, error_file_id, "
    "output_lifetime_s, created_at, expires_at, in_progress_at, finalizing_at, cancelling_at, "
    "ended_at, idempotency_key from models_batch where project_id = ? and number > ? order by "
    "number limit ?";
constexpr std::string_view kListDown =
    "select id, organization_id, project_id, creator, endpoint, input_file_id, metadata, language, "
    "state, outcome, total, completed, failed, errors, output_file_id, error_file_id, "
    "output_lifetime_s, created_at, expires_at, in_progress_at, finalizing_at, cancelling_at, "
    "ended_at, idempotency_key from models_batch where project_id = ? and number < ? order by "
    "number desc limit ?";
constexpr std::string_view kNumber = "select number from models_batch where id = ?";
constexpr std::string_view kLive =
    "select id, organization_id, project_id, creator, endpoint, input_file_id, metadata, language, "
    "state, outcome, total, completed, failed, errors, output_file_id, error_file_id, "
    "output_lifetime_s, created_at, expires_at, in_progress_at, finalizing_at, cancelling_at, "
    "ended_at, idempotency_key from models_batch where state in ('validating', 'in_progress', "
    "'finalizing', "
    "'cancelling') order by number";
constexpr std::string_view kCountLive =
    "select count(*) from models_batch where project_id = ? and state in ('validating', "
    "'in_progress', 'finalizing', 'cancelling')";
constexpr std::string_view kReading =
    "select id from models_batch where input_file_id = ? and state in ('validating', "
    "'in_progress', 'finalizing', 'cancelling')";
constexpr std::string_view kCount =
    "update models_batch set completed = completed + ?, failed = failed + ? where id = ?";

constexpr std::string_view kInsertLine =
    "insert into models_batch_line (batch_id, line, custom_id, place, bytes, state, attempt, "
    "ready_at, status, answer, error) values (?, ?, ?, ?, ?, 'pending', 1, ?, 0, '', '') "
    "on conflict (batch_id, line) do nothing";
// Columns as read_line_row() expects them.
constexpr std::string_view kFindLine =
    "select batch_id, line, custom_id, place, bytes, state, attempt, ready_at, status, answer, "
    "error from models_batch_line where batch_id = ? and line = ?";
constexpr std::string_view kPendingLines =
    "select batch_id, line, custom_id, place, bytes, state, attempt, ready_at, status, answer, "
    "error from models_batch_line where batch_id = ? and state = 'pending' and ready_at <= ? "
    "order by line limit ?";
constexpr std::string_view kListLines =
    "select batch_id, line, custom_id, place, bytes, state, attempt, ready_at, status, answer, "
    "error from models_batch_line where batch_id = ? and line > ? order by line limit ?";
constexpr std::string_view kRunningLines =
    "select l.batch_id, l.line, l.attempt from models_batch b join models_batch_line l "
    "on l.batch_id = b.id and l.state = 'running' where b.state in ('in_progress', 'finalizing', "
    "'cancelling') order by l.batch_id, l.line";
constexpr std::string_view kCountLines =
    "select count(*) from models_batch_line where batch_id = ? and state = ?";
constexpr std::string_view kStartLine =
    "update models_batch_line set state = 'running' where batch_id = ? and line = ? and "
    "attempt = ? and state = 'pending' and exists (select 1 from models_batch b "
    "where b.id = models_batch_line.batch_id and b.state = 'in_progress')";
constexpr std::string_view kEndLine =
    "update models_batch_line set state = ?, status = ?, answer = ?, error = ? "
    "where batch_id = ? and line = ? and attempt = ? and state in ('pending', 'running')";
constexpr std::string_view kRetryLine =
    "update models_batch_line set state = 'pending', attempt = attempt + 1, ready_at = ? "
    "where batch_id = ? and line = ? and attempt = ? and state in ('pending', 'running')";
constexpr std::string_view kFailPending =
    "update models_batch_line set state = 'failed', error = ? where batch_id = ? and "
    "state = 'pending'";
constexpr std::string_view kDeleteLines = "delete from models_batch_line where batch_id = ?";

constexpr std::array<std::string_view, 2> kLanguages{"en", "zh"};

template <class Enum, std::size_t Size>
Enum enum_of(std::string_view name, const std::array<std::string_view, Size>& names) {
    const auto found = std::ranges::find(names, name);
    assert(found != names.end());
    return static_cast<Enum>(found - names.begin());
}

core::Result<void> done(const core::Result<std::int64_t>& executed) {
    return executed ? core::Result<void>() : std::unexpected(executed.error());
}

core::Result<bool> one(const core::Result<std::int64_t>& executed) {
    return executed ? core::Result<bool>(*executed == 1) : std::unexpected(executed.error());
}

std::string_view name_of(BatchState state) {
    return kBatchStateNames[std::to_underlying(state)];
}

Batch read_batch(const Row& row) {
    Batch batch;
    batch.id = row.id<BatchId>(0);
    batch.organization = row.id<core::OrganizationId>(1);
    batch.project = row.id<core::ProjectId>(2);
    batch.creator = row.text(3);
    batch.endpoint = enum_of<Endpoint>(row.text(4), kEndpointPaths);
    batch.input = row.id<FileId>(5);
    batch.metadata = row.text(6);
    batch.language = row.text(7) == kLanguages[1] ? core::Language::Zh : core::Language::En;
    batch.state = enum_of<BatchState>(row.text(8), kBatchStateNames);
    batch.outcome = enum_of<BatchState>(row.text(9), kBatchStateNames);
    batch.counts = {row.integer(10), row.integer(11), row.integer(12)};
    batch.errors = row.text(13);
    batch.output = row.id_if<FileId>(14);
    batch.error_output = row.id_if<FileId>(15);
    batch.output_lifetime_s = row.integer_if(16);
    batch.created_at = row.time(17);
    batch.expires_at = row.time(18);
    batch.in_progress_at = row.time_if(19);
    batch.finalizing_at = row.time_if(20);
    batch.cancelling_at = row.time_if(21);
    batch.ended_at = row.time_if(22);
    batch.idempotency_key = row.text_if(23);
    return batch;
}

Line read_line_row(const Row& row) {
    Line line;
    line.batch = row.id<BatchId>(0);
    line.number = row.integer(1);
    line.custom_id = row.text(2);
    line.offset = row.integer(3);
    line.bytes = row.integer(4);
    line.state = enum_of<LineState>(row.text(5), kLineStateNames);
    line.attempt = row.integer(6);
    line.ready_at = row.time(7);
    line.status = static_cast<int>(row.integer(8));
    line.answer = row.text(9);
    line.error = row.text(10);
    return line;
}

}  // namespace

core::Result<void> insert_batch(Transaction& transaction, const Batch& batch) {
    return done(transaction.execute(
        kInsert, {batch.id, batch.organization, batch.project, batch.creator,
                  kEndpointPaths[std::to_underlying(batch.endpoint)], batch.input, batch.metadata,
                  kLanguages[batch.language == core::Language::Zh ? 1 : 0], name_of(batch.state),
                  name_of(batch.outcome), batch.counts.total, batch.counts.completed,
                  batch.counts.failed, batch.errors, batch.output_lifetime_s, batch.created_at,
                  batch.expires_at, batch.idempotency_key}));
}

core::Result<std::optional<Batch>> find_batch(Reader& reader, BatchId id) {
    return reader.find(kFind, {id}, read_batch);
}

core::Result<std::optional<Batch>> find_batch(Reader& reader, core::ProjectId project,
                                              std::string_view idempotency_key) {
    return reader.find(kFindByKey, {project, idempotency_key}, read_batch);
}

core::Result<bool> update_batch(Transaction& transaction, const Batch& batch, BatchState expected) {
    return one(transaction.execute(
        kUpdate, {name_of(batch.state), name_of(batch.outcome), batch.counts.total, batch.errors,
                  batch.output, batch.error_output, batch.in_progress_at, batch.finalizing_at,
                  batch.cancelling_at, batch.ended_at, batch.id, name_of(expected)}));
}

core::Result<std::vector<Batch>> list_batches(Reader& reader, const ListWish& wish) {
    const bool up = wish.order == ListOrder::OldestFirst;
    const std::int64_t after = wish.after.value_or(up ? 0 : INT64_MAX);
    return reader.list(up ? kListUp : kListDown, {wish.project, after, wish.limit}, read_batch);
}

core::Result<std::optional<std::int64_t>> number_of(Reader& reader, BatchId id) {
    return reader.find(kNumber, {id}, [](const Row& row) { return row.integer(0); });
}

core::Result<std::vector<Batch>> live_batches(Reader& reader) {
    return reader.list(kLive, {}, read_batch);
}

core::Result<std::int64_t> count_live_batches(Reader& reader, core::ProjectId project) {
    const auto count =
        reader.find(kCountLive, {project}, [](const Row& row) { return row.integer(0); });
    return count ? core::Result<std::int64_t>(count->value_or(0)) : std::unexpected(count.error());
}

core::Result<std::optional<BatchId>> live_batch_reading(Reader& reader, FileId file) {
    return reader.find(kReading, {file}, [](const Row& row) { return row.id<BatchId>(0); });
}

core::Result<void> count_lines(Transaction& transaction, BatchId batch, std::int64_t completed,
                               std::int64_t failed) {
    return done(transaction.execute(kCount, {completed, failed, batch}));
}

core::Result<void> insert_lines(Transaction& transaction, std::span<const Line> lines) {
    std::vector<std::vector<Value>> rows;
    rows.reserve(lines.size());
    for (const Line& line : lines) {
        rows.push_back(
            {line.batch, line.number, line.custom_id, line.offset, line.bytes, line.ready_at});
    }
    return transaction.execute_many(kInsertLine, rows);
}

core::Result<std::optional<Line>> find_line(Reader& reader, BatchId batch, std::int64_t line) {
    return reader.find(kFindLine, {batch, line}, read_line_row);
}

core::Result<std::vector<Line>> pending_lines(Reader& reader, BatchId batch, core::Timestamp now,
                                              std::size_t limit) {
    return reader.list(kPendingLines, {batch, now, limit}, read_line_row);
}

core::Result<std::vector<Line>> list_lines(Reader& reader, BatchId batch, std::int64_t after,
                                           std::size_t limit) {
    return reader.list(kListLines, {batch, after, limit}, read_line_row);
}

core::Result<std::vector<LineKey>> running_lines(Reader& reader) {
    return reader.list(kRunningLines, {}, [](const Row& row) {
        return LineKey{row.id<BatchId>(0), row.integer(1), row.integer(2)};
    });
}

core::Result<std::int64_t> count_lines_in(Reader& reader, BatchId batch, LineState state) {
    const std::string_view name = kLineStateNames[std::to_underlying(state)];
    const auto count =
        reader.find(kCountLines, {batch, name}, [](const Row& row) { return row.integer(0); });
    return count ? core::Result<std::int64_t>(count->value_or(0)) : std::unexpected(count.error());
}

core::Result<bool> start_line(Transaction& transaction, const LineKey& key) {
    return one(transaction.execute(kStartLine, {key.batch, key.line, key.attempt}));
}

core::Result<bool> end_line(Transaction& transaction, const LineKey& key, const Line& result) {
    return one(transaction.execute(
        kEndLine, {kLineStateNames[std::to_underlying(result.state)], result.status, result.answer,
                   result.error, key.batch, key.line, key.attempt}));
}

core::Result<bool> retry_line(Transaction& transaction, const LineKey& key,
                              core::Timestamp ready_at) {
    return one(transaction.execute(kRetryLine, {ready_at, key.batch, key.line, key.attempt}));
}

core::Result<std::int64_t> fail_pending_lines(Transaction& transaction, BatchId batch,
                                              std::string_view error) {
    return transaction.execute(kFailPending, {error, batch});
}

core::Result<void> delete_lines(Transaction& transaction, BatchId batch) {
    return done(transaction.execute(kDeleteLines, {batch}));
}

}  // namespace kapok::models
