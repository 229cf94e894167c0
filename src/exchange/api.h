#pragma once

// What other modules may call of the exchange, inside their own command and with its transaction.
//
// A priced piece of work goes through it twice: before, hold() reserves the most that it can cost,
// and nothing is dispatched that is not covered; after, settle() records what was used, rates it,
// takes that from the hold and gives the rest back, in one transaction. Both find their earlier
// selves by id, so they may be retried for ever.

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/id.h"
#include "core/money.h"
#include "core/principal.h"
#include "core/result.h"
#include "exchange/errors.h"
#include "exchange/product.h"
#include "exchange/rating.h"
#include "exchange/usage.h"
#include "platform/db/database.h"

namespace kapok::exchange {

struct HoldTag {
    static constexpr std::string_view kPrefix = "hld";
};
using HoldId = core::Id<HoldTag>;

struct HoldRequest {
    HoldId id;  // Made by the caller, once.
    core::OrganizationId organization;
    core::ProjectId project;  // Whose wallet pays.
    ProductId product;
    std::vector<MeterBound> most;  // What the work can use at the most.
    std::string reference;         // What it is for: "req_…", "att_…".
    std::chrono::microseconds timeout{std::chrono::hours(24)};  // Then it is released by itself.
};

struct Held {
    core::Money amount;
    bool already = false;  // It was made by an earlier call.
};

// kInsufficientFunds if the wallet does not cover it, kNoPrice if something has no price now.
[[nodiscard]] core::Result<Held> hold(platform::db::Transaction& transaction,
                                      const core::Principal& caller, const HoldRequest& request);

struct Settled {
    std::vector<Rated> lines;
    core::Money total;        // Sum of the lines.
    core::Money written_off;  // Of it, what neither hold nor wallet covered.
    bool already = false;
};

// Ends the hold with what was used under it: no records gives all of it back. Records of an earlier
// call are counted once. A hold that has expired by now is no excuse: the wallet pays as far as it
// covers.
[[nodiscard]] core::Result<Settled> settle(platform::db::Transaction& transaction,
                                           const core::Principal& caller, HoldId hold,
                                           std::span<const UsageRecord> usage);

// For use that no hold covers, such as storage: rated and taken from the wallet. The answer is what
// was charged now; records of an earlier call are not in it.
[[nodiscard]] core::Result<std::vector<Rated>> record_usage(platform::db::Transaction& transaction,
                                                            const core::Principal& caller,
                                                            std::span<const UsageRecord> usage);

// Creates a product, or finds the one that its provider has for this subject. Prices are posted by
// people; `posted` are those to start with, valid from now.
struct NewProduct {
    ProductId id;
    core::OrganizationId provider;
    ProductKind kind = ProductKind::Model;
    std::string name;
    std::string subject;
    std::string grade;
};
struct NewPrice {
    std::string meter;
    core::UnitPrice price;
};
[[nodiscard]] core::Result<Product> ensure_product(platform::db::Transaction& transaction,
                                                   const core::Principal& caller,
                                                   const NewProduct& product,
                                                   std::span<const NewPrice> posted);

// The product of a subject ("node_…", a model's name), if it has one.
[[nodiscard]] core::Result<std::optional<Product>> find_product(platform::db::Reader& reader,
                                                                ProductKind kind,
                                                                std::string_view subject);
[[nodiscard]] core::Result<std::vector<Price>> prices_of(platform::db::Reader& reader,
                                                         ProductId product);

}  // namespace kapok::exchange
