#include "exchange/products.h"

#include <algorithm>
#include <set>

#include "audit/api.h"
#include "core/timestamp.h"
#include "exchange/errors.h"
#include "exchange/limits.h"
#include "ledger/transfer.h"

namespace kapok::exchange {
namespace {

core::Result<void> add_product(Transaction& transaction, const core::Principal& caller,
                               const Product& product) {
    const auto inserted = insert_product(transaction, product);
    if (!inserted) {
        if (inserted.error().code().kind == core::ErrorKind::Conflict) {
            return core::fail(kDuplicateName, {{"name", product.name}});
        }
        return inserted;
    }
    const audit::Event event{"exchange.product_created",
                             product.id.text(),
                             product.provider,
                             {},
                             {{"name", product.name},
                              {"kind", kProductKindNames[static_cast<std::size_t>(product.kind)]},
                              {"subject", product.subject},
                              {"grade", product.grade}}};
    return audit::publish(transaction, caller, event);
}

}  // namespace

core::Result<void> check_price(std::span<const Price> known, const Price& price,
                               core::Timestamp now) {
    const core::Money amount = price.price.amount();
    if (amount.micros() < 0) {
        return core::fail(kNegativePrice, {{"amount", core::to_decimal(amount)}}, "/amount");
    }
    if (price.valid_from < now) {
        return core::fail(kPriceInPast, {{"time", core::to_rfc3339(price.valid_from)}},
                          "/valid_from");
    }
    std::set<std::string_view> meters{price.meter};
    for (const Price& other : known) {
        meters.insert(other.meter);
        if (other.price.amount().currency() != amount.currency()) {
            return core::fail(kPriceCurrency,
                              {{"expected", core::to_text(other.price.amount().currency())},
                               {"actual", core::to_text(amount.currency())}},
                              "/amount");
        }
        if (other.meter == price.meter && other.price.per().unit != price.price.per().unit) {
            return core::fail(kPriceUnit,
                              {{"meter", price.meter},
                               {"expected", core::to_text(other.price.per().unit)},
                               {"actual", core::to_text(price.price.per().unit)}},
                              "/unit");
        }
    }
    if (meters.size() > kMetersPerProductMax) {
        return core::fail(kTooManyMeters, {{"expected", std::to_string(kMetersPerProductMax)}},
                          "/meter");
    }
    return {};
}

core::Result<Price> post_price(Transaction& transaction, const core::Principal& caller,
                               const Price& price) {
    const auto found = find_product(transaction, price.product);
    if (!found) {
        return std::unexpected(found.error());
    }
    const auto& product = *found;
    if (!product) {
        return core::fail(kNoProduct, {{"product", price.product.text()}});
    }
    const auto known = prices_of(transaction, price.product);
    if (!known) {
        return std::unexpected(known.error());
    }
    if (const auto right = check_price(*known, price, transaction.now()); !right) {
        return std::unexpected(right.error());
    }
    if (const auto inserted = insert_price(transaction, price); !inserted) {
        return std::unexpected(inserted.error());
    }
    const audit::Event event{"exchange.price_posted",
                             price.id.text(),
                             product->provider,
                             {},
                             {{"product", price.product.text()},
                              {"meter", price.meter},
                              {"amount", core::to_decimal(price.price.amount())},
                              {"currency", core::to_text(price.price.amount().currency())},
                              {"per", price.price.per().count},
                              {"unit", core::to_text(price.price.per().unit)},
                              {"valid_from", core::to_rfc3339(price.valid_from)}}};
    const auto announced = audit::publish(transaction, caller, event);
    if (!announced) {
        return std::unexpected(announced.error());
    }
    return price;
}

core::Result<Product> ensure_product(Transaction& transaction, const core::Principal& caller,
                                     const NewProduct& wanted, std::span<const NewPrice> posted) {
    const auto found = find_product(transaction, wanted.kind, wanted.subject);
    if (!found) {
        return std::unexpected(found.error());
    }
    if (const auto& known = *found) {
        return *known;
    }
    Product product{wanted.id,      wanted.provider, wanted.kind,      wanted.name,
                    wanted.subject, wanted.grade,    transaction.now()};
    if (const auto added = add_product(transaction, caller, product); !added) {
        return std::unexpected(added.error());
    }
    std::uint8_t leg = 0;
    for (const NewPrice& price : posted) {
        const PriceId id(ledger::derived_id(product.id.uuid(), leg).uuid());
        ++leg;
        const auto made = post_price(transaction, caller,
                                     {id, product.id, price.meter, price.price, transaction.now(),
                                      caller.name, transaction.now()});
        if (!made) {
            return std::unexpected(made.error());
        }
    }
    return product;
}

}  // namespace kapok::exchange
