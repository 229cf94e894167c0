#pragma once

// What usage costs. Pure: the same record and the same price versions give the same charge, in
// production, in a replay and in an auditor's hands.

#include <span>
#include <string>
#include <vector>

#include "core/money.h"
#include "core/result.h"
#include "exchange/product.h"
#include "exchange/usage.h"

namespace kapok::exchange {

// What one record costs at one price version, rounded once, half to even, to the micro-unit.
struct Rated {
    UsageId usage;
    PriceId price;
    core::Quantity quantity;
    core::Money amount;
};

[[nodiscard]] core::Result<Rated> rate(const UsageRecord& record, std::span<const Price> prices);

// The most that quantities up to these can cost when they start at `when`: what a hold is for. A
// meter without a price is an error, so that nothing unpriced is ever dispatched.
struct MeterBound {
    std::string meter;
    core::Quantity most;
};
[[nodiscard]] core::Result<core::Money> bound(std::span<const MeterBound> meters,
                                              std::span<const Price> prices,
                                              core::Currency currency, core::Timestamp when);

// How charges are met: from the hold first, then from what the wallet has besides. What neither
// covers is the provider's loss; it is shown, and never taken from anybody.
struct Coverage {
    core::Money captured;  // Out of the hold.
    core::Money posted;    // Out of the wallet, beyond the hold.
    core::Money written_off;
};
[[nodiscard]] core::Result<Coverage> cover(core::Money total, core::Money held,
                                           core::Money available);

}  // namespace kapok::exchange
