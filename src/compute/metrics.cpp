#include "compute/metrics.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "audit/marks.h"
#include "compute/jobs/state.h"
#include "compute/metrics_store.h"
#include "compute/work_store.h"

namespace kapok::compute {
namespace {

using platform::db::Reader;
using registry::Dimension;
using registry::Evidence;
using registry::Fact;
using registry::Fold;
using registry::Level;
using registry::MetricInfo;
using registry::Span;
using registry::Visit;

constexpr std::string_view kNodeSeries = "node";
constexpr std::string_view kCapacitySeries = "capacity";
constexpr std::chrono::seconds kLoggedFresh{7};
constexpr std::chrono::seconds kSampledFresh{15};
constexpr std::chrono::seconds kFresh{5};

constexpr registry::Text kEventSource{
    "events compute.job_… of the event log, GET /api/v1/events; each has an inclusion proof",
    "审计日志中的 compute.job_… 事件，GET /api/v1/events；每条均有存在证明"};
constexpr registry::Text kDocumentSource{
    "documents signed by the nodes, GET /api/v1/nodes/{id}/measurements; the grade follows from "
    "them by published rules",
    "节点签名的实测文件，GET /api/v1/nodes/{id}/measurements；分级由公开规则得出"};
constexpr registry::Text kLookSource{
    "what the platform saw of its nodes every five seconds, kept when it changed",
    "平台每五秒观测节点一次，变化时入库"};

constexpr Dimension kState{"state", {"State", "状态"}};
constexpr Dimension kSite{"site", {"Compute centre", "算力中心"}};
constexpr Dimension kClass{"class", {"Grade", "分级"}};
constexpr Dimension kResource{
    "resource",
    {"cpu_milli: thousandths of a core; memory_bytes; accelerators",
     "cpu_milli：千分之一核；memory_bytes：内存字节；accelerators：加速卡"}};
constexpr std::array kByState{kState};
constexpr std::array kBySite{kSite};
constexpr std::array kBySiteAndState{kSite, kState};
constexpr std::array kByClass{kClass};
constexpr std::array kBySiteAndResource{kSite, kResource};

constexpr MetricInfo kJobs{
    "jobs",
    Fold::Level,
    "job",
    kByState,
    Evidence::Logged,
    kEventSource,
    kLoggedFresh,
    {"Jobs under way", "进行中的作业"},
    {"Jobs that wait, are given to a node or run", "排队、已下发与运行中的作业数"},
    "kapok_metric_jobs"};
constexpr MetricInfo kFinished{"jobs_finished",
                               Fold::Total,
                               "job",
                               kByState,
                               Evidence::Logged,
                               kEventSource,
                               kLoggedFresh,
                               {"Jobs finished", "已结束的作业"},
                               {"Jobs that ended since the platform's start, by how they ended",
                                "平台启动以来结束的作业数，按结束方式"},
                               "kapok_metric_jobs_finished_total"};
constexpr MetricInfo kMeasured{
    "capacity_measured",
    Fold::Level,
    "standard_unit_ppm",
    kByClass,
    Evidence::Signed,
    kDocumentSource,
    kFresh,
    {"Capacity measured", "实测算力"},
    {"Standard units of all nodes by their newest measurement, in millionths; one standard unit is "
     "a core of the rate that the grade rules name",
     "所有节点按最近一次实测折算的标准算力单位（百万分之一）；一个标准单位即分级规则所定速率的一个"
     "核"},
    "kapok_metric_capacity_measured_ppm"};
constexpr MetricInfo kNodes{
    "nodes",
    Fold::Level,
    "node",
    kBySiteAndState,
    Evidence::Observed,
    kLookSource,
    kSampledFresh,
    {"Nodes by state", "各状态的节点数"},
    {"Nodes that are up, draining, unreachable or taken down", "可用、排空、失联与停用的节点数"},
    "kapok_metric_nodes"};
constexpr MetricInfo kAvailability{
    "node_availability",
    Fold::Share,
    "ppm",
    kBySite,
    Evidence::Observed,
    kLookSource,
    kSampledFresh,
    {"Availability of nodes", "节点可用率"},
    {"Share of the last 24 hours in which nodes answered and were not taken down, in parts per "
     "million; time in which nobody looked does not count",
     "最近 24 小时内节点应答且未停用的时间占比（百万分之一）；无人观测的时间不计"},
    "kapok_metric_node_availability_ppm"};
constexpr MetricInfo kOffered{"capacity_offered",
                              Fold::Level,
                              "resource",
                              kBySiteAndResource,
                              Evidence::Observed,
                              kLookSource,
                              kSampledFresh,
                              {"Capacity offered", "可供算力"},
                              {"What all nodes offer to jobs, whether they answer or not",
                               "所有节点可供作业使用的资源，不论是否应答"},
                              "kapok_metric_capacity_offered"};
constexpr MetricInfo kInUse{
    "capacity_in_use",
    Fold::Level,
    "resource",
    kBySiteAndResource,
    Evidence::Observed,
    kLookSource,
    kSampledFresh,
    {"Capacity in use", "在用算力"},
    {"What of it is given to attempts that have not ended", "其中已分配给未结束的运行的部分"},
    "kapok_metric_capacity_in_use"};

// "compute.job_running" of kJobStateNames, and how a job begins.
constexpr std::string_view kJobPrefix = "compute.job_";
constexpr std::string_view kSubmitted = "compute.job_submitted";

const std::vector<std::string>& state_types() {
    static const std::vector<std::string> kTypes = [] {
        std::vector<std::string> types{std::string(kSubmitted)};
        types.reserve(kJobStateNames.size() + 1);
        for (const std::string_view state : kJobStateNames) {
            types.push_back(std::string(kJobPrefix) + std::string(state));
        }
        return types;
    }();
    return kTypes;
}

// The state that an event of these types tells.
JobState state_told(std::string_view type) {
    if (type == kSubmitted) {
        return JobState::Queued;
    }
    type.remove_prefix(kJobPrefix.size());
    return static_cast<JobState>(std::ranges::find(kJobStateNames, type) - kJobStateNames.begin());
}

core::Result<void> read_job_events(Reader& reader, const core::Scope& scope, const Span& span,
                                   const std::function<void(Fact, JobState)>& visit) {
    const auto services = store::service_jobs(reader);
    if (!services) {
        return std::unexpected(services.error());
    }
    const std::vector<std::string_view> types(state_types().begin(), state_types().end());
    const auto take = [&](const audit::EventMark& event) {
        if (services->contains(event.subject)) {
            return;
        }
        const JobState state = state_told(event.type);
        visit({event.recorded_at,
               "event " + std::to_string(event.sequence),
               event.organization.value_or(core::OrganizationId()),
               event.subject,
               {std::string(kJobStateNames[std::to_underlying(state)])},
               1},
              state);
    };
    return audit::visit_marks(reader, scope, types, {span.after, span.upto}, take);
}

core::Result<void> read_jobs(Reader& reader, const core::Scope& scope, const Span& span,
                             const Visit& visit) {
    return read_job_events(reader, scope, span, [&](Fact fact, JobState state) {
        fact.value = is_final(state) ? 0 : 1;
        visit(fact);
    });
}

core::Result<void> read_finished(Reader& reader, const core::Scope& scope, const Span& span,
                                 const Visit& visit) {
    return read_job_events(reader, scope, span, [&](const Fact& fact, JobState state) {
        if (is_final(state)) {
            visit(fact);
        }
    });
}

core::Result<void> read_measured(Reader& reader, const core::Scope& scope, const Span& span,
                                 const Visit& visit) {
    const auto take = [&](const store::MeasurementMark& mark) {
        const auto grade = boost::json::parse(mark.grade).as_object();  // As it was written.
        const auto& name = grade.at("class").as_string();
        visit({mark.received_at,
               mark.id.text(),
               mark.organization,
               mark.node.text(),
               {name.empty() ? std::string("none") : std::string(name)},
               grade.at("node_standard_units_ppm").to_number<std::int64_t>()});
    };
    return store::visit_measurements(reader, scope, span.after, span.upto, take);
}

// Labels of the series: site, state.
bool to_availability(Fact& fact) {
    const std::string& state = fact.labels[1];
    const bool answers = state == kNodeStateNames[std::to_underlying(NodeState::Up)] ||
                         state == kNodeStateNames[std::to_underlying(NodeState::Draining)];
    fact.value = fact.value == 0 ? -1 : answers ? 1 : 0;
    fact.labels.pop_back();
    return true;
}

// Labels of the series: site, resource, "offered" or "used".
bool to_part(Fact& fact, std::string_view part) {
    const bool wanted = fact.labels[2] == part;
    fact.labels.pop_back();
    return wanted;
}

// A metric of a series that the sampler keeps; `change` makes its fact of an observation, or says
// that it is none of the metric's.
struct SeriesView {
    std::string_view series;
    bool (*change)(Fact&);
};
constexpr SeriesView kNodeView{kNodeSeries, [](Fact&) { return true; }};
constexpr SeriesView kAvailabilityView{kNodeSeries, to_availability};
constexpr SeriesView kOfferedView{kCapacitySeries,
                                  [](Fact& fact) { return to_part(fact, "offered"); }};
constexpr SeriesView kUsedView{kCapacitySeries, [](Fact& fact) { return to_part(fact, "used"); }};

// `view` lives as long as the program.
registry::ReadFacts from_series(const SeriesView& view) {
    return [view = &view](Reader& reader, const core::Scope& scope, const Span& span,
                          const Visit& visit) {
        const auto take = [&](const registry::Observation& seen) {
            Fact fact = registry::to_fact(seen);
            if (view->change(fact)) {
                visit(fact);
            }
        };
        return registry::visit_observations(reader, view->series, scope, span, take);
    };
}

constexpr std::array<std::string_view, 3> kResources{"cpu_milli", "memory_bytes", "accelerators"};

using Amounts = std::array<std::int64_t, kResources.size()>;

void add_levels(std::vector<Level>& levels, const Node& node, const std::string& site,
                std::string_view part, const Amounts& amounts) {
    for (std::size_t i = 0; i < kResources.size(); ++i) {
        if (amounts[i] != 0) {
            const std::string resource(kResources[i]);
            levels.push_back({node.id.text() + " " + resource + " " + std::string(part),
                              node.organization,
                              {site, resource, std::string(part)},
                              amounts[i]});
        }
    }
}

Amounts offered_by(const Node& node) {
    Amounts offered{node.cpu_milli, node.memory_bytes, 0};
    for (const AcceleratorPool& pool : node.accelerators) {
        offered[2] += pool.count;
    }
    return offered;
}

core::Result<std::vector<Level>> look_at_capacity(Reader& reader) {
    const auto sites = store::site_names(reader);
    const auto nodes = store::all_nodes(reader);
    const auto live = store::live_attempts(reader, std::nullopt);
    if (!sites || !nodes || !live) {
        return std::unexpected(!sites ? sites.error() : !nodes ? nodes.error() : live.error());
    }
    std::map<NodeId, Amounts> used;
    for (const Attempt& attempt : *live) {
        Amounts& sum = used[attempt.node];
        sum[0] += attempt.demand.cpu_milli;
        sum[1] += attempt.demand.memory_bytes;
        sum[2] += attempt.demand.accelerators;
    }
    std::vector<Level> levels;
    for (const Node& node : *nodes) {
        const auto site = sites->find(node.site);
        const std::string name = site == sites->end() ? node.site.text() : site->second;
        add_levels(levels, node, name, "offered", offered_by(node));
        add_levels(levels, node, name, "used", used[node.id]);
    }
    return levels;
}

core::Result<std::vector<Level>> look_at_nodes(Reader& reader, core::Timestamp now,
                                               std::chrono::milliseconds heartbeat_limit) {
    const auto sites = store::site_names(reader);
    const auto nodes = store::all_nodes(reader);
    if (!sites || !nodes) {
        return std::unexpected(!sites ? sites.error() : nodes.error());
    }
    std::vector<Level> levels;
    for (const Node& node : *nodes) {
        const auto site = sites->find(node.site);
        const NodeState state = state_of(node, now, heartbeat_limit);
        levels.push_back({node.id.text(),
                          node.organization,
                          {site == sites->end() ? node.site.text() : site->second,
                           std::string(kNodeStateNames[std::to_underlying(state)])},
                          1});
    }
    return levels;
}

}  // namespace

void register_metrics(registry::MetricCatalogue& catalogue) {
    catalogue.add({kJobs, read_jobs});
    catalogue.add({kFinished, read_finished});
    catalogue.add({kMeasured, read_measured});
    catalogue.add({kNodes, from_series(kNodeView)});
    catalogue.add({kAvailability, from_series(kAvailabilityView)});
    catalogue.add({kOffered, from_series(kOfferedView)});
    catalogue.add({kInUse, from_series(kUsedView)});
}

registry::Probe node_probe(std::chrono::milliseconds heartbeat_limit) {
    return {kNodeSeries, [heartbeat_limit](Reader& reader, core::Timestamp now) {
                return look_at_nodes(reader, now, heartbeat_limit);
            }};
}

registry::Probe capacity_probe() {
    return {kCapacitySeries,
            [](Reader& reader, core::Timestamp /*now*/) { return look_at_capacity(reader); }};
}

}  // namespace kapok::compute
