#include <cassert>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "compute/sites_store.h"
#include "compute/sql/rows.h"

namespace kapok::compute::store {
namespace {

using platform::db::find_one;
using platform::db::read_page;
using platform::db::Select;
using sql::Row;

constexpr std::string_view kInsertSite =
    "insert into compute_site (id, organization_id, name, region, created_at, version) "
    "values (?, ?, ?, ?, ?, ?) on conflict do nothing";
constexpr std::string_view kSites =
    "select number, id, organization_id, name, region, created_at, version from compute_site";
constexpr std::string_view kSiteOfName =
    "select number, id, organization_id, name, region, created_at, version from compute_site "
    "where organization_id = ? and name = ?";
constexpr std::string_view kInsertNode =
    "insert into compute_node (id, site_id, organization_id, agent_id, name, public_key, wish, "
    "inventory, isolation, missing_isolation, cpu_milli, memory_bytes, accelerators, boot_id, "
    "last_seen_at, report_sequence, measurement_id, grade_class, standard_unit_ppm, created_at, "
    "version) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
    "on conflict do nothing";
constexpr std::string_view kUpdateNode =
    "update compute_node set agent_id = ?, name = ?, public_key = ?, wish = ?, inventory = ?, "
    "isolation = ?, missing_isolation = ?, cpu_milli = ?, memory_bytes = ?, accelerators = ?, "
    "boot_id = ?, last_seen_at = ?, report_sequence = ?, measurement_id = ?, grade_class = ?, "
    "standard_unit_ppm = ?, version = version + 1 where id = ?";
constexpr std::string_view kTouchNode =
    "update compute_node set last_seen_at = ?, report_sequence = ? where id = ?";
constexpr std::string_view kNodes =
    "select number, id, site_id, organization_id, agent_id, name, public_key, wish, inventory, "
    "isolation, missing_isolation, cpu_milli, memory_bytes, accelerators, boot_id, last_seen_at, "
    "report_sequence, measurement_id, grade_class, standard_unit_ppm, created_at, version "
    "from compute_node";
constexpr std::string_view kInsertMeasurement =
    "insert into compute_measurement (id, node_id, organization_id, document, public_key, "
    "signature, grade, measured_at, received_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?) "
    "on conflict do nothing";
constexpr std::string_view kMeasurements =
    "select number, id, node_id, organization_id, document, public_key, signature, grade, "
    "measured_at, received_at from compute_measurement";

Site read_site(const Row& row) {
    return {row.id<SiteId>(1),
            row.id<core::OrganizationId>(2),
            std::string(row.text(3)),
            std::string(row.text(4)),
            row.time(5),
            row.integer(6)};
}

std::string pools_text(const std::vector<AcceleratorPool>& pools) {
    boost::json::array all;
    for (const AcceleratorPool& pool : pools) {
        all.push_back({{"model", pool.model}, {"count", pool.count}});
    }
    return boost::json::serialize(all);
}

std::vector<AcceleratorPool> read_pools(std::string_view text) {
    std::vector<AcceleratorPool> pools;
    for (const auto& item : boost::json::parse(text).as_array()) {
        const auto& pool = item.as_object();
        pools.push_back({std::string(pool.at("model").as_string()), pool.at("count").as_int64()});
    }
    return pools;
}

Inventory read_inventory_text(std::string_view text) {
    auto inventory = inventory_from_json(boost::json::parse(text).as_object());
    assert(inventory.has_value());  // Checked before it was written.
    return *std::move(inventory);
}

Node read_node(const Row& row) {
    Node node;
    node.id = row.id<NodeId>(1);
    node.site = row.id<SiteId>(2);
    node.organization = row.id<core::OrganizationId>(3);
    node.agent = row.uuid(4);
    node.name = row.text(5);
    node.public_key = row.text(6);
    node.wish = sql::enum_of<NodeWish>(row.text(7), kNodeWishNames);
    node.inventory = read_inventory_text(row.text(8));
    node.isolation = row.text(9);
    node.missing_isolation = row.text(10);
    node.cpu_milli = row.integer(11);
    node.memory_bytes = row.integer(12);
    node.accelerators = read_pools(row.text(13));
    node.boot_id = row.text(14);
    node.last_seen_at = row.time(15);
    node.report_sequence = row.integer(16);
    if (!row.is_null(17)) {
        node.measurement = row.id<MeasurementId>(17);
    }
    node.grade_class = row.text(18);
    node.standard_unit_ppm = row.integer(19);
    node.created_at = row.time(20);
    node.version = row.integer(21);
    return node;
}

StoredMeasurement read_measurement(const Row& row) {
    return {row.id<MeasurementId>(1),
            row.id<NodeId>(2),
            row.id<core::OrganizationId>(3),
            std::string(row.text(4)),
            std::string(row.text(5)),
            std::string(row.text(6)),
            std::string(row.text(7)),
            row.time(8),
            row.time(9)};
}

// Only the nodes that state_of() says are in this state.
void where_state(Select& select, NodeState state, core::Timestamp silent_before) {
    constexpr std::string_view kAnswers = "wish = ? and last_seen_at >= ?";
    const auto wish = [](NodeWish one) { return sql::name_of(one, kNodeWishNames); };
    switch (state) {
        case NodeState::Up: select.where(kAnswers, {wish(NodeWish::Up), silent_before}); break;
        case NodeState::Draining:
            select.where(kAnswers, {wish(NodeWish::Draining), silent_before});
            break;
        case NodeState::Unreachable:
            select.where("wish <> ? and last_seen_at < ?", {wish(NodeWish::Down), silent_before});
            break;
        case NodeState::Down: select.where("wish = ?", {wish(NodeWish::Down)}); break;
    }
}

}  // namespace

core::Result<bool> insert_site(Transaction& transaction, const Site& site) {
    const auto inserted = transaction.execute(
        kInsertSite,
        {site.id, site.organization, site.name, site.region, site.created_at, site.version});
    if (!inserted) {
        return std::unexpected(inserted.error());
    }
    return *inserted == 1;
}

core::Result<std::optional<Site>> find_site(Reader& reader, const core::Scope& scope, SiteId id) {
    return find_one(reader, Select(kSites, "organization_id", scope).where("id = ?", {id}),
                    read_site);
}

core::Result<std::optional<Site>> find_site(Reader& reader, core::OrganizationId organization,
                                            std::string_view name) {
    return reader.find(kSiteOfName, {organization, name}, read_site);
}

core::Result<core::Page<Site>> list_sites(Reader& reader, const core::Scope& scope,
                                          const SiteFilter& filter, const core::Window& window) {
    Select select(kSites, "organization_id", scope);
    select.where_if("organization_id = ?", filter.organization)
        .where_if("name = ?", filter.name)
        .where_if("region = ?", filter.region)
        .window(window, sql::kByNumber);
    return read_page<Site>(reader, select, window, read_site,
                           [](const Site& site) { return site.name; });
}

core::Result<bool> insert_node(Transaction& transaction, const Node& node) {
    const auto inserted =
        transaction.execute(kInsertNode, {node.id,
                                          node.site,
                                          node.organization,
                                          node.agent,
                                          node.name,
                                          node.public_key,
                                          sql::name_of(node.wish, kNodeWishNames),
                                          boost::json::serialize(to_json(node.inventory)),
                                          node.isolation,
                                          node.missing_isolation,
                                          node.cpu_milli,
                                          node.memory_bytes,
                                          pools_text(node.accelerators),
                                          node.boot_id,
                                          node.last_seen_at,
                                          node.report_sequence,
                                          node.measurement,
                                          node.grade_class,
                                          node.standard_unit_ppm,
                                          node.created_at,
                                          node.version});
    if (!inserted) {
        return std::unexpected(inserted.error());
    }
    return *inserted == 1;
}

core::Result<void> update_node(Transaction& transaction, const Node& node) {
    return sql::done(transaction.execute(
        kUpdateNode,
        {node.agent, node.name, node.public_key, sql::name_of(node.wish, kNodeWishNames),
         boost::json::serialize(to_json(node.inventory)), node.isolation, node.missing_isolation,
         node.cpu_milli, node.memory_bytes, pools_text(node.accelerators), node.boot_id,
         node.last_seen_at, node.report_sequence, node.measurement, node.grade_class,
         node.standard_unit_ppm, node.id}));
}

core::Result<void> touch_node(Transaction& transaction, NodeId id, core::Timestamp seen_at,
                              std::int64_t report_sequence) {
    return sql::done(transaction.execute(kTouchNode, {seen_at, report_sequence, id}));
}

core::Result<std::optional<Node>> find_node(Reader& reader, const core::Scope& scope, NodeId id) {
    return find_one(reader, Select(kNodes, "organization_id", scope).where("id = ?", {id}),
                    read_node);
}

core::Result<core::Page<Node>> list_nodes(Reader& reader, const core::Scope& scope,
                                          const NodeFilter& filter, const core::Window& window) {
    Select select(kNodes, "organization_id", scope);
    select.where_if("site_id = ?", filter.site)
        .where_if("wish = ?", filter.wish,
                  [](NodeWish wish) { return sql::name_of(wish, kNodeWishNames); });
    if (filter.state) {
        where_state(select, *filter.state, filter.silent_before);
    }
    select.window(window, sql::kByNumber);
    return read_page<Node>(reader, select, window, read_node,
                           [](const Node& node) { return node.name; });
}

core::Result<std::vector<Node>> all_nodes(Reader& reader) {
    return reader.list(std::string(kNodes) + " order by id", {}, read_node);
}

core::Result<bool> insert_measurement(Transaction& transaction,
                                      const StoredMeasurement& measurement) {
    const auto inserted = transaction.execute(
        kInsertMeasurement, {measurement.id, measurement.node, measurement.organization,
                             measurement.document, measurement.public_key, measurement.signature,
                             measurement.grade, measurement.measured_at, measurement.received_at});
    if (!inserted) {
        return std::unexpected(inserted.error());
    }
    return *inserted == 1;
}

core::Result<std::optional<StoredMeasurement>> find_measurement(Reader& reader,
                                                                const core::Scope& scope,
                                                                MeasurementId id) {
    return find_one(reader, Select(kMeasurements, "organization_id", scope).where("id = ?", {id}),
                    read_measurement);
}

core::Result<core::Page<StoredMeasurement>> list_measurements(Reader& reader,
                                                              const core::Scope& scope, NodeId node,
                                                              const core::Window& window) {
    Select select(kMeasurements, "organization_id", scope);
    select.where("node_id = ?", {node}).window(window, sql::kByNumber);
    return read_page<StoredMeasurement>(reader, select, window, read_measurement,
                                        [](const StoredMeasurement&) { return std::string(); });
}

}  // namespace kapok::compute::store
