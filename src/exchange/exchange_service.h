#pragma once

// The entrance of the exchange for people and programs: who may see or change what is decided here,
// then the work is one read or one command.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "core/clock.h"
#include "core/principal.h"
#include "core/random.h"
#include "core/result.h"
#include "exchange/exchange_store.h"
#include "exchange/products.h"
#include "exchange/wallets.h"
#include "identity/directory.h"
#include "identity/idempotency.h"
#include "platform/db/database.h"

namespace kapok::exchange {

// A product with every version of its prices.
struct Offer {
    Product product;
    std::vector<Price> prices;
};

struct PriceRequest {
    ProductId product;
    std::string meter;
    core::Money amount;
    core::Quantity per;
    std::optional<core::Timestamp> valid_from;  // Now, if it is not said.
    std::optional<identity::IdempotencyKey> key;
};

// Money that comes in. `id` may be the client's own, so that a retry pays once; so does a key.
struct PaymentRequest {
    std::optional<core::Uuid> id;
    core::ProjectId project;
    core::Money amount;
    std::string reference;
    std::optional<identity::IdempotencyKey> key;
};

// How much a project may owe.
struct LimitRequest {
    core::ProjectId project;
    core::Money limit;
    std::optional<std::int64_t> expected;  // Version of the wallet that the change is meant for.
    std::optional<identity::IdempotencyKey> key;
};

struct StatementRequest {
    core::ProjectId project;
    core::Currency currency = core::Currency::Cny;
    core::Timestamp from;
    std::optional<core::Timestamp>
        to;  // Otherwise all there is: the book runs ahead of a clock set back.
    core::Timestamp now;
};

class ExchangeService {
public:
    template <class T>
    using Answer = boost::asio::awaitable<core::Result<T>>;

    // All outlive the service.
    ExchangeService(platform::db::Database& database, identity::Directory& directory,
                    const core::Clock& clock, core::Random& random) noexcept
        : database_(database), directory_(directory), clock_(clock), random_(random) {}

    Answer<core::Page<Product>> products(core::Principal caller, std::optional<ProductKind> kind,
                                         core::Window window);
    Answer<Offer> product(core::Principal caller, ProductId id);
    Answer<Price> post(core::Principal caller, PriceRequest request);
    Answer<Wallet> wallet(core::Principal caller, core::ProjectId project, core::Currency currency);
    Answer<Wallet> pay_in(core::Principal caller, PaymentRequest request);
    Answer<Wallet> lend(core::Principal caller, LimitRequest request);
    Answer<core::Page<Charge>> charges(core::Principal caller, ChargeFilter filter,
                                       core::Window window);
    Answer<std::vector<UsageSum>> sums(core::Principal caller, UsageSumRequest request);
    Answer<Statement> bill(core::Principal caller, StatementRequest request);

private:
    platform::db::Database& database_;
    identity::Directory& directory_;
    const core::Clock& clock_;
    core::Random& random_;
};

}  // namespace kapok::exchange
