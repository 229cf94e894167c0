#include "compute/sql/rows.h"
#include "compute/work_store.h"

namespace kapok::compute::store {
namespace {

using sql::Row;

constexpr std::string_view kInsertRound =
    "insert into compute_round (epoch, snapshot, policy, decided_at, blinding) "
    "values (?, ?, ?, ?, ?)";
constexpr std::string_view kLastRound = "select max(number) from compute_round";
constexpr std::string_view kFindRound =
    "select number, epoch, snapshot, policy, decided_at, blinding from compute_round "
    "where number = ?";
constexpr std::string_view kInsertDecision =
    "insert into compute_decision (job_id, attempt, round_number, verdict, body, decided_at) "
    "values (?, ?, ?, ?, ?, ?)";
constexpr std::string_view kDecisions =
    "select number, job_id, attempt, round_number, verdict, body, decided_at from compute_decision";
constexpr std::string_view kInsertCommand =
    "insert into compute_command (node_id, kind, body, created_at) values (?, ?, ?, ?)";
constexpr std::string_view kOpenCommands =
    "select number, node_id, kind, body, created_at from compute_command "
    "where node_id = ? and done_at is null and number > ? order by number limit ?";
constexpr std::string_view kFinishCommand =
    "update compute_command set done_at = ? where number = ? and node_id = ? and done_at is null";
constexpr std::string_view kFinishCommands =
    "update compute_command set done_at = ? where node_id = ? and done_at is null";
constexpr std::string_view kRemoveCommands =
    "delete from compute_command where number in (select number from compute_command "
    "where done_at < ? order by done_at limit ?)";
constexpr std::string_view kLogLength =
    "select position, content from compute_log where job_id = ? and attempt = ? and stream = ? "
    "order by position desc limit 1";
constexpr std::string_view kAppendLog =
    "insert into compute_log (job_id, attempt, stream, position, content, received_at) "
    "values (?, ?, ?, ?, ?, ?) on conflict do nothing";
constexpr std::string_view kReadLog =
    "select job_id, attempt, stream, position, content from compute_log "
    "where job_id = ? and attempt = ? and stream = ? and position >= "
    "(select coalesce(max(position), 0) from compute_log where job_id = ? and attempt = ? "
    "and stream = ? and position <= ?) order by position limit ?";
constexpr std::string_view kInsertArtifact =
    "insert into compute_artifact (organization_id, digest, bytes, created_at) "
    "values (?, ?, ?, ?) on conflict do nothing";
constexpr std::string_view kFindArtifact =
    "select organization_id, digest, bytes, created_at from compute_artifact "
    "where organization_id = ? and digest = ?";
constexpr std::string_view kInsertOutput =
    "insert into compute_output (job_id, attempt, path, digest, bytes) values (?, ?, ?, ?, ?) "
    "on conflict do nothing";
constexpr std::string_view kOutputs =
    "select job_id, attempt, path, digest, bytes from compute_output "
    "where job_id = ? and attempt = ? order by path";

KeptDecision read_decision(const Row& row) {
    return {row.integer(0),           row.id<JobId>(1),         row.integer(2), row.integer(3),
            std::string(row.text(4)), std::string(row.text(5)), row.time(6)};
}

platform::db::Blob blob_of(const Row& row, int column) {
    const auto bytes = row.blob(column);
    return {bytes.begin(), bytes.end()};
}

}  // namespace

core::Result<std::int64_t> insert_round(Transaction& transaction, const KeptRound& round) {
    const auto inserted = transaction.execute(
        kInsertRound,
        {round.epoch, round.snapshot, round.policy, round.decided_at, round.blinding});
    if (!inserted) {
        return std::unexpected(inserted.error());
    }
    // Only the holder of the planner's lease inserts, so the last one is this one.
    const auto number =
        transaction.find(kLastRound, {}, [](const Row& row) { return row.integer(0); });
    return number ? core::Result<std::int64_t>(number->value_or(0))
                  : std::unexpected(number.error());
}

core::Result<std::optional<KeptRound>> find_round(Reader& reader, std::int64_t number) {
    return reader.find(kFindRound, {number}, [](const Row& row) {
        return KeptRound{row.integer(0),           row.integer(1), std::string(row.text(2)),
                         std::string(row.text(3)), row.time(4),    std::string(row.text(5))};
    });
}

core::Result<void> insert_decision(Transaction& transaction, const KeptDecision& decision) {
    return sql::done(transaction.execute(
        kInsertDecision, {decision.job, decision.attempt, decision.round, decision.verdict,
                          decision.body, decision.decided_at}));
}

core::Result<std::optional<KeptDecision>> latest_decision(Reader& reader, JobId job) {
    return reader.find(std::string(kDecisions) + " where job_id = ? order by number desc limit 1",
                       {job}, read_decision);
}

core::Result<core::Page<KeptDecision>> list_decisions(Reader& reader, JobId job,
                                                      const core::Window& window) {
    // Who may see the job may see these.
    platform::db::Select select(kDecisions, "", core::Scope::all());
    select.where("job_id = ?", {job}).window(window, sql::kByNumber);
    return platform::db::read_page<KeptDecision>(reader, select, window, read_decision,
                                                 [](const KeptDecision&) { return std::string(); });
}

core::Result<std::vector<KeptDecision>> decisions_of(Reader& reader, JobId job) {
    return reader.list(std::string(kDecisions) + " where job_id = ? order by number", {job},
                       read_decision);
}

core::Result<void> insert_command(Transaction& transaction, const NodeCommand& command) {
    return sql::done(transaction.execute(
        kInsertCommand, {command.node, command.kind, command.body, command.created_at}));
}

core::Result<std::vector<NodeCommand>> open_commands(Reader& reader, NodeId node, Stretch stretch) {
    return reader.list(kOpenCommands, {node, stretch.after, stretch.limit}, [](const Row& row) {
        return NodeCommand{row.integer(0), row.id<NodeId>(1), std::string(row.text(2)),
                           std::string(row.text(3)), row.time(4)};
    });
}

core::Result<void> finish_command(Transaction& transaction, NodeId node, std::int64_t number) {
    return sql::done(transaction.execute(kFinishCommand, {transaction.now(), number, node}));
}

core::Result<void> finish_commands(Transaction& transaction, NodeId node) {
    return sql::done(transaction.execute(kFinishCommands, {transaction.now(), node}));
}

core::Result<std::size_t> remove_done_commands(Transaction& transaction, core::Timestamp before,
                                               std::size_t limit) {
    const auto removed = transaction.execute(kRemoveCommands, {before, limit});
    return removed ? core::Result<std::size_t>(static_cast<std::size_t>(*removed))
                   : std::unexpected(removed.error());
}

core::Result<std::int64_t> log_length(Reader& reader, JobId job, std::int64_t attempt,
                                      LogStream stream) {
    const auto last = reader.find(
        kLogLength, {job, attempt, sql::name_of(stream, kLogStreamNames)}, [](const Row& row) {
            return row.integer(0) + static_cast<std::int64_t>(row.blob(1).size());
        });
    return last ? core::Result<std::int64_t>(last->value_or(0)) : std::unexpected(last.error());
}

core::Result<void> append_log(Transaction& transaction, const LogChunk& chunk) {
    const auto length = log_length(transaction, chunk.job, chunk.attempt, chunk.stream);
    if (!length) {
        return std::unexpected(length.error());
    }
    if (*length != chunk.position || chunk.content.empty()) {
        return {};
    }
    return sql::done(transaction.execute(
        kAppendLog, {chunk.job, chunk.attempt, sql::name_of(chunk.stream, kLogStreamNames),
                     chunk.position, chunk.content, transaction.now()}));
}

core::Result<std::vector<LogChunk>> read_log(Reader& reader, JobId job, std::int64_t attempt,
                                             LogStream stream, Stretch stretch) {
    const std::string_view name = sql::name_of(stream, kLogStreamNames);
    return reader.list(kReadLog,
                       {job, attempt, name, job, attempt, name, stretch.after, stretch.limit},
                       [](const Row& row) {
                           return LogChunk{row.id<JobId>(0), row.integer(1),
                                           sql::enum_of<LogStream>(row.text(2), kLogStreamNames),
                                           row.integer(3), blob_of(row, 4)};
                       });
}

core::Result<void> insert_artifact(Transaction& transaction, const Artifact& artifact) {
    return sql::done(transaction.execute(kInsertArtifact, {artifact.organization, artifact.digest,
                                                           artifact.bytes, artifact.created_at}));
}

core::Result<std::optional<Artifact>> find_artifact(Reader& reader,
                                                    core::OrganizationId organization,
                                                    std::string_view digest) {
    return reader.find(kFindArtifact, {organization, digest}, [](const Row& row) {
        return Artifact{row.id<core::OrganizationId>(0), std::string(row.text(1)), row.integer(2),
                        row.time(3)};
    });
}

core::Result<void> insert_output(Transaction& transaction, const JobOutput& output) {
    return sql::done(transaction.execute(
        kInsertOutput, {output.job, output.attempt, output.path, output.digest, output.bytes}));
}

core::Result<std::vector<JobOutput>> outputs_of(Reader& reader, JobId job, std::int64_t attempt) {
    return reader.list(kOutputs, {job, attempt}, [](const Row& row) {
        return JobOutput{row.id<JobId>(0), row.integer(1), std::string(row.text(2)),
                         std::string(row.text(3)), row.integer(4)};
    });
}

}  // namespace kapok::compute::store
