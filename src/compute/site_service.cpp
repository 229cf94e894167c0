#include "compute/site_service.h"

#include <utility>

#include <boost/json/serialize.hpp>

#include "audit/api.h"
#include "compute/errors.h"
#include "compute/jobs_change.h"
#include "compute/protocol.h"
#include "compute/work_store.h"
#include "identity/context.h"

namespace kapok::compute {

using core::Principal;
using core::Result;
using platform::db::Reader;
using platform::db::Transaction;

namespace {

Result<void> publish_site(Transaction& transaction, const Principal& caller, const Site& site) {
    const audit::Event event{"compute.site_created",
                             site.id.text(),
                             site.organization,
                             {},
                             {{"name", site.name}, {"region", site.region}}};
    return audit::publish(transaction, caller, event);
}

Result<void> publish(Transaction& transaction, const Principal& caller, std::string type,
                     const Node& node, boost::json::object data) {
    const audit::Event event{
        "compute." + std::move(type), node.id.text(), node.organization, {}, std::move(data)};
    return audit::publish(transaction, caller, event);
}

}  // namespace

SiteService::Answer<Made<Site>> SiteService::create(Principal caller, NewSite request) {
    const auto allowed = identity::authorize(
        caller, "site:create", place(context_, request.organization, request.organization.text()));
    if (!allowed) {
        co_return std::unexpected(allowed.error());
    }
    const SiteId fresh = SiteId::make(context_.clock, context_.random);
    auto command = [caller, request, fresh](Transaction& transaction) -> Result<Made<Site>> {
        const SiteId wanted = request.naming.id.value_or(fresh);
        const auto earlier = identity::claim_id(transaction, request.naming.key, wanted);
        if (!earlier) {
            return std::unexpected(earlier.error());
        }
        const SiteId id = earlier->value_or(wanted);
        auto found = store::find_site(transaction, core::Scope::all(), id);
        if (!found) {
            return std::unexpected(found.error());
        }
        const auto same = [&](const Site& site) {
            return site.organization == request.organization && site.name == request.name &&
                   site.region == request.region;
        };
        if (auto& there = *found) {
            if (*earlier || same(*there)) {
                return Made<Site>{*std::move(there), false};
            }
            return core::fail(kIdTaken, {}, "/id");
        }
        if (auto fresh_enough = check_fresh(id.uuid(), id.text(), transaction.now());
            !fresh_enough) {
            return std::unexpected(fresh_enough.error());
        }
        const Site site{id, request.organization, request.name, request.region, transaction.now(),
                        1};
        const auto inserted = store::insert_site(transaction, site);
        if (!inserted) {
            return std::unexpected(inserted.error());
        }
        if (!*inserted) {
            return core::fail(kNameTaken, {{"name", request.name}}, "/name");
        }
        const auto done = publish_site(transaction, caller, site);
        return done ? Result<Made<Site>>(Made<Site>{site, true}) : std::unexpected(done.error());
    };
    auto made = co_await context_.database.write(std::move(command));
    co_return made;
}

SiteService::Answer<Site> SiteService::get(Principal caller, SiteId id) {
    auto look = [scope = scope_of(context_, caller, "site:read"), id](Reader& reader) {
        return require(store::find_site(reader, scope, id), id.text());
    };
    auto site = co_await context_.database.read(std::move(look));
    co_return site;
}

SiteService::Answer<core::Page<Site>> SiteService::list(Principal caller, store::SiteFilter filter,
                                                        core::Window window) {
    auto look = [scope = scope_of(context_, caller, "site:read"), filter = std::move(filter),
                 window = std::move(window)](Reader& reader) {
        return store::list_sites(reader, scope, filter, window);
    };
    auto sites = co_await context_.database.read(std::move(look));
    co_return sites;
}

Result<Node> SiteService::node_for(Reader& reader, const Principal& caller, identity::Action action,
                                   NodeId id) const {
    const core::Scope scope = identity::visible_scope(caller, *context_.organizations());
    auto node = require(store::find_node(reader, scope, id), id.text());
    if (!node) {
        return node;
    }
    const auto allowed =
        identity::authorize(caller, action, place(context_, node->organization, id.text()));
    return allowed ? node : std::unexpected(allowed.error());
}

Result<NodeView> SiteService::view(Reader& reader, Node node) const {
    const auto live = store::live_attempts(reader, node.id);
    if (!live) {
        return std::unexpected(live.error());
    }
    NodeView view;
    view.state = state_of(node, context_.clock.now(), context_.heartbeat_limit);
    view.attempts = std::ssize(*live);
    for (const Attempt& attempt : *live) {
        view.used.cpu_milli += attempt.demand.cpu_milli;
        view.used.memory_bytes += attempt.demand.memory_bytes;
        view.used.accelerators += attempt.demand.accelerators;
    }
    view.node = std::move(node);
    return view;
}

SiteService::Answer<NodeView> SiteService::get_node(Principal caller, NodeId id) {
    auto look = [this, caller, id](Reader& reader) -> Result<NodeView> {
        auto node = node_for(reader, caller, "node:read", id);
        return node ? view(reader, *std::move(node)) : std::unexpected(node.error());
    };
    auto found = co_await context_.database.read(std::move(look));
    co_return found;
}

SiteService::Answer<core::Page<NodeView>> SiteService::list_nodes(Principal caller,
                                                                  store::NodeFilter filter,
                                                                  core::Window window) {
    filter.silent_before = context_.clock.now() - context_.heartbeat_limit;
    auto look = [this, scope = scope_of(context_, caller, "node:read"), filter,
                 window = std::move(window)](Reader& reader) -> Result<core::Page<NodeView>> {
        auto nodes = store::list_nodes(reader, scope, filter, window);
        if (!nodes) {
            return std::unexpected(nodes.error());
        }
        core::Page<NodeView> views{{}, std::move(nodes->next)};
        for (Node& node : nodes->items) {
            auto one = view(reader, std::move(node));
            if (!one) {
                return std::unexpected(one.error());
            }
            views.items.push_back(*std::move(one));
        }
        return views;
    };
    auto views = co_await context_.database.read(std::move(look));
    co_return views;
}

SiteService::Answer<NodeView> SiteService::set_wish(Principal caller, NodeId id, NodeWish wish,
                                                    std::optional<std::int64_t> if_version) {
    auto command = [this, caller, id, wish,
                    if_version](Transaction& transaction) -> Result<NodeView> {
        auto node = node_for(transaction, caller, "node:update", id);
        if (!node) {
            return std::unexpected(node.error());
        }
        if (auto current = identity::check_version(if_version, node->version); !current) {
            return std::unexpected(current.error());
        }
        if (node->wish != wish) {
            node->wish = wish;
            auto done = store::update_node(transaction, *node);
            if (done) {
                const std::string name(kNodeWishNames[std::to_underlying(wish)]);
                done = publish(transaction, caller, "node_changed", *node, {{"wish", name}});
            }
            if (!done) {
                return std::unexpected(done.error());
            }
            ++node->version;
            transaction.ring(kQueueBell);
        }
        return view(transaction, *std::move(node));
    };
    auto changed = co_await context_.database.write(std::move(command));
    co_return changed;
}

SiteService::Answer<NodeView> SiteService::declare_lost(Principal caller, NodeId id) {
    auto command = [this, caller, id](Transaction& transaction) -> Result<NodeView> {
        auto node = node_for(transaction, caller, "node:update", id);
        if (!node) {
            return std::unexpected(node.error());
        }
        if (transaction.now() - node->last_seen_at <= context_.heartbeat_limit) {
            return core::fail(kNodeAnswers, {{"node", node->name}});
        }
        node->wish = NodeWish::Down;
        auto done = store::update_node(transaction, *node);
        const auto live = store::live_attempts(transaction, id);
        if (!done || !live) {
            return std::unexpected(done ? live.error() : done.error());
        }
        for (const Attempt& attempt : *live) {
            auto found = store::find_job(transaction, core::Scope::all(), attempt.job);
            if (!found) {
                return std::unexpected(found.error());
            }
            const auto& job = *found;
            if (!job) {
                return core::fail(kIdTaken);
            }
            const auto began = attempt.started_at.value_or(attempt.dispatched_at);
            const AttemptEnd end{ExitClass::Lost, {}, "", began, began, {}, {}, {}};
            const auto effect =
                end_attempt(transaction, caller, context_.billing, {*job, attempt}, end);
            if (!effect) {
                return std::unexpected(effect.error());
            }
        }
        done = store::finish_commands(transaction, id);
        if (done) {
            done = publish(transaction, caller, "node_declared_lost", *node,
                           {{"attempts", std::ssize(*live)}});
        }
        return done ? view(transaction, *std::move(node)) : std::unexpected(done.error());
    };
    auto changed = co_await context_.database.write(std::move(command));
    co_return changed;
}

SiteService::Answer<MeasurementId> SiteService::measure(
    Principal caller, NodeId id, std::string effort, std::optional<identity::IdempotencyKey> key) {
    const MeasurementId measurement = MeasurementId::make(context_.clock, context_.random);
    auto command = [this, caller, id, effort = std::move(effort), key = std::move(key),
                    measurement](Transaction& transaction) -> Result<MeasurementId> {
        const auto node = node_for(transaction, caller, "measurement:run", id);
        if (!node) {
            return std::unexpected(node.error());
        }
        const auto earlier = identity::claim_id(transaction, key, measurement);
        if (!earlier || *earlier) {
            return earlier ? Result<MeasurementId>(**earlier) : std::unexpected(earlier.error());
        }
        const protocol::Measure order{measurement, effort};
        auto done = store::insert_command(
            transaction, {0, id, "measure", boost::json::serialize(protocol::to_json(order)),
                          transaction.now()});
        if (done) {
            done =
                publish(transaction, caller, "measurement_requested", *node, {{"effort", effort}});
        }
        transaction.ring(kOrdersBell);
        return done ? Result<MeasurementId>(measurement) : std::unexpected(done.error());
    };
    auto made = co_await context_.database.write(std::move(command));
    co_return made;
}

SiteService::Answer<core::Page<StoredMeasurement>> SiteService::list_measurements(
    Principal caller, NodeId node, core::Window window) {
    auto look = [this, caller, node, window = std::move(window)](
                    Reader& reader) -> Result<core::Page<StoredMeasurement>> {
        const auto found = node_for(reader, caller, "measurement:read", node);
        if (!found) {
            return std::unexpected(found.error());
        }
        return store::list_measurements(reader, core::Scope{false, {found->organization}}, node,
                                        window);
    };
    auto measurements = co_await context_.database.read(std::move(look));
    co_return measurements;
}

SiteService::Answer<StoredMeasurement> SiteService::get_measurement(Principal caller,
                                                                    MeasurementId id) {
    auto look = [scope = scope_of(context_, caller, "measurement:read"), id](Reader& reader) {
        return require(store::find_measurement(reader, scope, id), id.text());
    };
    auto measurement = co_await context_.database.read(std::move(look));
    co_return measurement;
}

}  // namespace kapok::compute
