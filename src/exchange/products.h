#pragma once

// Products come from what was measured or deployed, through api.h. Their prices are posted by
// people, each as a new version.

#include "core/clock.h"
#include "core/principal.h"
#include "core/result.h"
#include "exchange/api.h"
#include "exchange/exchange_store.h"

namespace kapok::exchange {

// Refuses what would make a product's bills ambiguous: another currency, another unit for a meter,
// a start in the past, a negative amount.
[[nodiscard]] core::Result<void> check_price(std::span<const Price> known, const Price& price,
                                             core::Timestamp now);

[[nodiscard]] core::Result<Price> post_price(Transaction& transaction,
                                             const core::Principal& caller, const Price& price);

}  // namespace kapok::exchange
