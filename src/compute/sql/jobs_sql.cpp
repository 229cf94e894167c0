#include <cassert>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "compute/sql/rows.h"
#include "compute/work_store.h"

namespace kapok::compute::store {
namespace {

using platform::db::find_one;
using platform::db::read_page;
using platform::db::Select;
using sql::Row;

constexpr std::string_view kInsertJob =
    "insert into compute_job (id, organization_id, project_id, submitted_by, name, spec, priority, "
    "state, attempt, cancel_requested, exit_code, created_at, updated_at, finished_at, version, "
    "service) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing";
constexpr std::string_view kNumberOfJob = "select number from compute_job where id = ?";
constexpr std::string_view kUpdateJob =
    "update compute_job set state = ?, attempt = ?, cancel_requested = ?, exit_code = ?, "
    "updated_at = ?, finished_at = ?, version = version + 1 where id = ? and version = ?";
constexpr std::string_view kJobs =
    "select number, id, organization_id, project_id, submitted_by, spec, state, attempt, "
    "cancel_requested, exit_code, created_at, updated_at, finished_at, version, service "
    "from compute_job";
constexpr std::string_view kQueue =
    "select number, id, organization_id, project_id, submitted_by, spec, state, attempt, "
    "cancel_requested, exit_code, created_at, updated_at, finished_at, version, service "
    "from compute_job where state = 'queued' and (service = 0 or exists (select 1 from "
    "compute_service s where s.job_id = compute_job.id and s.not_before <= ?)) "
    "order by priority desc, number limit ?";
constexpr std::string_view kInsertAttempt =
    "insert into compute_attempt (job_id, attempt, node_id, cpu_milli, memory_bytes, accelerators, "
    "accelerator_model, hold_id, boot_id, dispatched_at, started_at, ends_by, ended_at, exit, "
    "exit_code, problem, usage) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr std::string_view kUpdateAttempt =
    "update compute_attempt set started_at = ?, ends_by = ?, ended_at = ?, exit = ?, "
    "exit_code = ?, problem = ?, usage = ? where job_id = ? and attempt = ?";
constexpr std::string_view kAttempts =
    "select job_id, attempt, node_id, cpu_milli, memory_bytes, accelerators, accelerator_model, "
    "hold_id, boot_id, dispatched_at, started_at, ends_by, ended_at, exit, exit_code, problem, "
    "usage, log_removed_at from compute_attempt where ";
// Those whose log has been kept for long enough.
constexpr std::string_view kOldLogs =
    "select job_id, attempt from compute_attempt where log_removed_at is null and ended_at < ? "
    "order by ended_at limit ?";
constexpr std::string_view kRemoveLog = "delete from compute_log where job_id = ? and attempt = ?";
constexpr std::string_view kLogRemoved =
    "update compute_attempt set log_removed_at = ? where job_id = ? and attempt = ?";

Job read_job(const Row& row) {
    Job job;
    job.number = row.integer(0);
    job.id = row.id<JobId>(1);
    job.organization = row.id<core::OrganizationId>(2);
    job.project = row.id<core::ProjectId>(3);
    job.submitted_by = row.text(4);
    auto spec = job_spec_from_json(boost::json::parse(row.text(5)).as_object());
    assert(spec.has_value());  // Checked before it was written.
    job.spec = *std::move(spec);
    job.status = {sql::enum_of<JobState>(row.text(6), kJobStateNames), row.integer(7),
                  row.boolean(8)};
    job.exit_code = sql::maybe_integer(row, 9);
    job.created_at = row.time(10);
    job.updated_at = row.time(11);
    job.finished_at = sql::maybe_time(row, 12);
    job.version = row.integer(13);
    job.service = row.boolean(14);
    return job;
}

Attempt read_attempt(const Row& row) {
    Attempt attempt;
    attempt.job = row.id<JobId>(0);
    attempt.number = row.integer(1);
    attempt.node = row.id<NodeId>(2);
    attempt.demand = {row.integer(3), row.integer(4), row.integer(5)};
    attempt.accelerator_model = row.text(6);
    attempt.hold = row.uuid(7);
    attempt.boot_id = row.text(8);
    attempt.dispatched_at = row.time(9);
    attempt.started_at = sql::maybe_time(row, 10);
    attempt.ends_by = row.time(11);
    attempt.ended_at = sql::maybe_time(row, 12);
    if (!row.is_null(13)) {
        attempt.exit = sql::enum_of<ExitClass>(row.text(13), kExitClassNames);
    }
    attempt.exit_code = sql::maybe_integer(row, 14);
    attempt.problem = row.text(15);
    attempt.usage = row.text(16);
    attempt.log_removed_at = sql::maybe_time(row, 17);
    return attempt;
}

std::optional<std::string> exit_text(const Attempt& attempt) {
    return attempt.exit ? std::optional(std::string(sql::name_of(*attempt.exit, kExitClassNames)))
                        : std::nullopt;
}

}  // namespace

core::Result<bool> insert_job(Transaction& transaction, Job& job) {
    const auto inserted = transaction.execute(
        kInsertJob, {job.id, job.organization, job.project, job.submitted_by, job.spec.name,
                     boost::json::serialize(to_json(job.spec)), job.spec.priority,
                     sql::name_of(job.status.state, kJobStateNames), job.status.attempt,
                     job.status.cancel_requested, job.exit_code, job.created_at, job.updated_at,
                     job.finished_at, job.version, job.service});
    if (!inserted) {
        return std::unexpected(inserted.error());
    }
    if (*inserted == 0) {
        return false;
    }
    const auto number =
        transaction.find(kNumberOfJob, {job.id}, [](const Row& row) { return row.integer(0); });
    if (!number) {
        return std::unexpected(number.error());
    }
    job.number = number->value_or(0);
    return true;
}

core::Result<bool> update_job(Transaction& transaction, const Job& job) {
    const auto updated = transaction.execute(
        kUpdateJob, {sql::name_of(job.status.state, kJobStateNames), job.status.attempt,
                     job.status.cancel_requested, job.exit_code, job.updated_at, job.finished_at,
                     job.id, job.version});
    if (!updated) {
        return std::unexpected(updated.error());
    }
    return *updated == 1;
}

core::Result<std::optional<Job>> find_job(Reader& reader, const core::Scope& scope, JobId id) {
    return find_one(reader, Select(kJobs, "organization_id", scope).where("id = ?", {id}),
                    read_job);
}

core::Result<core::Page<Job>> list_jobs(Reader& reader, const core::Scope& scope,
                                        const JobFilter& filter, const core::Window& window) {
    Select select(kJobs, "organization_id", scope);
    select.where_if("project_id = ?", filter.project)
        .where_if("state = ?", filter.state,
                  [](JobState state) { return sql::name_of(state, kJobStateNames); })
        .window(window, sql::kByNumber);
    return read_page<Job>(reader, select, window, read_job,
                          [](const Job& job) { return job.spec.name; });
}

core::Result<std::vector<Job>> queued_jobs(Reader& reader, core::Timestamp now, std::size_t limit) {
    return reader.list(kQueue, {now, limit}, read_job);
}

core::Result<void> insert_attempt(Transaction& transaction, const Attempt& attempt) {
    return sql::done(transaction.execute(
        kInsertAttempt,
        {attempt.job, attempt.number, attempt.node, attempt.demand.cpu_milli,
         attempt.demand.memory_bytes, attempt.demand.accelerators, attempt.accelerator_model,
         attempt.hold, attempt.boot_id, attempt.dispatched_at, attempt.started_at, attempt.ends_by,
         attempt.ended_at, exit_text(attempt), attempt.exit_code, attempt.problem, attempt.usage}));
}

core::Result<void> update_attempt(Transaction& transaction, const Attempt& attempt) {
    return sql::done(transaction.execute(
        kUpdateAttempt,
        {attempt.started_at, attempt.ends_by, attempt.ended_at, exit_text(attempt),
         attempt.exit_code, attempt.problem, attempt.usage, attempt.job, attempt.number}));
}

core::Result<std::optional<Attempt>> find_attempt(Reader& reader, JobId job, std::int64_t number) {
    return reader.find(std::string(kAttempts) + "job_id = ? and attempt = ?", {job, number},
                       read_attempt);
}

core::Result<std::vector<Attempt>> attempts_of(Reader& reader, JobId job) {
    return reader.list(std::string(kAttempts) + "job_id = ? order by attempt", {job}, read_attempt);
}

core::Result<std::vector<Attempt>> live_attempts(Reader& reader, std::optional<NodeId> node) {
    const std::string text(kAttempts);
    if (node) {
        return reader.list(text + "node_id = ? and ended_at is null order by job_id, attempt",
                           {*node}, read_attempt);
    }
    return reader.list(text + "ended_at is null order by job_id, attempt", {}, read_attempt);
}

core::Result<std::size_t> remove_old_logs(Transaction& transaction, core::Timestamp before,
                                          std::size_t limit) {
    using Key = std::pair<JobId, std::int64_t>;
    const auto old = transaction.list(kOldLogs, {before, limit}, [](const Row& row) {
        return Key{row.id<JobId>(0), row.integer(1)};
    });
    if (!old) {
        return std::unexpected(old.error());
    }
    for (const auto& [job, attempt] : *old) {
        const auto removed = sql::done(transaction.execute(kRemoveLog, {job, attempt}));
        const auto noted =
            removed ? sql::done(transaction.execute(kLogRemoved, {transaction.now(), job, attempt}))
                    : removed;
        if (!noted) {
            return std::unexpected(noted.error());
        }
    }
    return old->size();
}

}  // namespace kapok::compute::store
