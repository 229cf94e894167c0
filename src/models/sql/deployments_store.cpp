#include "models/deployments_store.h"

#include <string>
#include <utility>

#include "models/sql/rows.h"
#include "platform/db/select.h"

namespace kapok::models {
namespace {

using platform::db::Row;
using sql::done;
using sql::enum_of;
using sql::name_of;

constexpr std::string_view kInsertDeployment =
    "insert into models_deployment (id, model_id, organization_id, upstream, url, state, detail, "
    "created_at, wanted, project_id, context_tokens, slots, cpu_milli, memory_bytes, accelerators, "
    "idle_stop_s, service_id, phase, node_id, warm_up_ms, tokens_per_s_milli, restarts, called_at, "
    "changed_at, private_network) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
    "?, ?, ?, ?, ?, ?)";
constexpr std::string_view kDeployments =
    "select id, model_id, organization_id, upstream, url, state, detail, created_at, wanted, "
    "project_id, context_tokens, slots, cpu_milli, memory_bytes, accelerators, idle_stop_s, "
    "service_id, phase, node_id, warm_up_ms, tokens_per_s_milli, restarts, called_at, changed_at, "
    "number, private_network from models_deployment";
constexpr platform::db::Order kDeploymentOrder{.sequence = "number", .sequence_at = 24};
constexpr std::string_view kUpdateDeployment =
    "update models_deployment set url = ?, state = ?, detail = ?, wanted = ?, service_id = ?, "
    "phase = ?, node_id = ?, warm_up_ms = ?, tokens_per_s_milli = ?, restarts = ?, called_at = ?, "
    "changed_at = ? where id = ?";
constexpr std::string_view kCallsUnderWay =
    "select count(*) from models_call where deployment_id = ?";
constexpr std::string_view kTouch = "update models_deployment set called_at = ? where id = ?";

std::string select_where(std::string_view condition) {
    return std::string(kDeployments) + " where " + std::string(condition);
}

std::optional<Hosting> read_hosting(const Row& row) {
    if (row.integer(11) == 0) {
        return std::nullopt;
    }
    Hosting hosting;
    hosting.wanted = enum_of<Wanted>(row.text(8), kWantedNames);
    hosting.project = row.id_if<core::ProjectId>(9).value_or(core::ProjectId());
    hosting.context_tokens = row.integer(10);
    hosting.slots = row.integer(11);
    hosting.demand = {row.integer(12), row.integer(13), row.integer(14)};
    hosting.idle_stop_s = row.integer(15);
    hosting.service = row.id_if<compute::JobId>(16);
    if (!row.text(17).empty()) {
        hosting.phase = enum_of<compute::ServicePhase>(row.text(17), compute::kServicePhaseNames);
    }
    hosting.node = row.id_if<compute::NodeId>(18);
    hosting.warm_up_ms = row.integer(19);
    hosting.tokens_per_s_milli = row.integer(20);
    hosting.restarts = row.integer(21);
    hosting.called_at = row.time(22);
    hosting.changed_at = row.time(23);
    return hosting;
}

Deployment read_deployment(const Row& row) {
    return {row.id<DeploymentId>(0),
            row.id<ModelId>(1),
            row.id<core::OrganizationId>(2),
            enum_of<UpstreamKind>(row.text(3), kUpstreamNames),
            std::string(row.text(4)),
            enum_of<DeploymentState>(row.text(5), kDeploymentStateNames),
            std::string(row.text(6)),
            row.time(7),
            read_hosting(row),
            row.boolean(25)};
}

std::string_view phase_name(const Hosting& hosting) {
    return hosting.phase ? name_of(*hosting.phase, compute::kServicePhaseNames) : "";
}

}  // namespace

core::Result<void> insert_deployment(Transaction& transaction, const Deployment& deployment) {
    const Hosting none;
    const Hosting& hosting = deployment.hosting ? *deployment.hosting : none;
    const std::optional<core::ProjectId> project =
        deployment.hosting ? std::optional(hosting.project) : std::nullopt;
    return done(
        transaction.execute(kInsertDeployment, {deployment.id,
                                                deployment.model,
                                                deployment.organization,
                                                name_of(deployment.upstream, kUpstreamNames),
                                                deployment.url,
                                                name_of(deployment.state, kDeploymentStateNames),
                                                deployment.detail,
                                                deployment.created_at,
                                                name_of(hosting.wanted, kWantedNames),
                                                project,
                                                hosting.context_tokens,
                                                hosting.slots,
                                                hosting.demand.cpu_milli,
                                                hosting.demand.memory_bytes,
                                                hosting.demand.accelerators,
                                                hosting.idle_stop_s,
                                                hosting.service,
                                                phase_name(hosting),
                                                hosting.node,
                                                hosting.warm_up_ms,
                                                hosting.tokens_per_s_milli,
                                                hosting.restarts,
                                                hosting.called_at,
                                                hosting.changed_at,
                                                deployment.private_network}));
}

core::Result<std::optional<Deployment>> find_deployment(Reader& reader, DeploymentId id) {
    static const std::string kFind = select_where("id = ?");
    return reader.find(kFind, {id}, read_deployment);
}

core::Result<std::optional<Deployment>> lock_deployment(Transaction& transaction, DeploymentId id) {
    static const std::string kLock = select_where("id = ? {for_update}");
    return transaction.find(kLock, {id}, read_deployment);
}

core::Result<void> update_deployment(Transaction& transaction, const Deployment& deployment) {
    const Hosting none;
    const Hosting& hosting = deployment.hosting ? *deployment.hosting : none;
    return done(transaction.execute(
        kUpdateDeployment,
        {deployment.url, name_of(deployment.state, kDeploymentStateNames), deployment.detail,
         name_of(hosting.wanted, kWantedNames), hosting.service, phase_name(hosting), hosting.node,
         hosting.warm_up_ms, hosting.tokens_per_s_milli, hosting.restarts, hosting.called_at,
         hosting.changed_at, deployment.id}));
}

core::Result<core::Page<Deployment>> list_deployments(Reader& reader,
                                                      const DeploymentFilter& filter,
                                                      const core::Window& window) {
    platform::db::Select select(kDeployments, "organization_id", core::Scope::all());
    select.where_if("model_id = ?", filter.model)
        .where_if("state = ?", filter.state,
                  [](DeploymentState state) { return name_of(state, kDeploymentStateNames); })
        .where_if("slots > 0 and wanted = ?", filter.wanted,
                  [](Wanted wanted) { return name_of(wanted, kWantedNames); })
        .window(window, kDeploymentOrder);
    return platform::db::read_page<Deployment>(reader, select, window, read_deployment,
                                               [](const Deployment&) { return std::string(); });
}

core::Result<std::vector<Deployment>> ready_deployments(Reader& reader, ModelId model) {
    static const std::string kReady = select_where(
        "model_id = ? and state = 'ready' order by (select count(*) from models_call c "
        "where c.deployment_id = models_deployment.id), number");
    return reader.list(kReady, {model}, read_deployment);
}

core::Result<std::vector<Deployment>> hosted_deployments(Reader& reader, ModelId model) {
    static const std::string kHosted = select_where(
        "model_id = ? and slots > 0 and state not in ('stopped', 'failed') order by number");
    return reader.list(kHosted, {model}, read_deployment);
}

core::Result<std::vector<Deployment>> live_deployments(Reader& reader) {
    static const std::string kLive =
        select_where("slots > 0 and state in ('starting', 'ready', 'draining') order by number");
    return reader.list(kLive, {}, read_deployment);
}

core::Result<std::int64_t> calls_under_way(Reader& reader, DeploymentId id) {
    const auto count =
        reader.find(kCallsUnderWay, {id}, [](const Row& row) { return row.integer(0); });
    return count ? core::Result<std::int64_t>(count->value_or(0)) : std::unexpected(count.error());
}

core::Result<void> touch_deployment(Transaction& transaction, DeploymentId id) {
    return done(transaction.execute(kTouch, {transaction.now(), id}));
}

}  // namespace kapok::models
