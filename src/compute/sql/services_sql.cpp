#include <cassert>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "compute/services_store.h"
#include "compute/sql/rows.h"

namespace kapok::compute::store {
namespace {

using sql::Row;

constexpr std::string_view kInsertService =
    "insert into compute_service (job_id, serving, ready_attempt, ready_at, url, warm_up_ms, "
    "tokens_per_s_milli, restarts, failures, problem, not_before) "
    "values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr std::string_view kUpdateService =
    "update compute_service set ready_attempt = ?, ready_at = ?, url = ?, warm_up_ms = ?, "
    "tokens_per_s_milli = ?, restarts = ?, failures = ?, problem = ?, not_before = ? "
    "where job_id = ?";
constexpr std::string_view kFindService =
    "select job_id, serving, ready_attempt, ready_at, url, warm_up_ms, tokens_per_s_milli, "
    "restarts, failures, problem, not_before from compute_service where job_id = ?";

Service read_service(const Row& row) {
    Service service;
    service.job = row.id<JobId>(0);
    auto serving = serving_from_json(boost::json::parse(row.text(1)).as_object());
    assert(serving.has_value());  // Checked before it was written.
    service.serving = *std::move(serving);
    service.ready_attempt = row.integer(2);
    service.ready_at = sql::maybe_time(row, 3);
    service.warmth = {std::string(row.text(4)), row.integer(5), row.integer(6)};
    service.restarts = row.integer(7);
    service.failures = row.integer(8);
    service.problem = row.text(9);
    service.not_before = row.time(10);
    return service;
}

}  // namespace

core::Result<void> insert_service(platform::db::Transaction& transaction, const Service& service) {
    return sql::done(transaction.execute(
        kInsertService, {service.job, boost::json::serialize(to_json(service.serving)),
                         service.ready_attempt, service.ready_at, service.warmth.url,
                         service.warmth.warm_up_ms, service.warmth.tokens_per_s_milli,
                         service.restarts, service.failures, service.problem, service.not_before}));
}

core::Result<void> update_service(platform::db::Transaction& transaction, const Service& service) {
    return sql::done(transaction.execute(
        kUpdateService,
        {service.ready_attempt, service.ready_at, service.warmth.url, service.warmth.warm_up_ms,
         service.warmth.tokens_per_s_milli, service.restarts, service.failures, service.problem,
         service.not_before, service.job}));
}

core::Result<std::optional<Service>> find_service(platform::db::Reader& reader, JobId job) {
    return reader.find(kFindService, {job}, read_service);
}

}  // namespace kapok::compute::store
