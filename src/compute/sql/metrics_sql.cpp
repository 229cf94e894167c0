#include "compute/metrics_store.h"
#include "compute/sql/rows.h"

namespace kapok::compute::store {
namespace {

using sql::Row;

constexpr std::string_view kMeasurementMarks =
    "select id, node_id, organization_id, grade, received_at from compute_measurement";
constexpr std::string_view kServiceJobs = "select job_id from compute_service";
constexpr std::string_view kSiteNames = "select id, name from compute_site";

}  // namespace

core::Result<void> visit_measurements(Reader& reader, const core::Scope& scope,
                                      core::Timestamp after, core::Timestamp upto,
                                      const std::function<void(const MeasurementMark&)>& visit) {
    platform::db::Select select(kMeasurementMarks, "organization_id", scope);
    select.where("received_at > ? and received_at <= ?", {after, upto});
    const std::string text = select.text() + " order by received_at, number";
    return reader.query(text, select.values(), [&](const Row& row) {
        visit({row.id<MeasurementId>(0), row.id<NodeId>(1), row.id<core::OrganizationId>(2),
               std::string(row.text(3)), row.time(4)});
    });
}

core::Result<std::set<std::string>> service_jobs(Reader& reader) {
    std::set<std::string> jobs;
    const auto done = reader.query(kServiceJobs, {},
                                   [&](const Row& row) { jobs.insert(row.id<JobId>(0).text()); });
    return done ? core::Result<std::set<std::string>>(std::move(jobs))
                : std::unexpected(done.error());
}

core::Result<std::map<SiteId, std::string>> site_names(Reader& reader) {
    std::map<SiteId, std::string> names;
    const auto done = reader.query(
        kSiteNames, {}, [&](const Row& row) { names.emplace(row.id<SiteId>(0), row.text(1)); });
    return done ? core::Result<std::map<SiteId, std::string>>(std::move(names))
                : std::unexpected(done.error());
}

}  // namespace kapok::compute::store
