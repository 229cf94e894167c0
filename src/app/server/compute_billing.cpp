#include "app/server/compute_billing.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compute/limits.h"
#include "core/timestamp.h"
#include "exchange/api.h"
#include "exchange/exchange_store.h"
#include "exchange/wallets.h"

namespace kapok::app {
namespace {

using core::Result;
using platform::db::Reader;
using platform::db::Transaction;

constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::int64_t kWholePpm = 1'000'000;
// Beyond its time limit, for what comes late: a node may be cut off for days before it reports.
constexpr std::chrono::hours kLateReports{96};
// With more products than these the cheapest is not looked for: the hold decides alone.
constexpr std::size_t kCompared = 100;

std::vector<exchange::MeterBound> most_of(const compute::AttemptBound& bound) {
    const std::int64_t limit_ms = bound.time_limit.count();
    std::vector<exchange::MeterBound> most{
        {std::string(compute::kCoreMeter),
         {core::Unit::CoreMs, bound.demand.cpu_milli * limit_ms / 1'000}}};
    if (bound.demand.accelerators > 0) {
        most.push_back({std::string(compute::kCardMeter),
                        {core::Unit::CardMs, bound.demand.accelerators * limit_ms}});
    }
    return most;
}

Result<exchange::Product> product_of(Reader& reader, const compute::NodeId& node) {
    auto product = exchange::find_product(reader, exchange::ProductKind::Compute, node.text());
    if (!product) {
        return std::unexpected(product.error());
    }
    auto& found = *product;
    if (!found) {
        return core::fail(exchange::kNoProduct, {{"product", node.text()}});
    }
    return *std::move(found);
}

// The least that the attempt can cost on any node that is sold; nothing if none can be compared.
Result<std::optional<core::Money>> least_cost(Transaction& transaction,
                                              const compute::AttemptBound& wanted) {
    const auto products =
        exchange::list_products(transaction, exchange::ProductKind::Compute, {.limit = kCompared});
    if (!products) {
        return std::unexpected(products.error());
    }
    std::optional<core::Money> least;
    if (products->next) {
        return least;
    }
    const auto most = most_of(wanted);
    for (const exchange::Product& product : products->items) {
        const auto prices = exchange::prices_of(transaction, product.id);
        if (!prices) {
            return std::unexpected(prices.error());
        }
        const core::Currency currency =
            prices->empty() ? core::Currency::Cny : prices->front().price.amount().currency();
        const auto cost = exchange::bound(most, *prices, currency, transaction.now());
        if (cost && (!least ||
                     (least->currency() == cost->currency() && cost->micros() < least->micros()))) {
            least = *cost;
        }
    }
    return least;
}

// Machines are often named alike: the second of a name is sold with the end of its id besides.
Result<std::string> name_of(Reader& reader, const compute::NodeOffer& offer) {
    constexpr std::size_t kLetters = 6;
    const auto taken = exchange::is_product_name_taken(reader, offer.provider, offer.name);
    if (!taken) {
        return std::unexpected(taken.error());
    }
    const std::string id = offer.node.text();
    return *taken ? offer.name + " " + id.substr(id.size() - kLetters) : offer.name;
}

}  // namespace

Result<core::Money> core_hour_of(core::Money standard, std::int64_t standard_unit_ppm) {
    const auto price = core::UnitPrice::create(standard, {core::Unit::Request, kWholePpm});
    if (!price) {
        return std::unexpected(price.error());
    }
    return core::charge(*price, {core::Unit::Request, standard_unit_ppm});
}

Result<void> ComputeBilling::check(Transaction& transaction, const core::Principal& /*caller*/,
                                   const compute::AttemptBound& bound) {
    const auto compared = least_cost(transaction, bound);
    if (!compared) {
        return std::unexpected(compared.error());
    }
    const std::optional<core::Money>& least = *compared;
    if (!least) {
        return {};
    }
    const auto wallet = exchange::find_wallet(transaction, bound.project, least->currency());
    if (!wallet && wallet.error().code().kind != core::ErrorKind::NotFound) {
        return std::unexpected(wallet.error());
    }
    const core::Money available = wallet ? wallet->available : core::Money::zero(least->currency());
    if (available.micros() < least->micros()) {
        return core::fail(exchange::kInsufficientFunds,
                          {{"needed", core::to_decimal(*least)},
                           {"available", core::to_decimal(available)},
                           {"currency", core::to_text(least->currency())}});
    }
    return {};
}

Result<void> ComputeBilling::hold(Transaction& transaction, const core::Principal& caller,
                                  const core::Uuid& hold, const compute::NodeId& node,
                                  const compute::AttemptBound& bound) {
    const auto product = product_of(transaction, node);
    if (!product) {
        return std::unexpected(product.error());
    }
    const auto held = exchange::hold(transaction, caller,
                                     {.id = exchange::HoldId(hold),
                                      .organization = bound.organization,
                                      .project = bound.project,
                                      .product = product->id,
                                      .most = most_of(bound),
                                      .reference = bound.subject,
                                      .timeout = bound.time_limit + kLateReports});
    return held ? Result<void>() : std::unexpected(held.error());
}

Result<void> ComputeBilling::settle(Transaction& transaction, const core::Principal& caller,
                                    const core::Uuid& hold, const compute::AttemptUse& use) {
    const auto product = product_of(transaction, use.node);
    if (!product) {
        return std::unexpected(product.error());
    }
    std::vector<exchange::UsageRecord> records;
    records.reserve(use.uses.size());
    for (const compute::protocol::Use& part : use.uses) {
        records.push_back({.id = exchange::UsageId(part.id),
                           .product = product->id,
                           .meter = part.meter,
                           .subject = use.subject,
                           .organization = use.organization,
                           .project = use.project,
                           .quantity = part.quantity,
                           .window_start = use.started_at,
                           .window_end = use.ended_at,
                           .source = exchange::UsageSource::Measured,
                           .evidence = use.evidence});
    }
    const auto settled = exchange::settle(transaction, caller, exchange::HoldId(hold), records);
    return settled ? Result<void>() : std::unexpected(settled.error());
}

Result<void> ComputeBilling::offer(Transaction& transaction, const core::Principal& caller,
                                   const compute::NodeOffer& offer) {
    const auto core_hour = core_hour_of(prices_.core_hour, offer.standard_unit_ppm);
    if (!core_hour) {
        return std::unexpected(core_hour.error());
    }
    const auto core_price = core::UnitPrice::create(*core_hour, {core::Unit::CoreMs, kHourMs});
    const auto card_price =
        core::UnitPrice::create(prices_.card_hour, {core::Unit::CardMs, kHourMs});
    if (!core_price || !card_price) {
        return std::unexpected((core_price ? card_price : core_price).error());
    }
    auto name = name_of(transaction, offer);
    if (!name) {
        return std::unexpected(name.error());
    }
    const std::vector<exchange::NewPrice> posted{{std::string(compute::kCoreMeter), *core_price},
                                                 {std::string(compute::kCardMeter), *card_price}};
    const auto product =
        exchange::ensure_product(transaction, caller,
                                 {.id = exchange::ProductId(core::make_uuid(clock_, random_)),
                                  .provider = offer.provider,
                                  .kind = exchange::ProductKind::Compute,
                                  .name = *std::move(name),
                                  .subject = offer.node.text(),
                                  .grade = offer.grade_class},
                                 posted);
    return product ? Result<void>() : std::unexpected(product.error());
}

}  // namespace kapok::app
